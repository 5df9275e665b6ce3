"""The sandbox of one assignment: a box, and a fork server in it that gives out sessions."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from autograder.assignment import Limits
from autograder.sandbox import box, contents
from autograder.sandbox.errors import SandboxError, SandboxUnavailable, SessionEnded
from autograder.sandbox.session import Session

Mode = Literal["bubblewrap", "none"]
PRELOAD = (
    "numpy.random",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "ipywidgets",
    "anywidget",
    "rnncourse.checks",
    "rnncourse.notebook.*",
    "IPython.core.magics.extension",
)
START_SECONDS = 120.0
FOLDER = "autograder-box-"


class Sandbox:
    """A context manager; sessions from it are independent of one another, and end with it.

    Args:
        forbidden: modules that must not exist inside, such as "torch" or "rnncourse.elman".
        limits: what one session may use.
        mode: "bubblewrap", or "none" for no protection at all.

    Raises:
        SandboxUnavailable: on entering, where bubblewrap or user namespaces are missing.
        SandboxError: on entering, where the server inside does not start.
    """

    def __init__(
        self, forbidden: Sequence[str] = (), limits: Limits | None = None, mode: Mode = "bubblewrap"
    ) -> None:
        if mode not in ("bubblewrap", "none"):
            raise ValueError(f"mode must be 'bubblewrap' or 'none', not {mode!r}")
        self.forbidden = tuple(forbidden)
        self.limits = limits or Limits()
        self.mode = mode
        self.problems: dict[str, str] = {}  # packages that could not be loaded beforehand
        self._stack = contextlib.ExitStack()
        self._lock = threading.Lock()  # the workers of a run share one sandbox
        self._owner = os.getpid()  # a process forked from this one may ask, and leaves it open
        self._closed = True
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start to open, without waiting: what is done until it is entered takes no extra time.

        Raises:
            SandboxUnavailable: where bubblewrap is missing.
            SandboxError: where it is open already.
        """
        if self._control is not None:
            raise SandboxError("the sandbox is open already")
        self._owner = os.getpid()
        try:
            self._control = self._launch()
        except BaseException:
            self._close()
            raise

    def abandon(self) -> None:
        """End what ``begin`` started, where it is not to be entered."""
        self._close()

    def __enter__(self) -> "Sandbox":
        if not self._closed:
            raise SandboxError("the sandbox is open already")
        self._open()
        self._closed = False
        return self

    def __exit__(self, *_: object) -> None:
        if self._owner != os.getpid():
            return
        # said before the lock is taken: a worker that sees the server end must not start another
        self._closed = True
        with self._lock:
            self._close()

    def _open(self) -> None:
        if self._control is None:
            self.begin()
        try:
            self._wait_until_ready()
            self._try_once()
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        self._stack.close()
        self._control = self._process = None

    def session(self) -> Session:
        """A fresh session.

        Raises:
            SandboxError: where the sandbox is not open, or its server has ended.
        """
        if self._owner != os.getpid():
            return self._new_session()
        with self._lock:
            if self._control is None or self._process is None or self._closed:
                raise SandboxError("the sandbox is not open: use it in a with statement")
            if self._process.poll() is not None:
                # ended, such as by the system when memory ran out: the submissions to come need one
                self._close()
                self._open()
        return self._new_session()

    def _new_session(self) -> Session:
        assert self._control is not None
        connection, theirs = socket.socketpair()
        status, their_status = socket.socketpair()
        request = {"boxed": self.mode == "bubblewrap", "limits": asdict(self.limits)}
        with theirs, their_status:
            fds = [theirs.fileno(), their_status.fileno()]
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], fds)
            except OSError as error:
                connection.close()
                status.close()
                raise SandboxError(f"the sandbox's server has ended: {self._log()}") from error
        return Session(connection, status, self.limits)

    def _launch(self) -> socket.socket:
        """Start the server; the connection to it."""
        _sweep()
        named = tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-")
        folder = Path(self._stack.enter_context(named))
        folder.chmod(0o755)
        library = folder / "lib"
        contents.copy(library, self.forbidden, box.interpreter_roots())
        for name, text in (("passwd", box.PASSWD), ("group", "student:x:65534:\n"), ("empty", "")):
            (folder / name).write_text(text)
        (folder / "home").mkdir()
        self._log_path = folder / "log"
        if self.mode == "bubblewrap":
            environment = _environment(box.LIBRARY, box.HOME, "/tmp")
            prefix = box.command(find_bubblewrap(), library, folder, self.forbidden, environment)
            cwd = Path("/")
        else:
            warnings.warn(
                "NO SANDBOX: submissions run with all your rights", RuntimeWarning, stacklevel=3
            )
            environment = _environment(str(library), str(folder / "home"), str(folder))
            prefix, cwd = [], folder / "home"
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._stack.callback(control.close)
        with theirs, self._log_path.open("wb") as log:
            server = [sys.executable, "-s", "-P", "-m", "inside.server", str(theirs.fileno())]
            command = [*prefix, *server]
            if self.mode == "bubblewrap" and os.geteuid() == 0:
                command = _as_nobody(command, folder / "places", library)
                environment["PYTHONPATH"] = str(library)
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cwd,
                env=environment,
                start_new_session=True,
            )
        self._stack.callback(self._stop, self._process)
        control.settimeout(START_SECONDS)
        hello: dict[str, Any] = {"forbidden": self.forbidden, "preload": PRELOAD}
        with contextlib.suppress(OSError):  # it ended at once: why is asked when it does not answer
            control.send(json.dumps(hello).encode())
        return control

    def _wait_until_ready(self) -> None:
        assert self._control is not None
        try:
            reply = json.loads(self._control.recv(1 << 16) or b"{}")
        except (OSError, ValueError):
            reply = {}
        if not reply.get("ready"):
            assert self._process is not None
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            log = self._log()
            if "bwrap:" in log:
                raise SandboxUnavailable(box.UNAVAILABLE.format(why=log))
            raise SandboxError(f"the server in the sandbox did not start: {log}")
        self.problems = dict(reply.get("problems", {}))

    def _try_once(self) -> None:
        """See that a session can have its own namespaces, which may be refused inside a box."""
        try:
            with self._new_session() as session:
                session.run("", cell="", count=0, timeout=START_SECONDS)
        except SandboxError as error:
            raise SandboxUnavailable(box.UNAVAILABLE.format(why=error)) from error
        except SessionEnded as error:
            raise SandboxError(f"an empty session ended: {error} {self._log()}") from error

    def _log(self) -> str:
        with contextlib.suppress(OSError):
            return self._log_path.read_text(errors="replace")[-2000:].strip()
        return ""

    @staticmethod
    def _stop(process: subprocess.Popen[bytes]) -> None:
        # the server ends when its connection closes; what does not end so is killed
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _sweep() -> None:
    """Take away what grading runs left that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}[0-9]*-*"):
        owner = folder.name.removeprefix(FOLDER).split("-")[0]
        with contextlib.suppress(OSError):
            mine = folder.lstat().st_uid == os.geteuid() and not folder.is_symlink()
            if mine and owner.isdigit() and not Path(f"/proc/{owner}").exists():
                shutil.rmtree(folder, ignore_errors=True)


def _as_nobody(command: list[str], places: Path, library: Path) -> list[str]:
    """The command that runs ``command`` as nobody, with all that it binds put within reach."""
    places.mkdir()
    places.chmod(0o755)
    bindings = {
        command[at + 1] for at, option in enumerate(command[:-2]) if option.startswith("--ro-bind")
    }
    bindings.add(command[0])
    sources = [p for p in bindings if not p.startswith(("/usr", "/etc")) and os.path.exists(p)]
    request = {"sources": sorted(sources), "folder": str(places), "command": command}
    return [sys.executable, "-s", "-P", "-m", "inside.launch", json.dumps(request)]


def _environment(library: str, home: str, cache: str) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "USER": "student",
        "LANG": "C.UTF-8",
        "PYTHONPATH": library,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "XDG_CACHE_HOME": f"{cache}/cache",
        "MPLCONFIGDIR": f"{cache}/matplotlib",
        "IPYTHONDIR": f"{cache}/ipython",
        "RNNCOURSE_GRADING": "1",
    }


def find_bubblewrap() -> str:
    """Path of bubblewrap.

    Raises:
        SandboxUnavailable: where it is not installed or this is not Linux.
    """
    if not sys.platform.startswith("linux"):
        raise SandboxUnavailable(box.UNAVAILABLE.format(why=f"it is {sys.platform}, not Linux"))
    path = shutil.which("bwrap")
    if path is None:
        raise SandboxUnavailable(box.UNAVAILABLE.format(why="bubblewrap is not installed"))
    return path
