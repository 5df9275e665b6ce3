"""Using up what there is: memory, processes, files, descriptors, output, messages, time."""

# ruff: noqa: E501  # an attack is easier to read on one line

import resource
import time

import pytest

from autograder.verdict import SubmissionVerdict

pytestmark = pytest.mark.sandbox

# own cells in front of an honest first answer
CELLS = {
    "memory-at-once": "x = bytearray(1 << 40)",
    "memory-bit-by-bit": "x = []\nwhile True: x.append(bytearray(1 << 20))",
    "memory-of-many": (
        "import os, time\nfor n in range(30):\n    if os.fork() == 0:\n        x = bytearray(os.urandom(1 << 20)) * 90; time.sleep(9)\n"
        "time.sleep(9)"
    ),
    "memory-mapped": "import mmap\nx = [mmap.mmap(-1, 1 << 28) for _ in range(99)]\nfor m in x: m[::4096] = bytes(len(m[::4096]))",
    "memory-of-sockets": (
        "import os, socket, time\nfor n in range(30):\n    if os.fork() == 0:\n        pairs = []\n        try:\n"
        "            while True:\n                pairs.append(socket.socketpair()); a = pairs[-1][0]; a.setblocking(False)\n"
        "                try:\n                    while True: a.send(bytes(4096))\n                except BlockingIOError: pass\n"
        "        except OSError: pass\n        time.sleep(9)\ntime.sleep(9)"
    ),
    "memory-of-pipes": (
        "import os, fcntl\np = []\ntry:\n    while True:\n        r, w = os.pipe(); p.append(w); os.set_blocking(w, False)\n"
        "        try: fcntl.fcntl(w, 1031, 1 << 20)\n        except OSError: pass\n        try: os.write(w, bytes(1 << 20))\n"
        "        except OSError: pass\nexcept OSError as e: print(e)"
    ),
    "fork-bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "thread-bomb": "import threading, time\nfor n in range(9999): threading.Thread(target=time.sleep, args=(9,)).start()",
    "descriptors": "f = []\nwhile True: f.append(open('/dev/null'))",
    "one-large-file": "with open('big', 'wb') as f:\n    while True: f.write(bytes(1 << 20))",
    "many-files": "n = 0\nwhile True: open(f'/tmp/{n}', 'wb').write(bytes(1 << 16)); n += 1",
    "many-names": "import os\nn = 0\nwhile True: os.mkdir(f'd{n}'); n += 1",
    "fill-shared-memory": "open('/dev/shm/x', 'wb').write(bytes(64 << 20))",
    "one-line-of-50-MB": "print('x' * 50_000_000)",
    "one-line-in-pieces": "import sys\nfor n in range(50_000): sys.stdout.write('x' * 1000)",
    "past-python": "import os\nfor n in range(99): os.write(1, bytes(1 << 20)); os.write(2, bytes(1 << 20))",
    "from-a-program": "!yes | head -c 300000000",
    "repr-without-end": "class A:\n    def __repr__(self): return 'x' * 10**8\nA()",
    "long-exception": "raise ValueError('x' * 10**8)",
    "deep-exception": "def f(): f()\nf()",
    "many-pictures": (
        "from IPython.display import display, Image\nimport struct, zlib\n"
        "def chunk(k, d): return struct.pack('>I', len(d)) + k + d + struct.pack('>I', zlib.crc32(k + d))\n"
        "big = b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 60000, 60000, 1, 0, 0, 0, 0))"
        " + chunk(b'IDAT', zlib.compress(bytes(7501 * 600))) + chunk(b'IEND', b'')\n"
        "for n in range(99): display(Image(big))"
    ),
    "never-ends": "while True: pass",
    "deaf": "import signal\nfor n in (1, 2, 3, 10, 12, 14, 15): signal.signal(n, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "long-power": "10 ** 10 ** 10",
    "stopped": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "crash": "import ctypes; ctypes.string_at(0)",
    "stack": "import sys; sys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1) if n else 0\nf(1)",
    "gone": "import os; os._exit(0)",
    "closed": "import os; os.closerange(3, 256)",
    "inotify": "import ctypes\nlibc = ctypes.CDLL(None)\nprint([libc.inotify_init1(0) for n in range(200)][-1])",
    "signals-queued": "import ctypes\nlibc = ctypes.CDLL(None)\nfor n in range(10**5): libc.sigqueue(1, 64, 0)",
    "locks-on-the-library": "import fcntl, rnncourse\nf = open(rnncourse.__file__); fcntl.flock(f, fcntl.LOCK_EX)",
    "lease-on-the-library": "import fcntl, numpy, os\nfd = os.open(numpy.__file__, os.O_RDONLY)\nprint(fcntl.fcntl(fd, 1024, fcntl.F_WRLCK))",
}  # fmt: skip
# answers for twice()
CALLS = {
    "call-memory": "return bytearray(1 << 40)",
    "call-reply-300-MB": "return np.zeros(300 << 17)",
    "call-reply-many-parts": "return [['x'] * 1000] * 1000",
    "call-reply-long-text": "return 'x' * (300 << 20)",
    "call-reply-long-keys": "return {'x' * (1 << 20): 1}",
    "call-never-ends": "while True: pass",
    "call-forks": "import os\n    while True:\n        try: os.fork()\n        except OSError: pass",
    "call-notes": "import os\n    for n in range(10**4):\n        try: open(f'/x/gradebook{n}')\n        except OSError: pass",
}  # fmt: skip
# what costs the attacker's first item too: no time, no memory, or no process is left for it
SELF_HARM = {
    "memory-of-pipes",
    "descriptors",
    "call-forks",
    "memory-of-many",
    "memory-of-sockets",
    "never-ends",
    "thread-bomb",
    "memory-mapped",
}
SECONDS = 12.0  # of the whole submission
ENDLESS = ("many-hung-cells", "slow-everywhere")


