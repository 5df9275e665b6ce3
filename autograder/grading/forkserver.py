"""The program from which workers are forked: judge, assignment and PyTorch are loaded once in it.

Started as ``python -m autograder.grading.forkserver <fd> <assignment> <folder> <torch>`` by
``program``, with one end of a socket pair. What the assignment needs is loaded at once, if there is
one of that name, packaged or in the folder; PyTorch where <torch> is not empty. It reads a
``Setup``, answers "ready", then takes requests: a descriptor for a new worker, answered by its
process id, or the id of one that is gone, answered by how it ended. Everything ends when the other
side is gone. The workers share one sandbox, whose sessions know nothing of each other.
"""

import contextlib
import importlib
import os
import resource
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import Connection
from pathlib import Path

from autograder import collector
from autograder.assignment import Assignment, CodeItem, DerivationItem
from autograder.grading.boxes import Boxes
from autograder.grading.program import LEAVE_SECONDS, OUT_OF_MEMORY
from autograder.grading.task import Setup, run
from autograder.sandbox import Sandbox, SandboxError, SandboxUnavailable

MEMORY = 4 << 30  # bytes of data of one judge, who needs a tenth of it


def main(fd: int, expected: str, own: str, torch: str) -> None:
    """Serve until the other side is gone."""
    control: Connection = Connection(fd)
    with contextlib.ExitStack() as stack:
        try:
            with collector.loading():
                begun = _begun_early(expected, Path(own) if own else None, bool(torch))
            setup = control.recv()
            with collector.loading():
                serve = _prepared(setup, begun, stack)
        except EOFError:
            return
        except Exception:
            control.send(("failed", traceback.format_exc()))
            return
        control.send(("ready", ""))
        workers: set[int] = set()
        with contextlib.suppress(EOFError, OSError):
            while True:
                what, number = control.recv()
                if what == "reap":
                    control.send(os.waitpid(number, 0)[1])
                    workers.discard(number)
                    continue
                line = reduction.recv_handle(control)
                worker = os.fork()
                if worker == 0:
                    control.close()
                    os._exit(_worker(serve, Connection(line)))
                os.close(line)
                workers.add(worker)
                control.send(worker)
        _let_leave(workers)


def _worker(serve: Callable[[Connection], None], line: Connection) -> int:
    """Be a worker until there is nobody to answer; gives the exit code."""
    try:
        serve(line)
    except EOFError:
        return 0
    except MemoryError:
        return OUT_OF_MEMORY
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _let_leave(workers: set[int]) -> None:
    """Wait for the workers, who see that nobody is left to answer, and end their sessions."""
    until = time.monotonic() + LEAVE_SECONDS
    while workers and time.monotonic() < until:
        for worker in list(workers):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(worker, os.WNOHANG) == (0, 0):
                    continue
            workers.discard(worker)
        time.sleep(0.01)


def _begun_early(name: str, own: Path | None, torch: bool) -> Sandbox | None:
    """A sandbox for an assignment, which is starting while its libraries are loaded."""
    from autograder.assignments import load

    try:
        assignment = load(name, own)
    except ValueError:
        return None  # the coordinator will say so, if it is wanted
    box = _begun(assignment, "bubblewrap")
    _load_libraries(assignment, torch=torch)
    return box


def _prepared(
    setup: Setup, shared: Sandbox | None, stack: contextlib.ExitStack
) -> Callable[[Connection], None]:
    """Load all that workers need; gives what a worker does from then on.

    What is open for all of them is closed with ``stack``.

    Args:
        setup: of the run.
        shared: a sandbox that is starting, which is used if it is the run's kind; else let go.
        stack: closes what is open.
    """
    assignment = setup.loaded()
    if shared is not None:
        wanted = (assignment.forbidden, assignment.limits, setup.sandbox)
        if wanted != (shared.forbidden, shared.limits, shared.mode):
            shared.abandon()
            shared = None
    if shared is None:
        shared = _begun(assignment, setup.sandbox)
    template, judge = setup.template(), setup.judging()
    _load_libraries(assignment)
    if shared is not None:
        try:
            stack.enter_context(shared)
        except SandboxError:
            shared = None  # a worker will meet the same, and say so

    def serve(line: Connection) -> None:
        _bound_memory()
        busy = threading.Event()
        threading.Thread(target=_leave_when_alone, args=(line.fileno(), busy), daemon=True).start()
        try:
            with Boxes(assignment, setup.sandbox, shared) as boxes:
                boxes.call(lambda box: None)
                line.send(("ready", None))
                while True:
                    task = line.recv()
                    busy.set()
                    result = run(task, assignment, template, judge, boxes.call)
                    busy.clear()
                    line.send(("done", result))
        except SandboxUnavailable as error:
            line.send(("unavailable", str(error)))
        except SandboxError as error:
            line.send(("broken", str(error)))

    return serve


def _begun(assignment: Assignment, kind: str | None) -> Sandbox | None:
    """A sandbox that is starting while this process loads what it needs itself."""
    if kind is None:
        return None
    box = Sandbox(assignment.forbidden, assignment.limits, kind)  # type: ignore[arg-type]
    try:
        box.begin()
    except SandboxError:
        return None
    return box


def _load_libraries(assignment: Assignment, *, torch: bool = True) -> None:
    """Import beforehand what the judge would import at its first submission.

    Args:
        assignment: whose judge.
        torch: whether PyTorch, too, where it is needed.
    """
    from autograder.judge.catalogue import catalogue_of

    catalogue_of(assignment)
    if not torch:
        return
    hidden = [i for i in assignment.items if isinstance(i, CodeItem) and i.cases]
    if any(isinstance(i, DerivationItem) for i in assignment.items) or any(
        i.exercise.solve is None for i in hidden
    ):
        with contextlib.suppress(ImportError):
            importlib.import_module("torch")


def _bound_memory() -> None:
    """Let a judge that takes too much fail alone, and be the first that the system ends."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


def _leave_when_alone(fd: int, busy: threading.Event) -> None:
    """End this worker when the other end of its line is closed, whatever it is doing."""
    poll = select.poll()
    poll.register(fd, 0)  # a hang-up is always told
    poll.poll()
    if busy.is_set():
        os.kill(os.getpid(), signal.SIGINT)  # so that the box is taken down
    time.sleep(LEAVE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
