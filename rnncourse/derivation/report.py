"""What the judge of derivations says: plain data."""

from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """How a step stands."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"


class Kind(StrEnum):
    """Why a step is not right, in the order in which the judge looks."""

    NONE = ""
    MISSING = "missing"
    LANGUAGE = "not in the language"
    INDEX = "a step that is not given"
    SHAPE = "shape"
    CIRCULAR = "circular"
    NOT_ALLOWED = "symbol not allowed here"
    LINKS = "too few links"
    MISTAKE = "known mistake"
    NO_SUCH_STEP = "a step that does not exist"
    NOT_FINITE = "not a number"
    SIGN = "sign"
    FACTOR = "factor"
    TRANSPOSED = "transposed"
    SOME_STEPS = "right for some steps only"
    VALUE = "wrong value"
    HELPER = "leans on a helper that is wrong or missing"
    WORK = "too much work"


@dataclass(frozen=True)
class StepReport:
    """The word on one step. Rows and columns count from 0, in the student's own text."""

    target: str
    state: State
    kind: Kind = Kind.NONE
    message: str = ""
    hint: str = ""
    mistake: str | None = None
    link: int | None = None  # the expression of the chain that is wrong, from 1
    row: int | None = None
    column: int | None = None
    length: int = 0
    optional: bool = False

    @property
    def right(self) -> bool:
        """Whether the step stands."""
        return self.state is State.RIGHT


@dataclass(frozen=True)
class Note:
    """Something to say of a line that is no step of the exercise."""

    message: str
    row: int
    column: int = 0
    length: int = 1


@dataclass(frozen=True)
class Report:
    """The word on a whole derivation: every step asked for, in the exercise's order, and notes."""

    exercise: str
    steps: tuple[StepReport, ...]
    notes: tuple[Note, ...] = ()

    @property
    def asked(self) -> tuple[StepReport, ...]:
        """The steps that the exercise asks for, without helpers."""
        return tuple(s for s in self.steps if not s.optional)

    @property
    def right(self) -> bool:
        """Whether every step asked for stands."""
        return all(s.right for s in self.asked)

    def step(self, target: str) -> StepReport:
        """The word on one step.

        Raises:
            KeyError: where it is not one of the report's.
        """
        for step in self.steps:
            if step.target == target:
                return step
        raise KeyError(target)


def on_chain(report: StepReport, link: int, links: int) -> StepReport:
    """The same report, said of one link of a chain."""
    if links == 1:
        return report
    before = "the expressions before it are right" if link > 1 else ""
    where = f"expression {link} of {links}" + (f" ({before})" if before else "")
    return replace(report, message=f"{where}: {report.message}", link=link)
