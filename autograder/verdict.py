"""What the judge says of one item, one submission: plain data, safe to store and to show."""

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How an item ended; everything but RIGHT and PARTLY earns nothing."""

    RIGHT = "right"
    PARTLY = "partly right"
    WRONG = "wrong"
    MISSING = "missing"  # nothing was written, or the name does not exist
    CRASHED = "crashed"  # the student's function raised, or its process died
    TIMEOUT = "timed out"
    MEMORY = "out of memory"
    REFUSED = "refused"  # the reply or the text was not plain data of the agreed form
    MANUAL = "to be graded by hand"


@dataclass(frozen=True)
class Seen:
    """An output of the first visible case beside the right one; students have both."""

    axes: tuple[str, ...]  # what the right one's axes count: ("t", "b", "h")
    wanted_shape: tuple[int, ...]
    got_shape: tuple[int, ...]
    by_step: bool  # whether the entries are one unit over time, as against row by row
    wanted: tuple[float | None, ...] = ()  # the first entries; None: not finite
    got: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Part:
    """One separately awarded part of an item, such as one gradient or one step of a derivation."""

    name: str
    points: float
    max_points: float
    diagnosis: str = ""  # what is wrong: plain text, one or two sentences, no hidden value in it
    hint: str = ""  # what to think about; empty where the mistake is not in the catalogue
    mistake: str | None = None  # id in the catalogue
    taught: str = ""  # label of the place in the book that explains the mistake
    seen: Seen | None = None  # in the visible case, where that is wrong


@dataclass(frozen=True)
class Verdict:
    """The judge's word on one graded cell."""

    cell: str  # grade_id of the graded cell
    title: str
    outcome: Outcome
    points: float
    max_points: float
    parts: tuple[Part, ...] = ()
    diagnosis: str = ""  # of the item as a whole, such as "timed out after 10 s"
    answers: str = ""  # another student's network to which this is the answer, if to one

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Ids of the catalogue's mistakes that were recognised."""
        return tuple(p.mistake for p in self.parts if p.mistake)


@dataclass(frozen=True)
class Incident:
    """Something in a submission that an instructor should know of."""

    kind: str  # stable id: "edited-check", "opened-gradebook", "forbidden-import", ...
    message: str  # plain words
    cell: str | None = None  # grade_id or None
    cheat: bool = False  # an attempt to gain marks, as against an accident


@dataclass(frozen=True)
class SubmissionVerdict:
    """All that is decided about one submitted notebook."""

    student: str
    assignment: str
    seed: int  # of the hidden cases; grading again with it replays them
    verdicts: tuple[Verdict, ...]
    incidents: tuple[Incident, ...] = ()
    problem: str = ""  # why nothing could be run ("the file is not a notebook: ..."), or empty
    seconds: float = 0.0
    extra: dict[str, str] = field(default_factory=dict)
    # content hashes of what decided it: "submission", "release", "grader", "item:<cell>"
    basis: dict[str, str] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """Points awarded automatically, out of ``max_points``."""
        return sum(v.points for v in self.verdicts)

    @property
    def max_points(self) -> float:
        """Points that can be had, those graded by hand included."""
        return sum(v.max_points for v in self.verdicts)
