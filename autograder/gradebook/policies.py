"""What nbgrader has no place for: late rules, grace, who is excused, which attempt counts.

``policies.json`` in the course folder holds them. Due dates and granted extensions are nbgrader's
own (``assignment.duedate``, ``submitted_assignment.extension``); an extension that is granted
before anything was handed in has no row there yet, and waits here.
"""

import importlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from autograder.gradebook import clock, files
from autograder.gradebook.course import Course, CourseError

FILE = "policies.json"
COUNTS = ("last", "best")
OF = ("points", "max")


@dataclass(frozen=True)
class Rule:
    """What lateness costs, and which attempt counts."""

    grace_minutes: int = 0  # late by no more than this is not late
    percent_per_day: float = 0.0  # of ``of``, for each day that was begun
    days: int | None = None  # later than this earns nothing; None: no end
    of: str = "points"  # "points" that were earned, or "max": what can be had
    counts: str = "last"  # which attempt: "last", or "best" after its penalty
    plugin: str = ""  # nbgrader's LateSubmissionPlugin to ask instead, as module.Class


@dataclass(frozen=True)
class Extension:
    """Another due date for one student."""

    until: datetime
    why: str = ""


@dataclass(frozen=True)
class Policies:
    """All of a course."""

    zone: str = "UTC"
    default: Rule = Rule()
    assignments: Mapping[str, Rule] = field(default_factory=dict)
    extensions: Mapping[str, Mapping[str, Extension]] = field(default_factory=dict)
    excused: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # why

    def rule(self, assignment: str) -> Rule:
        """The rule of one assignment."""
        return self.assignments.get(assignment, self.default)

    def extension(self, assignment: str, student: str) -> Extension | None:
        """What a student was granted here."""
        return self.extensions.get(assignment, {}).get(student)

    def is_excused(self, assignment: str, student: str) -> bool:
        """Whether a student need not hand in."""
        return student in self.excused.get(assignment, {})


def read(course: Course) -> Policies:
    """The course's policies; those of a new course where there is no file.

    Raises:
        CourseError: where the file is not right.
    """
    path = course.root / FILE
    try:
        tree = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Policies()
    except (OSError, ValueError) as error:
        raise CourseError(f"{path} cannot be read: {error}") from error
    try:
        return _policies(tree)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise CourseError(f"{path} is not right: {error}") from error


def write(course: Course, policies: Policies) -> None:
    """Keep the policies, whole or not at all."""
    tree = asdict(policies)
    for granted in tree["extensions"].values():
        for one in granted.values():
            one["until"] = one["until"].isoformat()
    files.write_text(
        course.root / FILE, json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    )


def with_rule(policies: Policies, assignment: str | None, **changes: Any) -> Policies:
    """The policies with another rule for an assignment, or for all that have none of their own.

    Raises:
        ValueError: where a value is not possible.
    """
    rule = replace(policies.rule(assignment) if assignment else policies.default, **changes)
    check(rule)
    if assignment is None:
        return replace(policies, default=rule)
    return replace(policies, assignments={**policies.assignments, assignment: rule})


def with_extension(
    policies: Policies, assignment: str, student: str, extension: Extension | None
) -> Policies:
    """The policies with a student's extension, or without it."""
    granted = {k: v for k, v in policies.extensions.get(assignment, {}).items() if k != student}
    if extension is not None:
        granted[student] = extension
    return replace(policies, extensions={**policies.extensions, assignment: granted})


def with_excuse(policies: Policies, assignment: str, student: str, why: str | None) -> Policies:
    """The policies with a student excused, or (None) not."""
    excused = {k: v for k, v in policies.excused.get(assignment, {}).items() if k != student}
    if why is not None:
        excused[student] = why
    return replace(policies, excused={**policies.excused, assignment: excused})


def check(rule: Rule) -> None:
    """See that a rule can be followed.

    Raises:
        ValueError: naming the value.
    """
    if not 0 <= rule.grace_minutes <= 7 * 24 * 60:
        raise ValueError(f"grace: from 0 minutes to a week, not {rule.grace_minutes}")
    if not 0 <= rule.percent_per_day <= 100:
        raise ValueError(f"percent per day: from 0 to 100, not {rule.percent_per_day:g}")
    if rule.days is not None and not 0 <= rule.days <= 3650:
        raise ValueError(f"days: from 0 to 3650, not {rule.days}")
    if rule.of not in OF:
        raise ValueError(f"of: {' or '.join(OF)}, not {rule.of!r}")
    if rule.counts not in COUNTS:
        raise ValueError(f"counts: {' or '.join(COUNTS)}, not {rule.counts!r}")
    if rule.plugin:
        late_plugin(rule.plugin)


def late_plugin(name: str) -> Any:
    """An instance of an nbgrader plugin for late submissions.

    Raises:
        ValueError: where there is no such class.
    """
    module, _, attribute = name.rpartition(".")
    try:
        made = getattr(importlib.import_module(module), attribute)()
        made.late_submission_penalty  # noqa: B018  # what nbgrader calls
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise ValueError(
            f"plugin: {name!r} is no nbgrader.plugins.LateSubmissionPlugin: {error}"
        ) from error
    return made


def words(rule: Rule) -> str:
    """A rule in a sentence, for students too."""
    if rule.plugin:
        return f"What lateness costs is decided by {rule.plugin}."
    parts = []
    if rule.grace_minutes:
        parts.append(f"{rule.grace_minutes} minutes of grace")
    if rule.percent_per_day:
        of = "the points earned" if rule.of == "points" else "all points of the assignment"
        parts.append(f"each day begun costs {rule.percent_per_day:g} % of {of}")
    if rule.days is not None:
        after = f"later than {rule.days} days" if rule.days else "after that"
        parts.append(f"{after} nothing is earned")
    if not rule.percent_per_day and rule.days is None:
        parts.append("lateness costs nothing")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}. The {rule.counts} attempt counts."


def _policies(tree: Any) -> Policies:
    unknown = set(tree) - {f.name for f in fields(Policies)}
    if unknown:
        raise ValueError(f"it holds {sorted(unknown)[0]!r}, which is none of its settings")
    made = Policies(
        tree.get("zone", "UTC"),
        Rule(**tree.get("default", {})),
        {name: Rule(**rule) for name, rule in tree.get("assignments", {}).items()},
        {
            name: {s: Extension(_utc(e["until"]), e.get("why", "")) for s, e in granted.items()}
            for name, granted in tree.get("extensions", {}).items()
        },
        {name: dict(excused) for name, excused in tree.get("excused", {}).items()},
    )
    clock.zone(made.zone)
    for rule in (made.default, *made.assignments.values()):
        check(rule)
    return made


def _utc(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"until: {text!r} has no zone")
    return found.astimezone(UTC)
