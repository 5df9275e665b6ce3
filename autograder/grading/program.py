"""The workers' program as the coordinator sees it: started, asked for workers, ended.

It needs nothing but Python's own library, so that it can be started before anything else is loaded.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from multiprocessing import reduction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

MODULE = "autograder.grading.forkserver"
START_SECONDS = 180.0
LEAVE_SECONDS = 5.0
OUT_OF_MEMORY = 77  # a worker's exit code


class ProgramEnded(Exception):
    """The program ended before it did what was asked."""


class Program:
    """Its process; calls must not overlap.

    Args:
        assignment: which it is likely to be wanted for, by name; its sandbox is begun, and
            what its judge needs is loaded, at once.
        own: where an instructor's own assignments are looked for, too.
        torch: whether PyTorch, too, where its judge needs it.
    """

    def __init__(
        self, assignment: str = "", own: Path | None = None, *, torch: bool = True
    ) -> None:
        expected = [assignment, str(own or ""), "torch" if torch else ""]
        ours, theirs = socket.socketpair()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-m", MODULE, str(theirs.fileno()), *expected],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._file,
                stderr=self._file,
                env=_environment(),
                # Ctrl-C is for the coordinator, who then ends this group
                start_new_session=True,
            )
        self._control: Connection = Connection(ours.detach())

    def prepare(self, setup: Any) -> None:
        """Have it load what its workers need, and wait until it has.

        Args:
            setup: a ``task.Setup``.

        Raises:
            ProgramEnded: where it cannot; the error's text is its own.
        """
        try:
            self._control.send(setup)
            said, text = self._control.recv() if self._control.poll(START_SECONDS) else ("", "")
        except (EOFError, OSError):
            said, text = "", ""
        if said != "ready":
            raise ProgramEnded(text or self.log())

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def fork(self) -> tuple[Connection, int]:
        """A line to a new worker, and the worker's process id.

        Raises:
            ProgramEnded: where there is nobody left to make one.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._control.send(("fork", 0))
                reduction.send_handle(self._control, theirs.fileno(), self._process.pid)
                pid = self._control.recv()
            return Connection(ours.detach()), pid
        except (EOFError, OSError):
            ours.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            raise ProgramEnded("the workers' program ended") from None

    def reap(self, pid: int) -> str:
        """Make sure that a worker is gone, and say how it went."""
        try:
            self._control.send(("reap", pid))
            if not self._control.poll(0.2):
                os.kill(pid, signal.SIGKILL)
            status = self._control.recv()
        except (EOFError, OSError):
            return "its worker ended with all others"
        code = os.waitstatus_to_exitcode(status)
        if code == OUT_OF_MEMORY:
            return "its worker was out of memory"
        if code == -signal.SIGKILL:
            return "its worker was killed, as the system does where memory runs out"
        return f"its worker ended ({signal.Signals(-code).name if code < 0 else code})"

    def log(self) -> str:
        """The last of what it printed."""
        self._file.seek(0)
        return self._file.read()[-2000:].decode(errors="replace").strip()

    def stop(self) -> None:
        """End it, its workers and their sandbox."""
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVE_SECONDS + 1)
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._file.close()


def _environment() -> dict[str, str]:
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, "PYTHONPATH": path, **threads}
