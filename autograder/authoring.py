"""Shorter ways to write what catalogues and personal items hold much of."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.assignment import (
    CodeItem,
    DerivationItem,
    HiddenCase,
    Mistake,
    Variant,
    personal,
)
from rnncourse.checks.exercise import CodeExercise
from rnncourse.derivation.personal import Family, PersonalDerivation

Truth = Callable[[np.random.Generator], Mapping[str, Any]]


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
