"""Notes telling things that a student's code does: paths it opens, modules it asks for, programs it starts.

The notes are made in the student's own process, which could suppress them: they help an instructor, and decide nothing.
"""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inside import forbid

MAX_EVENTS = 100
_GRADEBOOK = re.compile(r"gradebook|\.db$|nbgrader_config")
_SUBMISSION = re.compile(r"(^|/)(submitted|autograded|feedback)(/|$)")
_SOLUTION = re.compile(r"(^|/)(solutions?|autograder|source|release)(/|$)")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PROGRAMS = {
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
}
_NETWORK = {
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.bind",
    "socket.sendto",
}
_MEMORY = {"gc.get_objects", "gc.get_referrers", "gc.get_referents"}
_PATHS = {
    "open",
    "os.listdir",
    "os.scandir",
    "os.chdir",
    "os.link",
    "os.symlink",
    "os.rename",
    "os.remove",
    "os.truncate",
    "sqlite3.connect",
    "shutil.copyfile",
}

_found: dict[tuple[str, str], None] = {}
_active = False
_busy = threading.local()
_own = ""


def install() -> None:
    """Start listening; for the life of this process."""
    global _own
    _own = next((p for p in sys.path if os.path.isdir(os.path.join(p, "rnncourse"))), "")
    forbid.on_attempt(lambda name: _note("forbidden-import", name))
    sys.addaudithook(_hear)


@contextmanager
def watching() -> Iterator[None]:
    """Take notes while the student's code runs, and only then."""
    global _active
    _active = True
    try:
        yield
    finally:
        _active = False


def taken() -> list[list[str]]:
    """The notes since the last call, as [kind, detail]; each once."""
    notes = [list(key) for key in _found]
    _found.clear()
    return notes


def _note(kind: str, detail: str) -> None:
    if _active and len(_found) < MAX_EVENTS:
        _found[kind, detail[:200]] = None


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if not _active or getattr(_busy, "yes", False):
        return
    if event in _PATHS:
        kind = _hear_path
    elif event in _PROGRAMS:
        _note("started-program", _text(args[0]) if args else event)
        return
    elif event in _NETWORK:
        _note(
            "used-network",
            _text(args[1] if event.startswith("socket.") and len(args) > 1 else args),
        )
        return
    elif event in _MEMORY:
        _note("searched-memory", event)
        return
    elif event == "ctypes.dlopen":
        _note("used-ctypes", _text(args[0]) if args else "")
        return
    else:
        return
    _busy.yes = True
    try:
        kind(event, args)
    except Exception:
        return
    finally:
        _busy.yes = False


def _hear_path(event: str, args: tuple[Any, ...]) -> None:
    for path in args[:2] if event in {"os.link", "os.symlink", "os.rename"} else args[:1]:
        if isinstance(path, bytes):
            path = path.decode("utf-8", "replace")
        if not isinstance(path, str) or path == ":memory:":
            continue
        flags = args[2] if event == "open" and len(args) > 2 and isinstance(args[2], int) else 0
        kind = _kind_of_path(os.path.normpath(path), flags, event)
        if kind:
            _note(kind, path)


def _kind_of_path(path: str, flags: int, event: str) -> str:
    if path.startswith(
        tuple(p for p in (sys.prefix, sys.base_prefix, "/usr/") if p) + (_own,) if _own else ()
    ):
        changes = event not in {"open", "os.listdir", "os.scandir", "os.chdir"} or flags & _WRITING
        return "wrote-library" if changes and "rnncourse" in path else ""
    if _GRADEBOOK.search(path):
        return "opened-gradebook"
    if _SUBMISSION.search(path):
        return "opened-submission"
    if _SOLUTION.search(path):
        return "opened-solution"
    if path.startswith("/proc/") and not path.startswith(
        ("/proc/self/", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys")
    ):
        return "looked-at-processes"
    return ""


def _text(value: Any) -> str:
    try:
        return value if isinstance(value, str) else repr(value)
    except Exception:
        return type(value).__name__
