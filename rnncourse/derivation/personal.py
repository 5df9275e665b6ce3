"""Which network is a student's own: one of a family, by lot from the student's id.

Every exercise of a family asks of the same network, so that what was derived can be coded. The lot
is SHA-256 of the family's name and the id: it is the same on every machine, today and next year.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from rnncourse.derivation.exercise import DerivationExercise

MISSING = (
    "which network is yours follows from your id, and none is given: write it between the "
    'quotation marks of student = "" at the top of the notebook, run that cell, then this one again'
)
_SOLUTION = "solution"  # the id in an instructor's notebook
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Zs")  # Unicode categories: control, format, blanks


class NoStudent(ValueError):
    """A network of one's own was asked for, and there is no id."""


def normalised(student: object) -> str:
    """An id without what is easily typed in another way.

    Letter case, blanks, characters that cannot be seen and Unicode's several ways of writing one
    letter do not count, so that an id copied from a web page is the one in the instructor's list.

    Raises:
        NoStudent: where nothing is left of it, or it is no text.
    """
    if student is None:
        raise NoStudent(MISSING)
    if not isinstance(student, str):
        raise NoStudent(f"an id is a text in quotation marks, got a {type(student).__name__}")
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", student).casefold())
    kept = "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE)
    if not kept:
        raise NoStudent(MISSING)
    return unicodedata.normalize("NFKC", kept)


@dataclass(frozen=True, eq=False)
class Family:
    """Networks that differ, one of which is a student's own.

    Attributes:
        name: on which the lot depends beside the id: "bptt".
        members: every network's name, and what it has, in words that go on from "yours has".
        shown: the personal derivation whose equations show the network.
    """

    name: str
    members: Mapping[str, str]
    shown: str

    def of(self, student: object) -> str:
        """Name of the network of the student with this id.

        Raises:
            NoStudent: where the id is empty or no text.
        """
        asked = f"{self.name}\n{normalised(student)}".encode("utf-8", "surrogatepass")
        lot = int.from_bytes(hashlib.sha256(asked).digest()[:8], "big")
        return tuple(self.members)[lot % len(self.members)]

    @property
    def reference(self) -> str:
        """The network that an instructor's notebook answers: that of the id "solution"."""
        return self.of(_SOLUTION)

    def stand_in(self, member: str) -> str:
        """An id whose network is ``member``, for trying it out."""
        if member == self.reference:
            return _SOLUTION
        number = 0
        while self.of(f"stand-in-{number}") != member:
            number += 1
        return f"stand-in-{number}"


@dataclass(frozen=True, eq=False)
class PersonalDerivation:
    """A derivation asked of every student's own network."""

    name: str  # "bptt.personal"
    family: Family
    versions: Mapping[str, DerivationExercise]  # by member; called "bptt.personal/leaky"

    def __post_init__(self) -> None:
        wanted = {member: f"{self.name}/{member}" for member in self.family.members}
        found = {member: version.name for member, version in self.versions.items()}
        if found != wanted:
            raise ValueError(f"versions: {self.name} wants {wanted}, got {found}")