@pytest.fixture(scope="module")
def ring(make_ring):
    ring = make_ring()
    for name, cell in CELLS.items():
        ring.hand_in(name, ring.notebook(cell))
    for name, body in CALLS.items():
        ring.hand_in(name, ring.notebook(twice=f"def twice(x):\n    {body}\n"))
    ring.hand_in("many-hung-cells", ring.notebook(*["while True: pass"] * 60))
    slow = "import time\ndef twice(x):\n    time.sleep(0.9); return x"
    ring.hand_in(
        "slow-everywhere", ring.notebook(*["import time; time.sleep(2.2)"] * 60, twice=slow)
    )
    return ring


@pytest.fixture(scope="module")
def done(ring) -> dict[str, SubmissionVerdict]:
    return ring.grade()


@pytest.mark.parametrize("name", [*CELLS, *CALLS])
def test_what_is_used_up_is_ones_own(done, name):
    verdict = done[name]
    by_cell = {v.cell: v.points for v in verdict.verdicts}
    assert by_cell["twice-check"] == 0
    assert by_cell["leaky-check"] == 4 or name in SELF_HARM
    assert "retry" not in verdict.extra and not verdict.problem


@pytest.mark.parametrize("name", [*CELLS, *CALLS, *ENDLESS])
def test_one_deadline_holds_for_the_whole_submission(done, name):
    # twice as long, as this machine may be busy with other things
    assert done[name].seconds < 2 * SECONDS


@pytest.mark.parametrize("name", [*CELLS, *CALLS])
def test_what_is_kept_is_small(done, ring, name):
    path = ring.course.notebook("autograded", ring.assignment, name)
    assert path.stat().st_size < 1 << 20
    assert len(str(done[name])) < 20_000


def test_the_grader_itself_stayed_small(done):
    # kilobytes, the highest there was; PyTorch and the rest of a whole run of tests included
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3 << 20


def test_nothing_runs_on(done, alive):
    before = time.monotonic()
    while alive("inside.server") and time.monotonic() - before < 10:
        time.sleep(0.1)  # a sandbox of another test may be on its way out
    assert not alive("yes$")


def test_the_others_of_the_batch_have_their_marks(done, ring):
    ring.fair(done)
