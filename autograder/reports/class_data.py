"""A class report as plain data: what `autograder report --format json` and `csv` write.

The schema stands in the book's appendix, page "class report".
"""

import csv
import io
import statistics as numbers
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.assignment import Assignment
from autograder.gradebook import clock
from autograder.gradebook.lateness import UNKNOWN, Lateness
from autograder.reports import statistics
from autograder.reports.export import guarded
from autograder.reports.pages import link_to
from autograder.reports.results import Result, number
from autograder.similarity.findings import Pair, Similarity
from autograder.verdict import Outcome

SCHEMA = 1
TABLES = ("students", "items", "mistakes", "similar", "late")
_STUDENT = (
    *("student", "name", "points", "raw_points", "late_penalty", "late", "problem"),
    *("to_grade_by_hand", "minutes_at_work", "judging_seconds", "mistakes", "near"),
)
_ITEM = (
    *("cell", "title", "max_points", "graded", "pending", "full", "partly", "nothing"),
    *("facility", "discrimination"),
)
_MISTAKE = ("item", "mistake", "count", "students", "hint", "book", "url")
_LATE = (
    *("student", "name", "by", "seconds", "due", "submitted", "extended", "excused"),
    *("nothing_earned", "penalty"),
)
_SIMILAR = ("student", "other", "whole_submission", "share", "bits", "cells", "word_for_word")

_PLAIN = {"mistakes": _MISTAKE, "late": _LATE}  # tables that are lists of the report


@dataclass(frozen=True)
class ClassFacts:
    """What is known of a class beside its results."""

    missing: Sequence[str] = ()  # nothing handed in
    ungraded: Sequence[str] = ()  # handed in, and not graded yet
    excused: Sequence[str] = ()  # need not hand in
    similarity: Similarity | None = None
    minutes: Mapping[str, float] = field(default_factory=dict)  # at work, where known
    late: Mapping[str, Lateness] = field(default_factory=dict)  # of those who came late


def report_data(
    results: Sequence[Result], assignment: Assignment, facts: ClassFacts, site_url: str = ""
) -> dict[str, Any]:
    """Everything that the class report says, for scripts."""
    ordered = sorted(results, key=lambda r: r.student)
    return {
        "schema": SCHEMA,
        "assignment": assignment.name,
        "title": assignment.title,
        "max_points": assignment.max_points,
        "submissions": len(ordered),
        "missing": list(facts.missing),
        "ungraded": list(facts.ungraded),
        "excused": list(facts.excused),
        "points": _points(ordered, assignment),
        "items": [_item(row, ordered) for row in statistics.items(ordered)],
        "mistakes": [_mistake(row, site_url) for row in statistics.mistakes(ordered)],
        "unrecognised": statistics.unrecognised(ordered),
        "time": _time(ordered, facts.minutes),
        "late": [_late(r, facts) for r in late(ordered, facts)],
        "needs_a_human": [
            {"student": r.student, "reasons": reasons} for r in ordered if (reasons := _reasons(r))
        ],
        "similarity": facts.similarity and similarity_data(facts.similarity),
        "students": [_student(r, facts) for r in ordered],
    }


def _points(results: Sequence[Result], assignment: Assignment) -> dict[str, Any]:
    points = [r.points for r in statistics.ran(results)]
    classes = statistics.bins(points, assignment.max_points)
    quarters = numbers.quantiles(points, n=4, method="inclusive") if len(points) > 1 else []
    return {
        "counted": len(points),
        "mean": numbers.fmean(points) if points else None,
        "median": numbers.median(points) if points else None,
        "quartiles": [quarters[0], quarters[2]] if quarters else None,
        "least": min(points, default=None),
        "most": max(points, default=None),
        "distribution": [{"from": a, "to": b, "students": n} for a, b, n in classes],
    }


def _item(row: statistics.ItemNumbers, results: Sequence[Result]) -> dict[str, Any]:
    outcomes = Counter(
        str(i.outcome)
        for r in statistics.ran(results)
        for i in r.items
        if i.cell == row.verdict.cell
    )
    return {
        "cell": row.verdict.cell,
        "title": row.verdict.title,
        "max_points": row.verdict.max_points,
        "graded": row.graded,
        "pending": row.pending,
        "full": row.full,
        "partly": row.graded - row.full - row.nothing,
        "nothing": row.nothing,
        "facility": row.facility,
        "discrimination": row.discrimination,
        "outcomes": dict(sorted(outcomes.items())),
    }


def _mistake(row: statistics.MistakeNumbers, site_url: str) -> dict[str, Any]:
    book = link_to(row.taught, site_url)
    return {
        "item": row.title,
        "mistake": row.id,
        "hint": row.hint,
        "book": book.words if book else "",
        "url": book.url if book else "",
        "count": len(row.students),
        "students": list(row.students),
    }


def _time(results: Sequence[Result], minutes: Mapping[str, float]) -> dict[str, Any]:
    seconds = {r.student: r.verdict.seconds for r in results if r.verdict.seconds}
    longest = max(seconds, key=lambda s: seconds[s], default=None)
    return {
        "at_work_known_for": len(minutes),
        "at_work_median_minutes": numbers.median(minutes.values()) if minutes else None,
        "judging_seconds": sum(seconds.values()),
        "judging_median_seconds": numbers.median(seconds.values()) if seconds else None,
        "judging_longest": longest and {"student": longest, "seconds": seconds[longest]},
    }


