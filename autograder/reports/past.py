"""A student's attempts and what was done to their marks, as lines for people."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from autograder.gradebook import attempts as store
from autograder.gradebook import clock, files, policies
from autograder.gradebook.course import Course
from autograder.reports.results import number


def attempts(course: Course, assignment: str, student: str | None = None) -> list[dict[str, Any]]:
    """Every hand-in that was kept, of one student or of all, oldest first."""
    names = [student] if student else [e.name for e in files.entries(course.root / store.FOLDER)]
    found = []
    for name in names:
        folder = course.folder(store.FOLDER, assignment, name)
        for about in sorted(folder.glob(f"*/{store.ABOUT}")):
            tree = json.loads(about.read_text("utf-8"))
            tree["arrived"].pop("secret", None)  # it opens the student's feedback
            found.append({"student": name, "folder": str(about.parent), **tree})
    return found


def told(
    course: Course, handed: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """One line for each attempt, then one for each thing that was done."""
    zone = policies.read(course).zone
    for one in handed:
        arrived = one["arrived"]
        when = clock.shown(datetime.fromisoformat(arrived["when"]), zone)
        marks = "; ".join(text for text in (arrived["late"], arrived["status"]) if text)
        said = f" ({arrived['clock']}{': ' + marks if marks else ''})"
        yield f"{one['student']}: attempt {one['number']}, {when}{said}, from {arrived['source']}"
    for line in lines:
        when = clock.shown(datetime.fromisoformat(line["time"]).astimezone(UTC), zone)
        about = f"{line['student']}: " if "student" in line else ""
        yield f"{when}, {line['who']}: {about}{_words(line, zone)}"


def _words(line: dict[str, Any], zone: str) -> str:
    event = line["event"]
    if event in ("graded", "penalty"):
        before, after = line["before"], line["after"]
        first = line.get("first")
        points = number(after["points"])
        said = points if first else f"{number(before['points'])} → {points}"
        penalty = f", {number(after['penalty'])} off for being late" if after["penalty"] else ""
        seed = f", seed {line['seed']}" if "seed" in line else ""
        lost = "".join(f"; dropped: {text}" for text in line.get("dropped_hand_grades", ()))
        return f"{event}, {said} points{penalty}{seed}{lost}"
    if event == "best":
        return f"attempt {line['attempt']} of {line['of']} is the best and counts"
    if event in ("due", "time"):
        return f"{event} {_time(line['before'], zone)} → {_time(line['after'], zone)}"
    if event == "extension":
        why = f" ({line['why']})" if line.get("why") else ""
        return f"extension until {_time(line['until'], zone)}{why}"
    rest = {k: v for k, v in line.items() if k not in ("time", "who", "event", "student")}
    return f"{event} {rest}" if any(rest.values()) else str(event)


def _time(text: str | None, zone: str) -> str:
    return clock.shown(datetime.fromisoformat(text), zone) if text else "none"
