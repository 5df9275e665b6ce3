"""The course as a calendar, from `book/plan.yml`: lectures, chapters and assignments by week."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from .paths import BOOK
from .toc import entries

PLAN = BOOK / "plan.yml"
APART = ("assignments/", "reference/", "appendix/", "genindex")  # pages that are no chapters


@dataclass(frozen=True)
class Lecture:
    """One lecture: what it is about, and the chapter it follows ("" where there is none)."""

    about: str
    chapter: str = ""


@dataclass(frozen=True)
class Week:
    """One week of the course, from its Monday on."""

    number: int
    monday: date
    lectures: tuple[Lecture, ...]
    release: str = ""  # the assignment that is handed out
    due: str = ""  # the assignment whose time ends on Sunday

    @property
    def deadline(self) -> date:
        """The day on which what is due is handed in at the latest."""
        return self.monday + timedelta(days=6)


def weeks(path: Path = PLAN) -> list[Week]:
    """Read the plan and give every week its date.

    Raises:
        ValueError: `start` or a day of `skip` is no Monday, a week holds what is not known here,
            or an assignment is due before it was handed out.
    """
    given = yaml.safe_load(path.read_text("utf8"))
    skip = {_monday(day, "skip") for day in given.get("skip", ())}
    monday = _monday(given["start"], "start")
    found: list[Week] = []
    released: set[str] = set()
    for number, week in enumerate(given["weeks"], start=1):
        while monday in skip:
            monday += timedelta(weeks=1)
        if strange := sorted(week.keys() - {"lectures", "release", "due"}):
            raise ValueError(f"week {number}: lectures, release and due are known, not {strange}")
        made = Week(
            number,
            monday,
            tuple(_lecture(lecture, number) for lecture in week["lectures"]),
            week.get("release", ""),
            week.get("due", ""),
        )
        if made.due and made.due not in released:
            raise ValueError(f"week {number}: {made.due} is due before it is released")
        released.add(made.release)
        found.append(made)
        monday += timedelta(weeks=1)
    if left := released - {week.due for week in found} - {""}:
        raise ValueError(f"plan: released and never due: {', '.join(sorted(left))}")
    return found


def problems(
    plan: list[Week], chapters: Collection[str], assignments: Collection[str]
) -> list[str]:
    """What the plan names that the book has not, and which chapters it leaves out."""
    taught = {lecture.chapter for week in plan for lecture in week.lectures} - {""}
    given = {week.release for week in plan} - {""}
    return [
        *(f"there is no chapter {name}" for name in sorted(taught - set(chapters))),
        *(f"the chapter {name} is in no week" for name in sorted(set(chapters) - taught)),
        *(f"there is no assignment {name}" for name in sorted(given - set(assignments))),
        *(f"the assignment {name} is in no week" for name in sorted(set(assignments) - given)),
    ]


def _lecture(given: Any, week: int) -> Lecture:
    """`chapter: what it is about`, or that alone."""
    if isinstance(given, str):
        return Lecture(given)
    if isinstance(given, dict) and len(given) == 1:
        ((chapter, about),) = given.items()
        return Lecture(str(about), str(chapter))
    raise ValueError(f"week {week}: a lecture is `chapter: what it is about`; got {given}")


def chapters() -> list[str]:
    """The chapters of the book, in its order."""
    return [e.page for e in entries() if e.page != "index" and not e.page.startswith(APART)]


def assignments() -> list[str]:
    """The assignments among the pages of the book."""
    pages = (entry.page for entry in entries())
    return [page.split("/")[1] for page in pages if page.startswith("assignments/")]


def _monday(day: Any, name: str) -> date:
    if not isinstance(day, date) or day.weekday() != 0:
        raise ValueError(f"{name} should be a Monday such as 2027-02-01; got {day}")
    return day
