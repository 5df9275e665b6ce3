"""What an assignment is: items, hidden cases, known wrong answers, accepted variants."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from rnncourse.checks.exercise import CodeExercise
from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.personal import Family

SOLUTIONS = Path(__file__).parents[1] / "solutions"

T = TypeVar("T", "CodeItem", "DerivationItem")


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that students give, and the hint it earns.

    ``edits`` turn the solution cell's source into the wrong answer (each old text must occur);
    ``source`` gives the whole cell instead. For a derivation, ``step`` and ``source`` give one
    wrong line. ``taught`` is the label of the place in the book that explains it, where one does:
    "mistake-bptt-late-state".
    """

    id: str
    hint: str
    edits: tuple[tuple[str, str], ...] = ()
    source: str = ""
    step: str = ""
    taught: str = ""


@dataclass(frozen=True)
class Variant:
    """A correct answer in another form, which must get full marks."""

    id: str
    edits: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True)
class HiddenCase:
    """One draw of hidden inputs; an output earns its points if it is right in every case."""

    name: str  # "ordinary", "one step", "batch of one", "no initial state", ...
    options: Mapping[str, Any] = field(default_factory=dict)  # passed to the exercise's draw()


@dataclass(frozen=True, eq=False)
class Personal(Generic[T]):
    """What an item asks of each student: the version for the network that is the student's own."""

    family: Family
    versions: Mapping[str, T]  # by member of the family


@dataclass(frozen=True)
class CodeItem:
    """A function that the student writes.

    ``personal`` stands where the item is asked of every student's own network; the item itself is
    then the version that the solution notebook answers. ``member`` is set in a student's version,
    and ``solution`` turns the notebook's answer into the version's.
    """

    cell: str  # grade_id of the locked check cell
    answer: str  # grade_id of the solution cell
    title: str
    exercise: CodeExercise
    points: Mapping[str, float]  # by output name; their sum is the cell's points
    cases: tuple[HiddenCase, ...]
    mistakes: tuple[Mistake, ...] = ()
    variants: tuple[Variant, ...] = ()
    solution: Variant | None = None
    member: str = ""
    personal: "Personal[CodeItem] | None" = None

    @property
    def max_points(self) -> float:
        """Points of the whole item."""
        return sum(self.points.values())


@dataclass(frozen=True)
class DerivationItem:
    """A derivation that the student writes as text; ``personal`` and so on as in ``CodeItem``."""

    cell: str
    answer: str  # grade_id of the cell that holds the text
    title: str
    exercise: DerivationExercise  # symbols, shapes, steps
    truth: Callable[
        [np.random.Generator], Mapping[str, Any]
    ]  # true values of every symbol, by autograd
    points: Mapping[str, float]  # by step
    mistakes: tuple[Mistake, ...] = ()
    variants: tuple[Variant, ...] = ()
    solution: Variant | None = None
    member: str = ""
    personal: "Personal[DerivationItem] | None" = None

    @property
    def max_points(self) -> float:
        """Points of the whole item."""
        return sum(self.points.values())


def personal(family: Family, make: Callable[[str], T]) -> T:
    """An item that is asked of every student's own network.

    Args:
        family: the networks.
        make: the item for one of them; cell, answer, title and points must not differ.

    Raises:
        ValueError: where they do.
    """
    made = {member: replace(make(member), member=member) for member in family.members}
    versions = {m: replace(v, personal=Personal(family, made)) for m, v in made.items()}
    first = versions[family.reference]
    for member, version in versions.items():
        for what in ("cell", "answer", "title", "points"):
            if getattr(version, what) != getattr(first, what):
                raise ValueError(
                    f"make: {what} is {getattr(version, what)!r} for {member}, "
                    f"{getattr(first, what)!r} for {family.reference}"
                )
    return replace(first, member="")


@dataclass(frozen=True)
class WrittenItem:
    """An answer graded by hand."""

    cell: str
    title: str
    max_points: float
    rubric: tuple[tuple[float, str], ...]  # (points, what earns them)


@dataclass(frozen=True)
class Limits:
    """What one submission may use; seconds of wall time, bytes."""

    cell_seconds: float = 30.0
    call_seconds: float = 10.0
    submission_seconds: float = 120.0
    memory_bytes: int = 2 << 30
    output_bytes: int = 1 << 20
    reply_bytes: int = 8 << 20
    file_bytes: int = 64 << 20
    processes: int = 256


@dataclass(frozen=True)
class Assignment:
    """One assignment: one notebook."""

    name: str  # folder in solutions/ and name in nbgrader
    title: str
    notebook: str  # notebook name without .ipynb
    items: tuple[CodeItem | DerivationItem | WrittenItem, ...]
    forbidden: tuple[str, ...] = ()  # modules absent from the sandbox: "torch", "rnncourse.elman"
    limits: Limits = Limits()
    folder: Path | None = None  # of an instructor's own: holds its code and its text

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickled by its folder where it is an instructor's own: no other process has its code."""
        if self.folder is None:
            return super().__reduce_ex__(protocol)
        from autograder.assignments import own

        return own.load, (self.folder,)

    def text(self, solutions: Path = SOLUTIONS) -> Path:
        """The instructor's notebook, as MyST text."""
        return (self.folder or solutions / self.name) / f"{self.notebook}.md"

    @property
    def max_points(self) -> float:
        """Points of the whole assignment."""
        return sum(item.max_points for item in self.items)

    @property
    def family(self) -> Family | None:
        """The networks of which one is a student's own; None where all are asked of the same."""
        for item in self.items:
            if not isinstance(item, WrittenItem) and item.personal:
                return item.personal.family
        return None

    def of_student(self, student: str) -> "Assignment":
        """The assignment as one student has it: personal items in the student's version."""
        return replace(self, items=tuple(_version(item, student) for item in self.items))

    def item(self, cell: str) -> CodeItem | DerivationItem | WrittenItem:
        """The item judged at the graded cell ``cell`` (a grade_id).

        Raises:
            KeyError: where no item has that cell.
        """
        for item in self.items:
            if item.cell == cell:
                return item
        raise KeyError(
            f"{self.name} has no item at cell {cell!r}; it has {[i.cell for i in self.items]}"
        )


def _version(
    item: CodeItem | DerivationItem | WrittenItem, student: str
) -> CodeItem | DerivationItem | WrittenItem:
    if isinstance(item, WrittenItem) or item.personal is None or item.member:
        return item
    version = item.personal.versions[item.personal.family.of(student)]
    return replace(version, personal=item.personal)  # type: ignore[arg-type]