def late(results: Sequence[Result], facts: ClassFacts) -> list[Result]:
    """Those who came late, and those from whom points were taken off for it."""
    return [r for r in results if r.student in facts.late or r.late_penalty > 0]


def late_by(student: str, facts: ClassFacts) -> str:
    """How late somebody was, in words; "" where it is not known, or not late."""
    known = facts.late.get(student)
    return clock.span(known.seconds) if known is not None else ""


def _late(result: Result, facts: ClassFacts) -> dict[str, Any]:
    known = facts.late.get(result.student, UNKNOWN)
    return {
        "student": result.student,
        "name": result.name,
        "by": late_by(result.student, facts),
        "seconds": known.seconds,
        "due": known.due.isoformat() if known.due else None,
        "submitted": known.submitted.isoformat() if known.submitted else None,
        "extended": known.extended,
        "excused": result.student in facts.excused,
        "nothing_earned": known.closed,
        "penalty": result.late_penalty,
    }


def _reasons(result: Result) -> list[str]:
    """Why a person must look at a submission, in plain words."""
    by_hand = [f"{i.verdict.title}: to be graded by hand" for i in result.pending]
    return [*result.troubles, *by_hand]


def similarity_data(found: Similarity) -> dict[str, Any]:
    """Whose answers are near whose, with the evidence."""
    return {
        "compared": found.compared,
        "limits": dict(found.limits),
        "clusters": [list(cluster) for cluster in found.clusters],
        "pairs": [asdict(pair) for pair in found.pairs],
        "references": [asdict(pair) for pair in found.references],
    }


def _student(result: Result, facts: ClassFacts) -> dict[str, Any]:
    seen = facts.similarity.pairs if facts.similarity else ()
    return {
        "student": result.student,
        "name": result.name,
        "points": result.points,
        "raw_points": result.raw_points,
        "late_penalty": result.late_penalty,
        "late": late_by(result.student, facts),
        "problem": result.verdict.problem,
        "to_grade_by_hand": len(result.pending),
        "minutes_at_work": facts.minutes.get(result.student),
        "judging_seconds": result.verdict.seconds,
        "mistakes": sorted({m for v in result.verdict.verdicts for m in v.mistakes}),
        "near": sorted({s for p in seen for s in _others(p, result.student)}),
        "items": {i.cell: None if i.pending else i.points for i in result.items},
        "outcomes": {i.cell: str(i.outcome) for i in result.items},
    }


def _others(pair: Pair, student: str) -> list[str]:
    return [s for s in pair.students if s != student] if student in pair.students else []


def to_csv(data: Mapping[str, Any], table: str = "students") -> str:
    """One table of the report as CSV (RFC 4180) that a spreadsheet shows and does not run.

    Args:
        data: of ``report_data``.
        table: one of ``TABLES``.

    Raises:
        ValueError: where there is no such table.
    """
    if table not in TABLES:
        raise ValueError(f"table must be one of {', '.join(TABLES)}, not {table!r}")
    if table in _PLAIN:
        made = _plain_rows(data[table], _PLAIN[table])
    else:
        rows = {"students": _student_rows, "items": _item_rows, "similar": _pair_rows}
        made = rows[table](data)
    out = io.StringIO()
    csv.writer(out).writerows([_cell(value) for value in row] for row in made)
    return out.getvalue()


def _cell(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return number(value)
        case list() | tuple():
            return guarded(" ".join(map(str, value)))
    return "" if value is None else guarded(str(value))


def _student_rows(data: Mapping[str, Any]) -> list[list[Any]]:
    fixed = _STUDENT
    cells = [item["cell"] for item in data["items"]]
    rows: list[list[Any]] = [[*fixed, *cells]]
    for s in data["students"]:
        rows.append([*(s[key] for key in fixed), *(s["items"].get(cell) for cell in cells)])
    return rows


def _item_rows(data: Mapping[str, Any]) -> list[list[Any]]:
    fixed = _ITEM
    outcomes = [str(outcome) for outcome in Outcome]
    return [
        [*fixed, *outcomes],
        *(
            [*(i[key] for key in fixed), *(i["outcomes"].get(name, 0) for name in outcomes)]
            for i in data["items"]
        ),
    ]


def _plain_rows(trees: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[list[Any]]:
    return [[*keys], *([tree[key] for key in keys] for tree in trees)]


def _pair_rows(data: Mapping[str, Any]) -> list[list[Any]]:
    found = data["similarity"] or {"pairs": (), "references": ()}
    rows: list[list[Any]] = [[*_SIMILAR]]
    for pair in (*found["pairs"], *found["references"]):
        first, *rest = pair["students"]
        other = rest[0] if rest else pair["reference"]
        cells = [c["cell"] for c in pair["cells"]]
        most = max((c["verbatim"] for c in pair["cells"]), default=0.0)
        rows.append([first, other, pair["whole"], pair["share"], pair["bits"], cells, most])
    return rows
