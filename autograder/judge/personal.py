"""A student's own network: what is said of it, of an id that was mistyped, of another's answer.

Which network is asked follows from the id under which a submission was handed in, never from the
notebook. The id that is typed there only decides what the student saw; where that is another
network the student and the instructor are told.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.assignment import Assignment, CodeItem, DerivationItem, WrittenItem
from autograder.verdict import Incident, Outcome, Verdict
from rnncourse.derivation.personal import Family, NoStudent

CELL = "student"  # grade_id of the cell in which the id is typed
MOST_SHOWN = 60  # characters of a typed id


@dataclass(frozen=True)
class Other:
    """Another network for which parts of an answer are right that are wrong for the student's."""

    member: str
    parts: frozenset[str]
    whole: bool  # the answer as a whole is right for it, and two parts or more are wrong here


def fitting(
    item: CodeItem | DerivationItem, wrong: Sequence[str], right_for: Callable[[Any], set[str]]
) -> Other | None:
    """The network that an answer fits best, if any fits a part that is wrong for the student's.

    Args:
        item: a student's version of a personal item; for any other there is nothing to find.
        wrong: the parts that are wrong for the student's network.
        right_for: the parts that are right for another version of the item.
    """
    if item.personal is None or not item.member or not wrong:
        return None
    best: Other | None = None
    for member, version in item.personal.versions.items():
        if member == item.member:
            continue
        right = right_for(version)
        fits = frozenset(right & set(wrong))
        # one part alone may be a slip: the leak forgotten is right for whom has none
        whole = right >= set(item.points) and len(fits) > 1
        if fits and (best is None or (len(fits), whole) > (len(best.parts), best.whole)):
            best = Other(member, fits, whole)
    return best


def part_hint(item: CodeItem | DerivationItem, other: Other) -> str:
    """What a part earns that is right for another network."""
    theirs, own = _words(item, other.member), _words(item, item.member)
    return f"This is right for a network that has {theirs}. Yours has {own}."


def whole_diagnosis(item: CodeItem | DerivationItem, other: Other) -> str:
    """What is said of an answer that fits another network from its first part to its last."""
    theirs, own = _words(item, other.member), _words(item, item.member)
    return f"This is the answer to another network, one that has {theirs}. Yours has {own}."


def _words(item: CodeItem | DerivationItem, member: str) -> str:
    assert item.personal is not None
    return item.personal.family.members[member]


@dataclass(frozen=True)
class TypedId:
    """The id that stands in a notebook, against the one it was handed in with."""

    typed: str  # "" where none stands there
    network: str = ""  # the other network that it gives; "" where it gives the student's own
    family: Family | None = None

    @classmethod
    def of(cls, nb: Any, family: Family | None, student: str) -> "TypedId":
        """Read a notebook; nothing of it is run."""
        typed = typed_id(nb)
        if family is None or not typed:
            return cls(typed)
        try:
            member = family.of(typed)
        except NoStudent:
            return cls("")
        own = family.of(student)
        return cls(typed, "" if member == own else member, family)

    def told(self, verdict: Verdict, item: CodeItem | DerivationItem) -> Verdict:
        """The verdict on a personal item, with a word on the id where that explains something."""
        if item.personal is None or verdict.outcome is Outcome.RIGHT:
            return verdict
        own = f"Your network has {_words(item, item.member)}."
        said = [own] if own.removeprefix("Your network") not in verdict.diagnosis else []
        if self.network:
            said = [
                f"The id in your notebook, “{_shown(self.typed)}”, shows a network that has "
                f"{_words(item, self.network)}; the network of the id under which you handed in "
                f"has {_words(item, item.member)}, and that one is graded. Correct the id at the "
                "top of the notebook, run all cells, and look again."
            ]
        if verdict.answers and not self.network:
            return verdict  # its diagnosis says it all
        return replace(verdict, diagnosis=" ".join([*filter(None, [verdict.diagnosis]), *said]))

    def incidents(self, student: str) -> tuple[Incident, ...]:
        """What the instructor should know: a slip, as far as anybody can tell."""
        if not self.network or self.family is None:
            return ()
        text = (
            f"The notebook names the id “{_shown(self.typed)}”, which gives another network "
            f"({self.network}) than that of {student} ({self.family.of(student)}); it was graded "
            "as the latter."
        )
        return (Incident("other-student-id", text, CELL),)


def other_answers(
    assignment: Assignment, verdicts: Mapping[str, Verdict], typed: TypedId
) -> tuple[Incident, ...]:
    """A note for each answer that is the one to another student's network.

    Where the id in the notebook gives that very network, the student solved what was shown.
    """
    notes = []
    for item in assignment.items:
        found = verdicts.get(item.cell)
        if isinstance(item, WrittenItem) or found is None or not found.answers:
            continue
        if found.answers != typed.network:
            text = (
                f"The answer to “{item.title}” is the one to another network ({found.answers}; "
                f"the student's own is {item.member})."
            )
            notes.append(Incident("another-network", text, item.answer))
    return tuple(notes)


def typed_id(nb: Any) -> str:
    """What the notebook's own cell assigns to ``student``, read as text; "" where nothing does."""
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == CELL and cell.cell_type == "code":
            return _assigned(cell.source)
    return ""


def _assigned(source: str) -> str:
    if len(source) > 2_000:  # parsed here, in the judge: nothing long enough to be deep
        return ""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    typed = ""
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == "student" for t in node.targets)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            typed = node.value.value
    return typed


def _shown(text: str) -> str:
    """A typed id, on one line, short, of what can be seen alone."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= MOST_SHOWN else plain[: MOST_SHOWN - 1] + "…"
