"""Whose hand-in a file is, by the outermost names: those that the course or its platform gave."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from autograder.assignment import Assignment
from autograder.gradebook import exchange_secret
from autograder.gradebook.attempts import Clock
from autograder.gradebook.words import shown

try:
    import pwd
except ImportError:  # pragma: no cover  # not on Windows, where nbgrader cannot check either
    pwd = None  # type: ignore[assignment]

_ID = re.compile(r"[^\W_][\w.@-]{0,63}")
# ada+bptt+2026-11-30 22:00:00.123456 UTC+5f0c: what `nbgrader submit` calls a folder
_INBOUND = re.compile(
    r"(?P<student>.+)\+(?P<assignment>[^+]+)\+"
    r"(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) (?P<zone>[^+]*)(?:\+[^+]*)?"
)


@dataclass(frozen=True)
class Whose:
    """Whose a file is, and what the platform says of how it came."""

    student: str
    file: str = ""  # as the student called it
    hand_in: str = ""  # tells the hand-ins of one student apart
    when: datetime | None = None
    clock: Clock = Clock.FILE
    late: str = ""
    status: str = ""
    name: str = ""  # what the platform called it
    secret: str = ""  # of the exchange, under which feedback goes back


class Names(Protocol):
    """A way of naming."""

    def whose(self, parts: tuple[str, ...]) -> Whose | None:
        """Whose a file is; None where it is nobody's hand-in.

        Args:
            parts: its path in the folder or zip.

        Raises:
            ValueError: in plain words, where that cannot be told.
        """
        ...

    def may_wrap(self, folder: str) -> bool:
        """Whether a folder of this name may stand around all hand-ins, and be left out."""
        ...


def student_id(text: str) -> str:
    """A student's id.

    Raises:
        ValueError: where it can be none.
    """
    student = unicodedata.normalize("NFC", text)
    if not _ID.fullmatch(student) or student.endswith("."):
        raise ValueError(
            f"{shown(student)} is no student id: letters, digits, '.', '_', '-' and '@', at most 64"
        )
    return student


class PlainNames:
    """``<student>/…``, ``<student>.ipynb``, ``<student>_<assignment>.ipynb``, ``<student>.zip``."""

    def __init__(
        self, assignment: Assignment, pattern: re.Pattern[str] | None, outer: set[str]
    ) -> None:
        self._assignment = assignment
        self._pattern = pattern
        self._outer = outer  # folders around the students'

    def whose(self, parts: tuple[str, ...]) -> Whose | None:
        """By the outermost name below the folders around them."""
        while len(parts) > 1 and parts[0] in self._outer:
            parts = parts[1:]
        name = parts[-1]
        packed = name.lower().endswith(".zip")
        own = (self._assignment.name, self._assignment.notebook)
        if len(parts) == 1:
            stem = name.rpartition(".")[0]
            for ending in own:
                stem = stem.removesuffix(f"_{ending}")
            if stem in own and name.lower().endswith((".ipynb", ".zip")):
                raise ValueError("its name does not tell whose it is")
            outermost = stem
        elif packed or len(parts) == 2 or (len(parts) == 3 and parts[1] == own[0]):
            outermost = parts[0]
        else:
            return None
        if not packed and not name.lower().endswith(".ipynb"):
            return None
        return Whose(student_id(self._found(outermost)), name)

    def may_wrap(self, folder: str) -> bool:
        """None but those that were named."""
        return False

    def _found(self, outermost: str) -> str:
        if self._pattern is None:
            return outermost
        match = self._pattern.search(unicodedata.normalize("NFC", outermost))
        if match is None:
            raise ValueError("its name does not fit the pattern for students' ids")
        return match["student"] or ""


class ExchangeNames:
    """The ``inbound`` folder of nbgrader's exchange: every hand-in of every student.

    Anyone may write there, so that a folder's name proves nothing: its owner must be the student.
    """

    def __init__(self, inbound: Path, assignment: Assignment, *, any_owner: bool) -> None:
        self._inbound = inbound
        self._assignment = assignment
        self._any_owner = any_owner

    def whose(self, parts: tuple[str, ...]) -> Whose | None:
        """By the folder's name, if its owner bears it out."""
        found = _INBOUND.fullmatch(parts[0])
        if found is None or found["assignment"] != self._assignment.name or len(parts) != 2:
            return None
        student = student_id(found["student"])
        owner = _owner(self._inbound / parts[0])
        if not self._any_owner and owner != student:
            raise ValueError(
                f"it says that it is {shown(student)}'s, and {shown(owner)} owns it "
                "(--any-owner takes it all the same)"
            )
        try:
            when = datetime.fromisoformat(found["when"]).replace(tzinfo=UTC)
        except ValueError:
            raise ValueError(f"{shown(found['when'])} is no time") from None
        if found["zone"] != "UTC":
            raise ValueError(f"its time is in {shown(found['zone'])}; nbgrader writes UTC")
        secret = exchange_secret.read(self._inbound, parts[0])
        return Whose(
            student, parts[1], parts[0], when, Clock.PLATFORM, name=parts[0], secret=secret
        )

    def may_wrap(self, folder: str) -> bool:
        """None: the exchange has a folder for each hand-in."""
        return False


def around(paths: Sequence[tuple[str, ...]], names: Names) -> int:
    """How many folders stand around all hand-ins alike; below them the names are the students'."""
    count = 0
    while paths and all(len(parts) > count + 1 for parts in paths):
        outer = {parts[count] for parts in paths}
        if len(outer) > 1 or not names.may_wrap(outer.pop()):
            break
        count += 1
    return count


def is_notebook(name: str) -> bool:
    """Whether a file is called like a notebook."""
    return name.lower().endswith(".ipynb") and not name.startswith(".")


def is_zip(name: str) -> bool:
    """Whether a file is called like a zip."""
    return name.lower().endswith(".zip") and not name.startswith(".")


def is_inbound(folder: Path) -> bool:
    """Whether a folder is an exchange's ``inbound``."""
    return folder.is_dir() and any(_INBOUND.fullmatch(entry.name) for entry in folder.iterdir())


def _owner(path: Path) -> str:
    number = path.lstat().st_uid
    try:
        return pwd.getpwuid(number).pw_name if pwd else ""
    except KeyError:
        return f"uid {number}"
