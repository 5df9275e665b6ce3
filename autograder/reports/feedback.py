"""The page a student gets back: points, what is wrong, a hint, and their own work beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from autograder.assignment import Assignment, DerivationItem, WrittenItem
from autograder.reports import render, seen_plots
from autograder.reports.pages import Link, link_to, page
from autograder.reports.reading import next_pages
from autograder.reports.results import HandGrade, ItemResult, Result
from autograder.verdict import Outcome, Part, SubmissionVerdict

_SUBJECT = "Your notebook"
_KINDS: dict[type, str] = {WrittenItem: "text", DerivationItem: "derivation"}
_OURS = ("judge-failed",)  # kinds of incident that say where in our own code something broke

WORDS = {
    Outcome.RIGHT: "Right",
    Outcome.PARTLY: "Partly right",
    Outcome.WRONG: "Not right yet",
    Outcome.MISSING: "No answer found",
    Outcome.CRASHED: "Stopped with an error",
    Outcome.TIMEOUT: "Ran out of time",
    Outcome.MEMORY: "Ran out of memory",
    Outcome.REFUSED: "Answer not in the agreed form",
    Outcome.MANUAL: "To be graded by hand",
}


@dataclass(frozen=True)
class Work:
    """One of the student's cells, ready to show."""

    written: bool  # prose, as against code
    body: Markup
    outputs: tuple[Markup, ...]


@dataclass(frozen=True)
class Row:
    """One part of an item; ``hint`` is empty where the one before it says the same."""

    name: str
    outcome: Outcome
    points: float
    max_points: float
    diagnosis: str
    hint: str
    book: Link | None = None  # where the book explains the mistake
    plots: tuple[Markup, ...] = ()  # the visible case, wanted and got


@dataclass(frozen=True)
class Section:
    """One item with what explains it."""

    anchor: str
    item: ItemResult
    words: str
    parts: tuple[Row, ...]
    work: Work | None
    kind: str  # what the student's work is: "code", "text" or "derivation"
    read: tuple[Link, ...] = ()  # places in the book

    @property
    def worked(self) -> tuple[str, ...]:
        """Names of the parts that are right, where not all are."""
        right = tuple(part.name for part in self.parts if part.outcome is Outcome.RIGHT)
        return right if len(right) < len(self.parts) else ()

    @property
    def alike(self) -> bool:
        """Whether all parts ended the same way and nothing is to be said of any one of them."""
        said = any(part.diagnosis or part.hint for part in self.parts)
        return not said and len({part.outcome for part in self.parts}) == 1


def feedback_page(
    nb: Mapping[str, Any] | None,
    verdict: SubmissionVerdict,
    assignment: Assignment,
    *,
    manual: Mapping[str, HandGrade] | None = None,
    late_penalty: float = 0.0,
    timing: str = "",
    site_url: str = "",
    plots: str = "shapes",
) -> str:
    """One self-contained HTML file for the student.

    Nothing in it can run or load, whatever the submission contains, and of the assignment it
    shows titles and points alone: no hidden case, no reference, no rubric. What is right in the
    visible case, which every student has, is drawn where ``plots`` says so.

    Args:
        nb: the notebook as it was run, with its outputs; ``None`` where it could not be opened.
        verdict: what the judge decided.
        assignment: the assignment.
        manual: what a grader entered, by the graded cell's grade_id; ``None``: nothing yet.
        late_penalty: points taken off for a late submission.
        timing: when it was due and handed in, in a sentence.
        site_url: where the book is published; without it the places in it are named, not linked.
        plots: what is drawn of the first visible case where an answer is wrong in it: "none",
            "shapes" (both shapes, where they differ) or "values" (also the values).

    Returns:
        The page as text, to be written as UTF-8.
    """
    theirs = tuple(i for i in verdict.incidents if i.kind not in _OURS)
    result = Result(replace(verdict, incidents=theirs), manual or {}, late_penalty, timing=timing)
    # what nothing was read from has no answers to show, and no items to explain
    silent = bool(verdict.problem) and not result.raw_points
    cells = {} if silent else dict(_student_cells(nb))
    answers = {
        item.cell: item.cell if isinstance(item, WrittenItem) else item.answer
        for item in assignment.items
    }
    kinds = {i.cell: _KINDS.get(type(i), "code") for i in assignment.items}
    reading = next_pages(verdict, assignment, site_url)
    sections = tuple(
        Section(
            anchor=f"item-{index}",
            item=item,
            words=WORDS[item.outcome],
            parts=() if item.by_hand else _rows(item, site_url, plots),
            work=_shown(item, cells.pop(answers.get(item.cell, item.cell), None)),
            kind=kinds.get(item.cell, "code"),
            read=() if item.share == 1 else reading.get(item.cell, ()),
        )
        for index, item in enumerate(() if silent else result.items, start=1)
    )
    return page(
        "feedback.html",
        title=f"{assignment.title}: feedback",
        assignment=assignment,
        result=result,
        sections=sections,
        # of what is left, only cells that show something are worth the space
        others=tuple(work for work in cells.values() if work.outputs or work.written),
        steps=_next_steps(sections),
        notes=result.notes(cheat=False, subject=_SUBJECT),
        reported=result.notes(cheat=True, subject=_SUBJECT),
    )


