"""One student's result: the judge's verdict and what a person entered in the gradebook."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.verdict import Incident, Outcome, SubmissionVerdict, Verdict


@dataclass(frozen=True)
class HandGrade:
    """What a grader entered for one cell."""

    points: float | None = None  # None: not graded by hand
    comment: str = ""
    extra: float = 0.0  # extra credit, added to the judge's points or the grader's


@dataclass(frozen=True)
class ItemResult:
    """One item with the points that count: the grader's where there are any, else the judge's."""

    verdict: Verdict
    hand: HandGrade = HandGrade()

    @property
    def cell(self) -> str:
        """The graded cell's grade_id."""
        return self.verdict.cell

    @property
    def by_hand(self) -> bool:
        """Whether a person's points replace the judge's, or add to them."""
        return self.hand.points is not None or self.hand.extra != 0

    @property
    def pending(self) -> bool:
        """Whether a person has still to grade it."""
        return self.verdict.outcome is Outcome.MANUAL and not self.by_hand

    @property
    def points(self) -> float:
        """Points that count; 0 while pending."""
        graded = self.verdict.points if self.hand.points is None else self.hand.points
        return graded + self.hand.extra

    @property
    def max_points(self) -> float:
        """Points that can be had."""
        return self.verdict.max_points

    @property
    def share(self) -> float:
        """Points over points that can be had, from 0 to 1."""
        return min(1.0, max(0.0, self.points / self.max_points)) if self.max_points else 0.0

    @property
    def outcome(self) -> Outcome:
        """The judge's outcome, or what the points entered by hand amount to."""
        if not self.by_hand:
            return self.verdict.outcome
        if self.points >= self.max_points:
            return Outcome.RIGHT
        return Outcome.PARTLY if self.points > 0 else Outcome.WRONG


@dataclass(frozen=True)
class Result:
    """One submission's verdict, the grader's entries by cell, and the penalty for being late."""

    verdict: SubmissionVerdict
    hand: Mapping[str, HandGrade] = field(default_factory=dict)
    late_penalty: float = 0.0  # points taken off the sum
    name: str = ""  # first and last, where the gradebook has them
    timing: str = ""  # when it was due and handed in, in a sentence; empty without a due date

    @property
    def student(self) -> str:
        """The student's id."""
        return self.verdict.student

    @property
    def items(self) -> tuple[ItemResult, ...]:
        """The items in the notebook's order."""
        return tuple(
            ItemResult(v, self.hand.get(v.cell, HandGrade())) for v in self.verdict.verdicts
        )

    @property
    def raw_points(self) -> float:
        """Points before the penalty."""
        return sum(item.points for item in self.items)

    @property
    def points(self) -> float:
        """Points after the penalty, never under 0."""
        return max(0.0, self.raw_points - self.late_penalty)

    @property
    def max_points(self) -> float:
        """Points that can be had."""
        return self.verdict.max_points

    @property
    def pending(self) -> tuple[ItemResult, ...]:
        """Items that a person has still to grade."""
        return tuple(item for item in self.items if item.pending)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """The verdict's incidents, less those that only repeat why it could not be run."""
        return tuple(i for i in self.verdict.incidents if i.message != self.verdict.problem)

    def notes(self, *, cheat: bool, subject: str = "The notebook") -> tuple[str, ...]:
        """The incidents as sentences, one for each kind: a loop over forty paths is one thing."""
        kinds: dict[str, list[str]] = {}
        for incident in self.incidents:
            if incident.cheat == cheat:
                kinds.setdefault(incident.kind, []).append(told(incident, subject))
        return tuple(_first(list(dict.fromkeys(said))) for said in kinds.values())

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why an instructor should look at this submission, in plain words.

        A wrong answer, one that raises included, is no trouble. These are: a notebook that could
        not be run, an item that ran out of time or memory or whose reply was refused, and every
        incident.
        """
        stopped = (Outcome.TIMEOUT, Outcome.MEMORY, Outcome.REFUSED)
        said = (
            self.verdict.problem,
            *(f"{v.title}: {v.outcome}" for v in self.verdict.verdicts if v.outcome in stopped),
            *self.notes(cheat=True),
            *self.notes(cheat=False),
        )
        return tuple(dict.fromkeys(text for text in said if text))


def told(incident: Incident, subject: str = "The notebook") -> str:
    """An incident as a sentence: what begins with a verb gets its subject."""
    text = incident.message.strip()
    text = f"{subject} {text}" if text[:1].islower() else text
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _first(said: list[str]) -> str:
    more = len(said) - 1
    return f"{said[0]} ({more} more of this kind.)" if more else said[0]


def number(value: float) -> str:
    """Points as people write them: ``3``, ``2.5``, ``0.33``."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
