"""Notes telling things that a student's code does.

Paths it opens, programs it starts, whom it signals, code that it runs from elsewhere than the
notebook's cells. The notes are made in the student's own process, which could suppress them: they
help an instructor, and decide nothing.
"""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from . import forbid

MAX_EVENTS = 100
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# in a folder above, or from the root: a student's own folder may be called anything
OUT = r"(^|[\s'\"=])(\.\./|/(?!home/student/|tmp/))([^\s'\"]*/)?"
TELLING = (
    ("opened-gradebook", re.compile(r"gradebook|nbgrader_config")),
    ("opened-submission", re.compile(OUT + r"(submitted|autograded|feedback)([/\s'\"]|$)")),
    ("opened-solution", re.compile(OUT + r"(solutions?|autograder)([/\s'\"]|$)")),
    # what measures memory or counts processors reads other things there
    (
        "looked-at-processes",
        re.compile(r"/proc/(?!self\b)[^/]+/(mem|maps|environ|fd|root|cwd|cmdline|task)\b"),
    ),
)
# what another program would read when it starts; a model saved as .pth is none
STARTUP = re.compile(
    r"(^|/)(sitecustomize\.py|usercustomize\.py|\.bashrc|\.bash_profile|\.profile|\.zshrc"
    r"|authorized_keys|(ipython|jupyter)\w*_config\.py)$"
    r"|-packages/[^/]+\.pth$|/profile_\w+/startup/|(^|/)cron(tabs?|\.\w+)?/|/autostart/|systemd/user/"
)
SCHEDULERS = re.compile(r"(^|[\s'\"/;|])(crontab|systemd-run|systemctl|atd?)['\"\s,]")
PATHS = frozenset(
    (
        *("open", "os.listdir", "os.scandir", "os.chdir", "glob.glob", "sqlite3.connect"),
        *("os.link", "os.symlink", "os.rename", "os.remove", "os.truncate", "shutil.copyfile"),
    )
)
READING = frozenset(("os.listdir", "os.scandir", "os.chdir", "glob.glob"))
PROGRAMS = frozenset(
    (
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"),
        *("os.fork", "os.forkpty", "pty.spawn"),
    )
)
NETWORK = frozenset(("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind"))
MEMORY = frozenset(("gc.get_objects", "gc.get_referrers"))
FRAMES = frozenset(("sys._getframe", "sys._current_frames"))
DEFINES = re.compile(r"(?m)^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w{1,80})")
LONG_CODE = 400  # bytes of compiled code without a function in it

_found: dict[tuple[str, str], None] = {}
_active = False
_busy = threading.local()
_system: tuple[str, ...] = ()


def install() -> None:
    """Start listening; for the life of this process."""
    global _system
    package = sys.modules.get("inside")
    own = os.path.dirname(os.path.dirname(package.__file__ or "")) if package else ""
    roots = (sys.prefix, sys.base_prefix, "/usr", own)
    _system = tuple(os.path.join(root, "") for root in roots if root)
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
    hear = _HEARERS.get(event)
    if hear is None or not _active or getattr(_busy, "yes", False):
        return
    _busy.yes = True
    try:
        if event not in BY_STUDENT or _is_students(sys._getframe(1).f_code.co_filename):
            hear(event, args)
    except Exception:  # a note is never worth a student's exception
        return
    finally:
        _busy.yes = False


def _hear_path(event: str, args: tuple[Any, ...]) -> None:
    for path in args[:2] if event in {"os.link", "os.symlink", "os.rename"} else args[:1]:
        if isinstance(path, bytes):
            path = path.decode("utf-8", "replace")
        if not isinstance(path, str):
            continue
        flags = args[2] if event == "open" and len(args) > 2 and isinstance(args[2], int) else 0
        whole = os.path.normpath(path)
        changes = event not in READING and (event != "open" or flags & WRITING)
        if changes and STARTUP.search(whole):
            _note("left-startup", path)
        elif whole.startswith(_system):
            if changes and "rnncourse" in whole:
                _note("wrote-library", path)
        elif kind := _telling(whole):
            _note(kind, path)