def _student_cells(nb: Mapping[str, Any] | None) -> Iterator[tuple[str, Work]]:
    """The cells a student wrote, by grade_id, or by position for those that have none."""
    cells = nb.get("cells") if isinstance(nb, Mapping) else None
    for index, cell in enumerate(cells if isinstance(cells, list) else []):
        if not isinstance(cell, Mapping):
            continue
        metadata = cell.get("metadata")
        ours = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
        tags = ours if isinstance(ours, Mapping) else {}
        is_code = cell.get("cell_type") == "code"
        if not (tags.get("solution") or (is_code and not tags)):
            continue
        source = render.source_text(cell.get("source"))
        if not source.strip():
            continue
        body = render.code(source) if is_code else render.markdown(source, cell.get("attachments"))
        shown = tuple(render.outputs(cell.get("outputs"))) if is_code else ()
        yield str(tags.get("grade_id") or f"#{index}"), Work(not is_code, body, shown)


def _shown(item: ItemResult, work: Work | None) -> Work | None:
    """The student's work on an item; prose that is missing is still the assignment's own line."""
    blank = work is not None and work.written and item.outcome is Outcome.MISSING
    return None if blank else work


def _rows(item: ItemResult, site_url: str, plots: str) -> tuple[Row, ...]:
    rows: list[Row] = []
    said: set[str] = set()
    for part in item.verdict.parts:
        if part.points >= part.max_points:
            outcome = Outcome.RIGHT
        elif part.points > 0:
            outcome = Outcome.PARTLY
        else:
            missing = item.outcome is Outcome.MISSING
            outcome = Outcome.MISSING if missing else Outcome.WRONG
        hint = "" if part.hint in said else part.hint
        said.add(part.hint)
        book = link_to(part.taught, site_url) if hint else None
        rows.append(
            Row(
                part.name,
                outcome,
                part.points,
                part.max_points,
                part.diagnosis,
                hint,
                book,
                _plots(part, plots),
            )
        )
    return tuple(rows)


def _plots(part: Part, plots: str) -> tuple[Markup, ...]:
    """What may be drawn of a part in the visible case."""
    if part.seen is None or plots == "none":
        return ()
    drawn = [seen_plots.shapes(part.seen)]
    if plots == "values":
        drawn.append(seen_plots.values(part.seen))
    return tuple(plot for plot in drawn if plot)


def _next_steps(sections: tuple[Section, ...], most: int = 3) -> tuple[Section, ...]:
    """The items where most is still to be won, the largest first."""
    open_items = [s for s in sections if not s.item.pending and s.item.points < s.item.max_points]
    lost = sorted(open_items, key=lambda s: s.item.points - s.item.max_points)
    return tuple(lost[:most])
