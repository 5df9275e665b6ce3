"""The sandbox that workers use, made anew where it ends under them."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Any, TypeVar

from autograder.assignment import Assignment
from autograder.sandbox import Sandbox, SandboxError, SandboxUnavailable

Result = TypeVar("Result")


class Boxes:
    """A context manager around the sandbox in use.

    Args:
        assignment: whose limits and forbidden modules hold inside.
        sandbox: "bubblewrap", "none", None for none at all, or an open sandbox, which is used as it
            is and not closed.
        shared: an open sandbox of that kind which other processes use, too; it is the first in use,
            and not closed.
    """

    def __init__(
        self,
        assignment: Assignment,
        sandbox: str | AbstractContextManager[Any] | None,
        shared: Sandbox | None = None,
    ) -> None:
        self._assignment = assignment
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._current: Any = shared
        self._closed = False

    def __enter__(self) -> "Boxes":
        self._stack.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._closed = True
            self._stack.__exit__(kind, error, trace)
            self._current = None

    def call(self, use: Callable[[Any], Result]) -> Result:
        """Use the sandbox; once more with a new one where it ended in between.

        Raises:
            SandboxUnavailable: where this system has none.
            SandboxError: where it ended twice.
        """
        box = self._open(None)
        try:
            return use(box)
        except SandboxUnavailable:
            raise
        except SandboxError:
            return use(self._open(box))

    def _open(self, broken: Any) -> Any:
        """The sandbox in use; opened when first wanted, and anew where it is ``broken``."""
        if not isinstance(self._sandbox, str):
            return self._sandbox
        with self._lock:
            if self._closed:
                # a worker whose sandbox was taken away by Ctrl-C must not open another
                raise SandboxError("the run has ended")
            if self._current is None or self._current is broken:
                assignment, mode = self._assignment, self._sandbox
                made = Sandbox(assignment.forbidden, assignment.limits, mode)  # type: ignore[arg-type]
                self._current = self._stack.enter_context(made)
            return self._current
