"""Attempts to see or touch what is not the student's own."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.sandbox import CellResult, Sandbox

pytestmark = pytest.mark.sandbox
Run = Callable[..., CellResult]
Shown = Callable[..., str]


def test_no_file_of_the_project_can_be_read(shown: Shown, root: Path) -> None:
    names = [
        "ARCHITECTURE.md",
        "autograder/assignment.py",
        "solutions",
        "pyproject.toml",
        ".git",
        "rnncourse",
    ]
    paths = [str(root / name) for name in names]
    code = f"import os\nprint([p for p in {paths!r} if os.path.exists(p)])"
    assert shown(code) == "[]"


def test_nothing_called_like_a_gradebook_or_a_submission_is_anywhere(shown: Shown) -> None:
    code = """
import os, sys
names = {"gradebook.db", "submitted", "autograded", "solutions", "autograder"}
found = []
for folder, folders, files in os.walk("/"):
    if folder.startswith(("/usr", "/dev", "/etc", sys.prefix, sys.base_prefix)):
        folders.clear()
    else:
        found += [os.path.join(folder, n) for n in files + folders if n in names]
print(found)
"""
    assert shown(code) == "[]"


def test_no_forbidden_package_lies_in_any_path(shown: Shown) -> None:
    code = """
import sys, os
print([p for p in sys.path if os.path.isdir(p) and {"elman.py"} & set(os.listdir(p))],
      [os.listdir(p + "/torch") for p in sys.path if os.path.isdir(p + "/torch")])
sys.meta_path = [f for f in sys.meta_path if type(f).__name__ != "Forbidden"]
import torch
print(hasattr(torch, "nn"))
"""
    assert shown(code).splitlines()[-1] == "False"
    assert "elman" not in shown(code)


def test_the_graders_home_holds_nothing_but_a_python_that_lives_there(shown: Shown) -> None:
    code = """
import os, sys
from pathlib import Path
pythons = {Path(sys.prefix), Path(sys.base_prefix)}
ways = {folder for python in pythons for folder in (python, *python.parents)}
print([str(entry) for folder in {Path("/home")} | ways - pythons if str(folder).startswith("/home")
       for entry in folder.iterdir() if entry not in ways], os.listdir("."))
"""
    assert shown(code) == "['/home/student'] []"


def test_other_processes_are_out_of_sight_and_out_of_reach(shown: Shown) -> None:
    code = f"""
import os, signal
print(os.listdir("/proc"))
reached = []
for pid in [{os.getpid()}, {os.getppid()}, *range(2, 3000)]:
    if pid != os.getpid():
        try: os.kill(pid, 0); reached.append(pid)
        except ProcessLookupError: pass
        except PermissionError: reached.append(-pid)
print(reached)
try: os.kill(1, signal.SIGKILL)
except OSError: pass
import time; time.sleep(0.05)
print("alive")
"""
    lines = shown(code).splitlines()
    assert lines == ["[]", "[]", "alive"]


@pytest.mark.parametrize(
    "call",
    [
        "ptrace(16, 1, 0, 0)",
        "unshare(0x10000000)",
        "unshare(0x20000)",
        "mount(b'none', b'/tmp', b'tmpfs', 0, 0)",
        "umount2(b'/proc', 2)",
        "chroot(b'/tmp')",
        "setns(0, 0)",
        "sethostname(b'x', 1)",
        "setuid(0)",
        "syscall(310, 1, 0, 0, 0, 0, 0)",
        "syscall(321, 0, 0, 0)",
        "syscall(425, 1, 0)",
    ],
)
def test_a_privileged_call_is_refused(call: str, shown: Shown) -> None:
    code = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.{call}, ctypes.get_errno())
"""
    result, number = map(int, shown(code).split())
    assert result == -1
    assert number in {1, 22, 38}


def test_no_capability_is_left(shown: Shown) -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None)
data = ctypes.create_string_buffer(24)
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
print(libc.capget(header, data), data.raw == bytes(24), libc.prctl(39, 0, 0, 0, 0))
"""
    assert shown(code) == "0 True 1"


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('1.1.1.1', 53), 2)",
        "socket.create_connection(('127.0.0.1', 22), 2)",
        "socket.getaddrinfo('example.org', 80)",
        "urllib.request.urlopen('http://example.org', timeout=2)",
        "socket.socket(40, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    ],
)
def test_no_network(code: str, run: Run) -> None:
    result = run(f"import socket, urllib.request\n{code}")
    assert not result.ok
    assert result.outputs[-1].name in {"OSError", "ConnectionRefusedError", "gaierror", "URLError"}


def test_the_system_and_the_library_cannot_be_written(shown: Shown) -> None:
    code = """
