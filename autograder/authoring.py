"""All that is needed to write an assignment, and shorter ways for what they hold much of."""

from collections.abc import Callable, Mapping

from autograder.assignment import (
    Assignment,
    CodeItem,
    DerivationItem,
    HiddenCase,
    Limits,
    Mistake,
    Variant,
    WrittenItem,
    personal,
)
from autograder.judge.truth import Trace, Truth
from rnncourse.checks.absent import forbidden as without_library
from rnncourse.checks.exercise import CodeExercise, Output
from rnncourse.derivation.exercise import DerivationExercise, Display, Shape, Step, Symbol
from rnncourse.derivation.functions import STANDARD, open_activation
from rnncourse.derivation.personal import Family, PersonalDerivation

__all__ = [
    "STANDARD",
    "Assignment",
    "CodeExercise",
    "CodeItem",
    "DerivationExercise",
    "DerivationItem",
    "Display",
    "Family",
    "HiddenCase",
    "Limits",
    "Mistake",
    "Output",
    "PersonalDerivation",
    "Step",
    "Symbol",
    "Trace",
    "Truth",
    "Variant",
    "WrittenItem",
    "gradient_of",
    "open_activation",
    "personal",
    "personal_code",
    "personal_derivation",
    "without_library",
    "wrong_line",
]


def gradient_of(
    name: str, shape: Shape, what: str = "", *, first: int | None = None, zero_after: bool = False
) -> Symbol:
    """The symbol ``d<name>``: the gradient of the loss by ``name``, written ∇ on paper.

    Args:
        name: of the symbol that the loss is differentiated by.
        shape: its rows and columns, which are those of the gradient.
        what: a description; "gradient of the loss by <name>" where empty.
        first: the first step of a sequence; None where there is no time.
        zero_after: whether it is 0 one step past the last.
    """
    return Symbol(
        f"d{name}",
        shape,
        what or f"gradient of the loss by {name}",
        first=first,
        zero_after=zero_after,
        derived=True,
        spellings=(f"d_{name}", f"grad_{name}"),
        display=Display(name, gradient=True),
    )


def wrong_line(step: str, id: str, hint: str, text: str, taught: str = "") -> Mistake:
    """A wrong line of a derivation.

    Args:
        step: the line's target: "dh[t]".
        id: of the mistake.
        hint: what it earns.
        text: the line's right-hand side.
        taught: label of the place in the book that explains it.
    """
    return Mistake(id, hint, step=step, source=f"{step} = {text}", taught=taught)


def personal_derivation(
    asked: PersonalDerivation,
    *,
    cell: str,
    answer: str,
    title: str,
    points: Mapping[str, float],
    truth: Callable[[str], Truth],
    solution: Callable[[str], str],
    mistakes: Callable[[str], tuple[Mistake, ...]],
    variants: Callable[[str], tuple[Variant, ...]],
) -> DerivationItem:
    """A derivation asked of every student's own network.

    What differs is a function of the network's name: ``solution`` gives the whole right text, the
    others are as in ``DerivationItem``.
    """

    def version(member: str) -> DerivationItem:
        return DerivationItem(
            cell=cell,
            answer=answer,
            title=title,
            exercise=asked.versions[member],
            truth=truth(member),
            points=points,
            mistakes=mistakes(member),
            variants=variants(member),
            solution=Variant("own", source=solution(member)),
        )

    return personal(asked.family, version)


def personal_code(
    family: Family,
    *,
    cell: str,
    answer: str,
    title: str,
    points: Mapping[str, float],
    cases: tuple[HiddenCase, ...],
    exercise: Callable[[str], CodeExercise],
    solution: Callable[[str], str],
    mistakes: Callable[[str], tuple[Mistake, ...]],
    variants: Callable[[str], tuple[Variant, ...]],
) -> CodeItem:
    """A function asked of every student's own network; what differs as in a derivation."""

    def version(member: str) -> CodeItem:
        return CodeItem(
            cell=cell,
            answer=answer,
            title=title,
            exercise=exercise(member),
            points=points,
            cases=cases,
            mistakes=mistakes(member),
            variants=variants(member),
            solution=Variant("own", source=solution(member)),
        )

    return personal(family, version)