def _hear_program(event: str, args: tuple[Any, ...]) -> None:
    text = " ".join(map(_text, args[:2])) if args else event
    startup = SCHEDULERS.search(text) or STARTUP.search(text.strip(" ')]\""))
    _note(_telling(text) or ("left-startup" if startup else "started-program"), text)


def _hear_network(event: str, args: tuple[Any, ...]) -> None:
    # the first argument of most is the socket object
    _note(
        "used-network", _text(args[-1] if event in {"socket.connect", "socket.bind"} else args[0])
    )


def _hear_memory(event: str, args: tuple[Any, ...]) -> None:
    _note("searched-memory", event)


def _hear_library(event: str, args: tuple[Any, ...]) -> None:
    _note("used-ctypes", _text(args[0]))


def _hear_frames(event: str, args: tuple[Any, ...]) -> None:
    _note("walked-frames", event)


def _hear_signal(event: str, args: tuple[Any, ...]) -> None:
    """A signal to one's own children is how a program ends them."""
    pid = args[0] if event == "os.kill" else -1
    if pid not in (-1, 1, os.getppid()):
        try:
            os.kill(pid, 0)
            return
        except ProcessLookupError:  # nobody in this session: meant for somebody outside
            pass
    _note("sent-signal", f"{event}{args[:2]}")


def _hear_code(event: str, args: tuple[Any, ...]) -> None:
    """Code from a file of the student's own, or from a text that the student's code made."""
    code = args[0]
    if not isinstance(code, CodeType) or code.co_filename.startswith(("<ipython", "<frozen")):
        return
    if os.path.isabs(code.co_filename):
        if not code.co_filename.startswith(_system):
            _note("ran-file", code.co_filename)
        return
    frame: FrameType | None = sys._getframe(2)
    if frame is None or not _is_students(frame.f_code.co_filename):
        return
    functions = [c.co_name for c in code.co_consts if isinstance(c, CodeType)]
    functions = [name for name in functions if not name.startswith("<")]
    if functions or len(code.co_code) > LONG_CODE:
        _note("unpacked-code", ", ".join(functions[:8]) or f"{len(code.co_code)} bytes")


def _hear_compiled(event: str, args: tuple[Any, ...]) -> None:
    source = args[0]
    if isinstance(source, bytes):
        source = source.decode("utf-8", "replace")
    if isinstance(source, str) and (names := DEFINES.findall(source)):
        _note("unpacked-code", ", ".join(names[:8]))


def _hear_packed(event: str, args: tuple[Any, ...]) -> None:
    _note("unpacked-code", event)


_HEARERS = {
    **dict.fromkeys(PATHS, _hear_path),
    **dict.fromkeys(PROGRAMS, _hear_program),
    **dict.fromkeys(NETWORK, _hear_network),
    **dict.fromkeys(MEMORY, _hear_memory),
    **dict.fromkeys(FRAMES, _hear_frames),
    "ctypes.dlopen": _hear_library,
    "exec": _hear_code,
    "os.kill": _hear_signal,
    "os.killpg": _hear_signal,
    "compile": _hear_compiled,
    "marshal.loads": _hear_packed,
    "code.__new__": _hear_packed,
}
BY_STUDENT = frozenset(
    (*FRAMES, "compile", "marshal.loads", "code.__new__")
)  # libraries do these, too


def _is_students(filename: str) -> bool:
    """Whether a frame's code is of the notebook, or of what the notebook made."""
    return not filename.startswith((*_system, "<frozen"))


def _telling(text: str) -> str:
    text = text.replace(f"/proc/{os.getpid()}/", "/proc/self/")
    return next((kind for kind, pattern in TELLING if pattern.search(text)), "")


def _text(value: Any) -> str:
    try:
        return value if isinstance(value, str) else repr(value)
    except Exception:
        return type(value).__name__
