"""An attacker and an honest student in one box at the same time: the latter does not notice."""

# ruff: noqa: E501  # an attack is easier to read on one line

import threading
from typing import Any

import pytest

from autograder.gradebook import notebooks, released
from autograder.gradebook.sanitize import sanitize
from autograder.gradebook.submission_file import _notebook
from autograder.gradebook.template import from_notebook
from autograder.judge.submission import judge_submission
from autograder.sandbox import Sandbox
from autograder.verdict import SubmissionVerdict

pytestmark = pytest.mark.sandbox

# what the victim leaves where an attacker may look, while the attacker runs
VICTIM = [
    "import os, socket, time, fcntl, pty\n"
    "for place in ('/tmp', '/dev/shm', '.'):\n"
    "    open(place + '/answer', 'w').write('victims-secret')\n"
    "server = socket.socket(socket.AF_UNIX); server.bind('\\0answer'); server.listen()\n"
    "os.environ['ANSWER'] = 'victims-secret'\nANSWER = 'victims-secret' * 1000",
    "time.sleep(0.8)\nprint(*[open(p + '/answer').read() for p in ('/tmp', '/dev/shm', '.')])",
    "time.sleep(0.8)\nimport colorsys, tabnanny, wave\nprint(os.listdir('/tmp'), len(os.listdir('.')))",
]
# each goes on for a while, and prints FOUND for anything that is not its own
ATTACKERS = {
    "looks": (
        "import glob, os, socket, sys, time\nend = time.time() + 2\nwhile time.time() < end:\n"
        "    seen = [*glob.glob('/tmp/*'), *glob.glob('/dev/shm/*'), *glob.glob('/dev/pts/*'), *glob.glob('/proc/*'), *map(os.path.abspath, os.listdir('.'))]\n"
        # Python itself may lie below /tmp
        "    seen = [p for p in seen if not sys.prefix.startswith(p + '/')]\n"
        "    if seen: print('FOUND', seen)\n"
        "    s = socket.socket(socket.AF_UNIX)\n"
        "    try: s.connect('\\0answer'); print('FOUND socket')\n    except OSError: pass\n    time.sleep(0.05)"
    ),
    "reads-memory": (
        "import ctypes, os, time\nlibc = ctypes.CDLL(None, use_errno=True)\nend = time.time() + 2\nwhile time.time() < end:\n"
        "    for p in [*range(1, 400), os.getppid()]:\n"
        "        if p != os.getpid() and (libc.ptrace(16, p, 0, 0) == 0 or libc.syscall(310, p, 0, 0, 0, 0, 0) > 0): print('FOUND', p)\n"
        "    for i in range(99):\n        if libc.shmat(i, 0, 0) not in (-1, 2**64 - 1): print('FOUND shm')\n    time.sleep(0.05)"
    ),
    "signals": (
        "import os, time\nend = time.time() + 2\nwhile time.time() < end:\n"
        "    for p in range(2, 4000):\n        if p != os.getpid():\n            try: os.kill(p, 9); print('FOUND', p)\n"
        "            except OSError: pass\n    time.sleep(0.05)"
    ),
    "fills-files": (
        "n = 0\ntry:\n    while True: open(f'/tmp/{n}', 'wb').write(bytes(1 << 20)); n += 1\nexcept OSError: pass\n"
        "try:\n    while True: open(f'/dev/shm/{n}', 'wb').write(bytes(1 << 20)); n += 1\nexcept OSError: pass\nimport time; time.sleep(1.5)"
    ),
    "fills-memory": "import time\nx = []\ntry:\n    while True: x.append(bytearray(b'x' * (1 << 20)))\nexcept MemoryError: time.sleep(1.5)",
    "forks": "import os, time\nend = time.time() + 2\nwhile time.time() < end:\n    try:\n        if os.fork() == 0: os.setsid()\n    except OSError: pass",
    "sockets": (
        "import socket, time\ns = []\ntry:\n    while True: s.append(socket.socketpair())\nexcept OSError: pass\n"
        "for a, b in s:\n    a.setblocking(False)\n    try:\n        while True: a.send(bytes(4096))\n    except BlockingIOError: pass\ntime.sleep(1.5)"
    ),
    "holds-the-library": (
        "import fcntl, os, sys, time, glob\nheld = []\n"
        "for p in [f'{os.path.dirname(os.__file__)}/{n}.py' for n in ('colorsys', 'tabnanny', 'wave')] + glob.glob('/box/lib/rnncourse/*.py'):\n"
        "    fd = os.open(p, os.O_RDONLY); held.append(fd)\n"
        "    for c in (fcntl.F_WRLCK, fcntl.F_RDLCK):\n"
        "        try: fcntl.fcntl(fd, 1024, c); print('FOUND lease')\n        except OSError: pass\n    fcntl.flock(fd, fcntl.LOCK_EX)\n"
        "time.sleep(2)"
    ),
    "terminals": "import os, time\nm = []\ntry:\n    while True: m.append(os.openpty()); print('FOUND')\nexcept OSError: time.sleep(1.5)",
    "forges": (
        "import os, struct, time\nend = time.time() + 2\nwhile time.time() < end:\n    for fd in range(3, 64):\n"
        "        try: os.write(fd, struct.pack('<4sIQ', b'RNC1', 2, 0) + b'{}')\n        except OSError: pass\n    time.sleep(0.1)"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ring(make_ring):
    return make_ring()


@pytest.fixture(scope="module")
def box(ring):
    with Sandbox(ring.assignment.forbidden, ring.assignment.limits) as box:
        yield box


def run(ring: Any, box: Sandbox, student: str, nb: Any) -> tuple[Any, SubmissionVerdict]:
    template = from_notebook(notebooks.loads(released.text(ring.course, ring.assignment)))
    made = sanitize(_notebook(nb), template)
    return judge_submission(made.nb, ring.assignment, box, student=student, seed=1)


def said(nb: Any) -> str:
    return "".join(o.get("text", "") for c in nb.cells if c.cell_type == "code" for o in c.outputs)


@pytest.mark.parametrize("name", ATTACKERS)
def test_the_victim_does_not_notice(ring, box, name):
    twice = "def twice(x):\n    return 2 * x\n"
    done: dict[str, Any] = {}

    def work(student: str, nb: Any) -> None:
        done[student] = run(ring, box, student, nb)

    threads = [
        threading.Thread(target=work, args=("mallory", ring.notebook(ATTACKERS[name]))),
        threading.Thread(target=work, args=("victim", ring.notebook(*VICTIM, twice=twice))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    nb, verdict = done["victim"]
    theirs, caught = done["mallory"]
    assert verdict.points == 6.0 and not any(i.cheat for i in verdict.incidents)
    assert "victims-secret victims-secret victims-secret\n" in said(nb)
    assert "'answer'" in said(nb)
    assert caught.points <= 4.0
    assert "FOUND" not in said(theirs)


def test_a_session_is_no_place_for_the_next(box):
    """Nothing of one session is there in another, at the same time or afterwards."""
    leave = (
        "import os, ctypes, socket\nfor p in ('/tmp/x', '/dev/shm/x', 'x'): open(p, 'w').write('left')\n"
        "os.environ['LEFT'] = '1'\nimport numpy\nnumpy.pi = 4\ndef f(): return 1"
    )
    look = (
        "import os, numpy\nprint([p for p in ('/tmp/x', '/dev/shm/x', 'x') if os.path.exists(p)],"
        " os.environ.get('LEFT'), numpy.pi > 3.5)"
    )
    with box.session() as first:
        first.run(leave, cell="c", count=1, timeout=10)
        with box.session() as second:
            beside = second.run(look, cell="c", count=1, timeout=10)
    with box.session() as third:
        after = third.run(look, cell="c", count=1, timeout=10)
    assert [o.text for r in (beside, after) for o in r.outputs] == ["[] None False\n"] * 2


def test_many_at_once_are_judged_as_one_alone(ring, box):
    twice = "def twice(x):\n    return 2 * x\n"
    done: list[float] = []

    def work(n: int) -> None:
        nb = ring.notebook(
            *(["import os\nos.fork()\nwhile True: pass"] if n % 2 else []), twice=twice
        )
        verdict = run(ring, box, f"s{n}", nb)[1]
        if n % 2 == 0:
            done.append(verdict.points)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [6.0] * 3
