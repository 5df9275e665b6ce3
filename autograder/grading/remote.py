"""What a machine of a cluster does: a thread of a Dask worker hands tasks to judges of its own.

The Dask worker stays small and judges nothing itself. A judge that dies or hangs is dealt with
here, by the same pool as in a run on one machine.
"""

import threading
from contextlib import ExitStack
from typing import Any

from autograder.grading import fingerprint
from autograder.grading.pool import Pool
from autograder.grading.task import Result, Setup, Task


class VersionMismatch(RuntimeError):
    """A worker has another grader, or another version of the assignment, than the coordinator."""


_lock = threading.Lock()
_known: dict[str, str] = {}  # fingerprint of what is installed here, by what was asked for
_open: dict[tuple[str | None, ...], tuple[Pool, ExitStack]] = {}


def grade(setup: Setup, task: Task) -> Result:
    """Run a task on this machine.

    Raises:
        VersionMismatch: where this machine has not what the coordinator has.
        SandboxUnavailable: where it has no sandbox.
    """
    return _pool(setup).run(task)


def about(setup: Setup) -> dict[str, Any]:
    """What is installed on this machine."""
    return {"fingerprint": _here(setup), "versions": fingerprint.versions()}


def forget() -> None:
    """End this machine's judges."""
    with _lock:
        while _open:
            _open.popitem()[1][1].close()


def _pool(setup: Setup) -> Pool:
    key = setup.fingerprint, setup.judge, setup.sandbox, setup.release
    with _lock:
        if key not in _open:
            if _here(setup) != setup.fingerprint:
                raise VersionMismatch(f"this worker has {fingerprint.versions()}")
            while _open:  # of a run that ended without saying so
                _open.popitem()[1][1].close()
            stack = ExitStack()
            _open[key] = stack.enter_context(Pool(setup)), stack
        return _open[key][0]


def _here(setup: Setup) -> str:
    if setup.fingerprint not in _known:
        _known[setup.fingerprint] = fingerprint.of_all(setup.loaded())
    return _known[setup.fingerprint]