import os, sys, numpy, rnncourse
places = ["/", "/usr", "/etc", "/box/lib", sys.prefix, os.path.dirname(numpy.__file__),
          os.path.dirname(rnncourse.__file__), "/dev", "/home", "/work", "/root"]
written = []
for place in places:
    for name in ("evil.py", "__init__.py"):
        try: open(os.path.join(place, name), "a"); written.append(place)
        except OSError: pass
print(written)
"""
    assert shown(code) == "[]"


def test_devices_are_the_harmless_ones(shown: Shown) -> None:
    found = set(shown("import os; print(*os.listdir('/dev'))").split())
    assert found <= {
        *("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "pts", "shm"),
        *("fd", "stdin", "stdout", "stderr", "core"),
    }


def test_two_submissions_share_nothing(box: Sandbox) -> None:
    spread = """
import os, socket
for place in ("/tmp", "/dev/shm", os.path.expanduser("~")):
    open(place + "/message", "w").write("answer")
s = socket.socket(socket.AF_UNIX); s.bind("\\0message"); s.listen()
t = socket.socket(); t.bind(("127.0.0.1", 5555)); t.listen()
os.environ["MESSAGE"] = "answer"
import numpy; numpy.message = "answer"
print("spread")
"""
    look = """
import os, socket, numpy
found = [p for p in ("/tmp", "/dev/shm", os.path.expanduser("~")) if os.path.exists(p + "/message")]
for family, address in ((socket.AF_UNIX, "\\0message"), (socket.AF_INET, ("127.0.0.1", 5555))):
    try: socket.socket(family).connect(address); found.append(address)
    except OSError: pass
print(found, "MESSAGE" in os.environ, hasattr(numpy, "message"))
"""
    with box.session() as one, box.session() as other:
        assert one.run(spread, cell="a", count=1, timeout=10).outputs[0].text == "spread\n"
        assert other.run(look, cell="a", count=1, timeout=10).outputs[0].text == "[] False False\n"
    with box.session() as later:
        assert later.run(look, cell="a", count=1, timeout=10).outputs[0].text == "[] False False\n"


def test_links_lead_nowhere_outside(shown: Shown, root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the answer")
    code = f"""
import os
os.symlink({str(secret)!r}, "a"); os.symlink({str(root)!r}, "b"); os.symlink("/proc/1/root", "c")
for name in ("a", "b/pyproject.toml", "c/etc/shadow", "../../../../../" + {str(secret)!r}):
    try: print(open(name).read())
    except OSError as error: print(type(error).__name__)
"""
    text = shown(code)
    assert "the answer" not in text
    assert set(text.split()) <= {"FileNotFoundError", "PermissionError", "NotADirectoryError"}


def test_only_the_students_own_connection_is_open(shown: Shown) -> None:
    code = """
import os
kinds = {}
for fd in range(256):
    try: kinds[fd] = oct(os.fstat(fd).st_mode)[2:-4]
    except OSError: pass
print(kinds)
"""
    kinds = json.loads(
        shown(code).replace("'", '"').replace("{", '{"').replace(": ", '": ').replace(", ", ', "')
    )
    # null three times, and the socket to the judge
    assert {int(fd) for fd in kinds} <= {0, 1, 2, 3}


def test_the_environment_tells_nothing_of_the_grader(shown: Shown) -> None:
    text = shown(
        "import os, socket, getpass\n"
        "print(dict(os.environ), socket.gethostname(), getpass.getuser())"
    )
    assert "'USER': 'student'" in text
    assert text.endswith(" box student")
    assert "GRADER_SECRET" in os.environ
    assert "GRADER_SECRET" not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is somebody else outside")
def test_a_submission_graded_by_root_runs_as_nobody(box: Sandbox) -> None:
    assert box._process is not None
    status = Path(f"/proc/{box._process.pid}/status").read_text()
    assert "Uid:\t65534\t65534\t65534\t65534" in status
    assert "Groups:\t \n" in status or "Groups:\t\n" in status
