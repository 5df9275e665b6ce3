"""What an instructor should know of a submission, from what its code did and what it says."""

from collections.abc import Iterator
from typing import Any

from autograder.assignment import Assignment, CodeItem
from autograder.judge.execution import Execution
from autograder.judge.scan import scan_cell
from autograder.sandbox.errors import Ending
from autograder.verdict import Incident

MAX_INCIDENTS = 40
MAX_SCANNED = 1_000_000  # characters of one notebook; some seconds of reading
# what the box heard: text, and whether it is an attempt to gain marks
HEARD = {
    "opened-gradebook": ("tries to open the gradebook: {detail}", True),
    "opened-submission": ("tries to open submissions or their feedback: {detail}", True),
    "opened-solution": ("tries to open the solutions or the grading code: {detail}", True),
    "wrote-library": ("tries to change the course's library: {detail}", True),
    "changed-checks": ("puts something else in the place of {detail}", True),
    "changed-verdict": ("puts something else in the place of {detail}", True),
    "looked-at-processes": ("looks at other processes: {detail}", True),
    "changed-ipython": ("puts something else in the place of {detail}", True),
    "changed-tracebacks": ("puts something else in the place of {detail}", False),
    "walked-frames": ("looks into the calling code with {detail}", True),
    "sent-signal": ("sends a signal to a process that it did not start: {detail}", True),
    "left-startup": ("tries to leave something that runs later: {detail}", True),
    "ran-file": ("runs code from a file that it made: {detail}", False),
    "unpacked-code": ("runs code that stands in no cell: {detail}", False),
    "searched-memory": ("searches the process's memory ({detail})", False),
    "forbidden-import": ("imports {detail}, which is not available in this assignment", False),
    "used-network": ("tries to use the network: {detail}", False),
    "started-program": ("starts a program: {detail}", False),
    "used-ctypes": ("loads a C library: {detail}", False),
}


def of_submission(nb: Any, assignment: Assignment, execution: Execution) -> tuple[Incident, ...]:
    """Everything of note in one submission, each thing once, attempts to gain marks first."""
    found: dict[tuple[str, str], Incident] = {}
    everything = [*_heard(assignment, execution), *_read(nb, assignment, execution)]
    for incident in sorted(everything, key=lambda i: not i.cheat):
        found.setdefault((incident.kind, incident.message), incident)
    return tuple(found.values())[:MAX_INCIDENTS]


def _heard(assignment: Assignment, execution: Execution) -> Iterator[Incident]:
    for step in execution.steps:
        ended = execution.failures.get(step.index)
        if ended is not None and ended.ending is Ending.REFUSED:
            text = "answers the judge in a form that the runner never uses"
            yield _incident("forged-reply", text, step.label, True)
        result = execution.results.get(step.index)
        for kind, detail in result.events if result else ():
            if kind in HEARD:
                text, cheat = HEARD[kind]
                yield _incident(kind, _said(text, detail), step.label, cheat)
    answers = {i.cell: i.answer for i in assignment.items if isinstance(i, CodeItem)}
    for label, events in execution.call_events.items():
        for kind, detail in events:
            if kind == "forbidden-import":
                # at the top of a notebook it may be a habit; in a graded function it is a call
                text, cheat = "calls {detail} in a graded function", True
                kind = "called-reference"
            elif kind in HEARD:
                text, cheat = HEARD[kind]
            else:
                continue
            yield Incident(kind, _said(text, detail), answers.get(label), cheat)


def _said(text: str, detail: str) -> str:
    return text.format(detail=_shown(detail) or "when it is called")


def _incident(kind: str, text: str, label: str, cheat: bool) -> Incident:
    """An incident in a cell; one without a grade_id is named by its number, in the text."""
    own = label.startswith("In [")
    text = _shown(text, 300)  # a name in the code can be text of any kind
    return Incident(kind, f"{text} ({label})" if own else text, None if own else label, cheat)


def _shown(detail: str, limit: int = 120) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in detail).split())[:limit]


def _read(nb: Any, assignment: Assignment, execution: Execution) -> Iterator[Incident]:
    code = {i.answer for i in assignment.items if isinstance(i, CodeItem)}
    functions = {i.exercise.function for i in assignment.items if isinstance(i, CodeItem)}
    locked = {n for n, c in enumerate(nb.cells) if c.metadata.get("nbgrader", {}).get("locked")}
    forbidden = frozenset(assignment.forbidden)
    aliases: dict[str, str] = {}
    left = MAX_SCANNED
    for step in execution.steps:
        if step.checks is None and step.index not in locked:
            left -= len(step.source)
            if left < 0:
                text = "the code is too long to be looked at from here on"
                yield _incident("unread-cell", text, step.label, False)
                return
            graded = functions if step.label in code else frozenset[str]()
            for kind, text, cheat in scan_cell(step.source, forbidden, graded, aliases):
                yield _incident(kind, text, step.label, cheat)
