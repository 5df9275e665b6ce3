"""An executor that sends tasks to a Dask cluster, whose workers share no disk and no database.

Whoever can reach a Dask scheduler can run any code on its workers, and a worker's answers are
unpickled here. So a cluster must be as trusted as this machine: a network of its own, or TLS.
"""

import contextlib
import os
import queue
import time
from dataclasses import replace
from pickle import PicklingError
from typing import Any

from autograder.grading import fingerprint, remote
from autograder.grading import task as tasks
from autograder.grading.task import Result, Setup, Task
from autograder.sandbox import SandboxUnavailable

try:
    import distributed as _distributed
except ImportError as error:
    raise ImportError(
        "a cluster needs the package distributed: pip install -e '.[cluster]'"
    ) from error

distributed: Any = _distributed  # it has types for half of what it does
CONNECT_SECONDS = 15.0
LOOK_SECONDS = 5.0  # between looks at whether anybody is there
ALONE_SECONDS = 120.0  # without any worker before the run is given up


class ClusterError(RuntimeError):
    """The cluster cannot be used, or no longer; the message says what to do."""


class Cluster:
    """A context manager.

    Args:
        setup: what every worker is made from.
        address: of the scheduler: "tls://host:8786", "tcp://127.0.0.1:8786".

    Raises:
        ClusterError: on entering, where nothing answers, no worker is there, or a worker has
            another version of the grader or the assignment.
    """

    def __init__(self, setup: Setup, address: str) -> None:
        self._setup = replace(setup, fingerprint=fingerprint.of_all(setup.loaded()))
        self._address = address
        self._ended: queue.SimpleQueue[tuple[Task, Any]] = queue.SimpleQueue()
        self._count = 0
        self._threads = 0
        self._lost = False
        self._seen = time.monotonic()  # when the cluster last had a worker

    def __enter__(self) -> "Cluster":
        try:
            self._client = distributed.Client(
                self._address, timeout=CONNECT_SECONDS, set_as_default=False, name="autograder"
            )
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ClusterError(
                f"no Dask scheduler answers at {self._address} ({_said(error)}); start one with "
                "`dask scheduler`, or grade here, without --scheduler"
            ) from error
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        if not self._lost:
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                self._client.run(remote.forget, on_error="ignore")
        self._client.close()

    @property
    def slots(self) -> int:
        """Twice as many as the cluster has threads: each finds its next task waiting."""
        return max(2 * self._threads, 2)

    def submit(self, task: Task) -> None:
        """Send a task."""
        self._count += 1
        key = f"grade-{os.getpid()}-{id(self)}-{self._count}"
        future = self._client.submit(
            remote.grade, self._setup, task, key=key, pure=False, retries=0
        )
        future.add_done_callback(lambda ended: self._ended.put((task, ended)))

    def next(self) -> Result:
        """Wait for a task to end.

        Raises:
            ClusterError: where the scheduler, or the last worker, is gone for long.
        """
        while True:
            try:
                task, future = self._ended.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                self._look()
                continue
            try:
                return self._result(task, future)
            finally:
                future.release()

    def _result(self, task: Task, future: Any) -> Result:
        try:
            result: Result = future.result()
        except distributed.KilledWorker:
            # the scheduler has tried it on another worker
            why = "every machine of the cluster that ran it was lost"
            return tasks.given_up(task, self._setup.loaded(), self._setup.template(), why)
        except remote.VersionMismatch as error:
            raise self._mismatch(str(error)) from error
        except SandboxUnavailable as error:
            raise SandboxUnavailable(f"On a worker of the cluster: {error}") from error
        except (distributed.CancelledError, OSError) as error:
            raise self._gone() from error
        return result

    def _check(self) -> None:
        self._look()
        if not self._threads:
            try:
                self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            except TimeoutError:
                raise ClusterError(
                    f"the scheduler at {self._address} has no worker; start some with "
                    f"`dask worker {self._address} --nthreads 1`"
                ) from None
            self._look()
        try:
            found = self._client.run(remote.about, self._setup, on_error="return")
        except (OSError, PicklingError, AttributeError) as error:
            raise ClusterError(f"the workers could not be asked: {_said(error)}") from error
        for worker, said in found.items():
            if isinstance(said, ImportError):
                raise ClusterError(
                    f"the worker {worker} has no autograder ({said}); "
                    "install this repository there, as deploy/Containerfile does"
                )
            if isinstance(said, BaseException):
                raise ClusterError(f"the worker {worker} failed: {_said(said)}") from said
            if said["fingerprint"] != self._setup.fingerprint:
                raise self._mismatch(f"{worker} has {said['versions']}")

    def _mismatch(self, found: str) -> ClusterError:
        return ClusterError(
            "the cluster has another version of the grader or of the assignment: "
            f"{found}, here are {fingerprint.versions()}. Marks must not depend on where a "
            "submission ran: bring both to the same commit and packages"
        )

    def _look(self) -> None:
        """See how many threads the cluster has; raises where it has had none for long."""
        if self._client.status not in ("running", "connecting"):
            raise self._gone()
        try:
            self._threads = sum(self._client.nthreads().values())
        except (OSError, TimeoutError) as error:
            raise self._gone() from error
        if self._threads:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > ALONE_SECONDS:
            raise ClusterError(
                f"the scheduler at {self._address} has had no worker for {ALONE_SECONDS:.0f} s; "
                "what is graded is kept, and the same command goes on with what is left"
            )

    def _gone(self) -> ClusterError:
        self._lost = True
        return ClusterError(
            f"the connection to the scheduler at {self._address} was lost; "
            "what is graded is kept, and the same command goes on with what is left"
        )


def _said(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
