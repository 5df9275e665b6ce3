"""Judges in processes of their own: each has its sandbox, and can die without anybody noticing."""

import contextlib
import os
import socket
import threading
import warnings
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.connection import Connection
from typing import Any

from autograder.assignment import Assignment
from autograder.gradebook.template import Template
from autograder.grading import early
from autograder.grading import task as tasks
from autograder.grading.program import START_SECONDS, Program, ProgramEnded
from autograder.grading.task import Result, Setup, Task
from autograder.sandbox import SandboxError, SandboxUnavailable

TRIES = 2  # of one submission, when workers are lost or the grader fails
STARTS = 3  # of a worker, before it is given up


class Lost(Exception):
    """A worker that ended, hung or ran out of memory before it answered."""


@dataclass(eq=False)
class _Worker:
    line: Connection
    pid: int
    server: Program


class Pool:
    """A context manager; ``run`` may be called by several threads, and each gets a worker.

    Nothing is started before the first task.

    Args:
        setup: what every worker is made from.
        patience: seconds to wait for one verdict; more than any submission can take where None.
    """

    def __init__(self, setup: Setup, *, patience: float | None = None) -> None:
        self._setup = setup
        self._patience = patience
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._servers: list[Program] = []  # one, and those that ended before it
        self._closed = False

    def __enter__(self) -> "Pool":
        if self._setup.sandbox == "none":
            warnings.warn(
                "NO SANDBOX: submissions run with all your rights", RuntimeWarning, stacklevel=3
            )
        return self

    def __exit__(self, *_: Any) -> None:
        with self._lock:
            self._closed = True
            for worker in self._workers:
                # closing alone would not wake a thread that waits for an answer
                with contextlib.suppress(OSError):
                    _hang_up(worker.line)
            while self._servers:
                self._servers.pop().stop()

    def run(self, task: Task) -> Result:
        """The result of a task; where a worker is lost over it, or the grader fails, of a second.

        Raises:
            SandboxUnavailable: where this system has no sandbox.
            SandboxError: where no worker can be started, or the pool is closed.
        """
        why = ""
        result = None
        for _ in range(TRIES):
            try:
                result = self._try(task)
            except Lost as lost:
                why = str(lost)
                continue
            if not result.failed:
                return result
        return result or tasks.given_up(task, self._assignment, self._template, why)

    def _try(self, task: Task) -> Result:
        worker = self._take()
        try:
            worker.line.send(task)
        except OSError:
            raise Lost(self._end(worker)) from None
        kind, what = self._answer(worker, self._seconds)
        if kind != "done":
            self._end(worker)
            raise (SandboxUnavailable if kind == "unavailable" else SandboxError)(what)
        result: Result = what
        if result.failed:  # whatever made the grader fail may still be in that process
            self._end(worker)
        else:
            with self._lock:
                self._idle.append(worker)
        return result

    def _answer(self, worker: _Worker, seconds: float) -> tuple[str, Any]:
        if not worker.line.poll(seconds):
            self._end(worker)
            raise Lost(f"no answer in {seconds:.0f} s")
        try:
            return worker.line.recv()  # type: ignore[no-any-return]
        except (EOFError, OSError):
            raise Lost(self._end(worker)) from None

    def _take(self) -> _Worker:
        while worker := self._rested():
            if not worker.line.poll(0):  # else it ended meanwhile
                return worker
            self._end(worker)
        for _ in range(STARTS):
            with contextlib.suppress(Lost, ProgramEnded):
                return self._start()
        raise SandboxError(f"no worker could be started: {self._log()}")

    def _rested(self) -> _Worker | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _start(self) -> _Worker:
        with self._lock:
            if self._closed:
                # a thread whose worker was taken away by Ctrl-C must not start another
                raise SandboxError("the run has ended")
            if not self._servers or not self._servers[-1].alive:
                self._servers.append(_started(self._setup))
            worker = _Worker(*self._servers[-1].fork(), self._servers[-1])
            self._workers.add(worker)
        kind, what = self._answer(worker, START_SECONDS)
        if kind != "ready":
            self._end(worker)
            raise (SandboxUnavailable if kind == "unavailable" else SandboxError)(what)
        return worker

    def _end(self, worker: _Worker) -> str:
        """Kill a worker that is of no use any more; says how it ended, if it had ended."""
        with self._lock:
            if worker not in self._workers:
                return "its worker ended"
            self._workers.discard(worker)
            with contextlib.suppress(OSError):
                _hang_up(worker.line)
                worker.line.close()
            if self._closed:
                raise SandboxError("the run has ended")
            return worker.server.reap(worker.pid)

    def _log(self) -> str:
        return self._servers[-1].log() if self._servers else ""

    @cached_property
    def _assignment(self) -> Assignment:
        return self._setup.loaded()

    @cached_property
    def _template(self) -> Template:
        return self._setup.template()

    @cached_property
    def _seconds(self) -> float:
        if self._patience is not None:
            return self._patience
        return 2 * self._assignment.limits.submission_seconds + 60


def _started(setup: Setup) -> Program:
    """A program with all loaded that its workers need.

    Raises:
        SandboxError: where it cannot load that.
    """
    program = early.taken() or Program()
    try:
        program.prepare(setup)
    except BaseException as error:
        program.stop()
        if isinstance(error, ProgramEnded):
            raise SandboxError(f"the workers' program did not start: {error}") from error
        raise
    return program


def _hang_up(line: Connection) -> None:
    with socket.socket(fileno=os.dup(line.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)
