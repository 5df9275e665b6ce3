"""A notebook's way through the box: cells, then calls, and a new start where one died."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.assignment import CodeItem
from autograder.sandbox import CallReply, CellResult, Checkpoint, Sandbox, Session, SessionEnded
from autograder.sandbox.errors import Ending
from autograder.sandbox.replies import Event

MAX_STARTS = 8
CELLS_OF_OUTPUT = 32  # a whole notebook may show as much as so many cells to their limit


@dataclass(frozen=True)
class Step:
    """A cell to be run, or the place of a check, where a checkpoint is taken."""

    index: int  # of the cell in the notebook
    label: str  # grade_id, or "In [3]"
    source: str = ""
    count: int = 0
    checks: CodeItem | None = None


class Execution:
    """Runs the steps of one submission.

    A cell that hangs, dies or uses too much is left out: a fresh session runs the good cells before
    it once more and goes on behind it. Calls come only after all cells have run.
    """

    def __init__(self, sandbox: Sandbox, steps: Sequence[Step]) -> None:
        self.sandbox = sandbox
        self.steps = steps
        self.limits = sandbox.limits
        self.deadline = time.monotonic() + self.limits.submission_seconds
        self.results: dict[int, CellResult] = {}  # by index of the cell
        self.failures: dict[int, SessionEnded] = {}
        self.call_events: dict[str, list[Event]] = {}  # by label of the check
        self._session: Session | None = None
        self._checkpoints: dict[str, Checkpoint] = {}
        self._asked_again: set[str] = set()  # cells of checks
        self._restarts = 0  # after calls that ended the session
        self._room = CELLS_OF_OUTPUT * self.limits.output_bytes  # left for outputs

    def __enter__(self) -> "Execution":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def run_cells(self, deadline: float) -> None:
        """Run every cell, until ``deadline`` (``time.monotonic()``)."""
        for start in range(MAX_STARTS + 1):
            if start == MAX_STARTS:
                self._give_up_the_rest()  # so that what was good is run, and can be called
            self._close()
            self._session = self.sandbox.session()
            if self._run_once(self._session, deadline):
                return

    def _give_up_the_rest(self) -> None:
        ended = SessionEnded(Ending.DIED, "too many cells before this one ended badly")
        for step in self.steps:
            if step.checks is None and step.index not in self.results:
                self.failures.setdefault(step.index, ended)

    def _run_once(self, session: Session, deadline: float) -> bool:
        """Whether all cells ran; else the one that did not is noted as failed."""
        last = None
        for step in self.steps:
            if step.index in self.failures:
                continue
            if time.monotonic() >= self.deadline:
                # good cells are run once more after a bad one, and could take their time then
                self._give_up_the_rest()
                return True
            try:
                if step.checks is not None:
                    self._checkpoints[step.label] = session.checkpoint()
                    continue
                last = step.index
                left = deadline - time.monotonic()
                if left <= 0 and step.index not in self.results:
                    text = "the time for the whole submission was used up"
                    self.failures[step.index] = SessionEnded(Ending.TIMEOUT, text)
                    continue
                seconds = min(self.limits.cell_seconds, max(left, 1.0))
                result = session.run(
                    step.source, cell=step.label, count=step.count, timeout=seconds
                )
                if step.index not in self.results:
                    self.results[step.index] = self._bounded(result)
            except SessionEnded as ended:
                if ended.ending is Ending.TIMEOUT:
                    ended = SessionEnded(Ending.TIMEOUT, f"no end after {seconds:.0f} s")
                if last is not None:
                    self.failures[last] = ended
                    self.results.pop(last, None)
                return False
        return True

    def _bounded(self, result: CellResult) -> CellResult:
        """The result, without outputs where a notebook of many cells has shown too much."""
        size = sum(len(o.text) + len(o.trace) + len(o.png) for o in result.outputs)
        if size > self._room:
            return replace(result, outputs=(), dropped=result.dropped + size)
        self._room -= size
        return result

    def caller(
        self, item: CodeItem, *, shared: bool = False
    ) -> Callable[[Sequence[Any]], CallReply]:
        """What calls the student's function of ``item`` as it was at its check.

        Each call has a new process, or where ``shared`` that of the call before, if it went well.
        """

        def call(arguments: Sequence[Any]) -> CallReply:
            try:
                return ask(arguments)
            except SessionEnded:
                gone = self._session is None or self._session.ended(0.0)
                if not gone or item.cell in self._asked_again:
                    raise
                # what an earlier item's call left behind may have ended the session only now
                self._asked_again.add(item.cell)
                return ask(arguments)

        def ask(arguments: Sequence[Any]) -> CallReply:
            checkpoint = self._checkpoint(item)
            seconds = min(self.limits.call_seconds, self.deadline - time.monotonic())
            if seconds <= 0:
                text = "the time for the whole submission was used up"
                raise SessionEnded(Ending.TIMEOUT, text)
            function = item.exercise.function
            reply = checkpoint.call(function, arguments, seconds, shared=shared)
            self._note(item.cell, reply)
            return self._believed(reply)

        return call

    def _note(self, cell: str, reply: CallReply) -> None:
        """Keep what a call did, in full where it saw the visible case, which comes first.

        A note is read by the student too, and one from a hidden case could carry its numbers.
        """
        if cell not in self.call_events:
            self.call_events[cell] = list(reply.events)
            return
        known = self.call_events[cell]
        for event in reply.events:
            bare = (event[0], "")
            if event not in known and bare not in known:
                known.append(bare)

    def _checkpoint(self, item: CodeItem) -> Checkpoint:
        # an earlier item's call may have ended the whole session
        gone = self._session is None or self._session.ended(0.0)
        if gone and self._restarts < MAX_STARTS:
            self._restarts += 1
            self.run_cells(self.deadline)
        if item.cell not in self._checkpoints:
            raise SessionEnded(Ending.DIED, "no process was left to ask")
        return self._checkpoints[item.cell]

    def _believed(self, reply: CallReply) -> CallReply:
        """The reply, without a place of an exception that cannot be."""
        if reply.raised is None:
            return reply
        lines = {s.label: s.source.count("\n") + 1 for s in self.steps if s.checks is None}
        if 0 < reply.raised.line <= lines.get(reply.raised.cell, 0):
            return reply
        return replace(reply, raised=replace(reply.raised, cell="", line=0))

    def _close(self) -> None:
        self._checkpoints.clear()
        if self._session is not None:
            self._session.close()
            self._session = None
