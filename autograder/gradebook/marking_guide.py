"""What formgrader shows above a written answer: the rubric, and the model answer to unfold."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import jinja2

from autograder.assignment import Assignment, WrittenItem
from autograder.gradebook import course as courses
from autograder.gradebook import notebooks
from autograder.gradebook.safe_html import markdown_to_html

_MARKERS = ("### BEGIN SOLUTION", "### END SOLUTION")


def marking_guide(root: Path) -> Callable[[Any, Any], str]:
    """The filter of formgrader's template that gives a cell's marking guide as HTML.

    It gives nothing for cells that no person grades.

    Args:
        root: the course folder.
    """

    @jinja2.pass_context
    def guide(context: Any, cell: Any) -> str:
        try:
            name = str(context["resources"]["assignment_id"])
            assignment = courses.resolve(name, courses.unopened(root))
            item = assignment.item(notebooks.grade_id(cell) or "")
        except (KeyError, ValueError):
            return ""
        if not isinstance(item, WrittenItem):
            return ""
        return _panel(item, _model_answer(root, assignment, item.cell))

    return guide


def _panel(item: WrittenItem, model_answer: str) -> str:
    rows = "".join(
        f"<li><strong>{points:g}</strong> {escape(words)}</li>" for points, words in item.rubric
    )
    return (
        f'<div class="panel panel-info marking-guide" id="{escape(item.cell)}-rubric">'
        f'<div class="panel-heading">Rubric: {escape(item.title)}, {item.max_points:g} points</div>'
        f'<div class="panel-body rendered_html"><ul>{rows}</ul>{model_answer}</div></div>'
    )


def _model_answer(root: Path, assignment: Assignment, name: str) -> str:
    try:
        source = notebooks.read(root / "source" / assignment.name / f"{assignment.notebook}.ipynb")
    except (OSError, ValueError):
        return ""
    for cell in source.cells:
        if notebooks.grade_id(cell) == name:
            lines = [x for x in cell.source.splitlines() if x.strip() not in _MARKERS]
            shown = markdown_to_html("\n".join(lines), cell.get("attachments"))
            return f"<details><summary>Model answer</summary>{shown}</details>"
    return ""
