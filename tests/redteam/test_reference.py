"""Calling the forbidden reference: by import, by path, by a copy, from a wheel, from packed text.

What a student brings along is right code, and is judged as such; but it is told.
"""

# ruff: noqa: E501  # an attack is easier to read on one line

import base64
import bz2
import io
import lzma
import marshal
import textwrap
import zipfile
import zlib

import pytest

from autograder.verdict import SubmissionVerdict

pytestmark = pytest.mark.sandbox

FROM_ELMAN = "    from rnncourse import elman\n    return elman.forward(x)"
# the answer cell of twice(): each asks for a module that the assignment forbids
ASKING = {
    "import": f"def twice(x):\n{FROM_ELMAN}",
    "torch": "def twice(x):\n    import torch\n    return torch.tensor(x).mul(2).numpy()",
    "dunder-import": "def twice(x):\n    return __import__('to' + 'rch').tensor(x) * 2",
    "importlib": (
        "def twice(x):\n    import importlib\n    return importlib.import_module('rnncourse.elman').forward(x)"
    ),
    "without-the-refusal": (
        "import sys\nsys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != 'Forbidden']\n"
        f"def twice(x):\n{FROM_ELMAN}"
    ),
    "by-path": (
        "import importlib.util as u, rnncourse, os\n"
        "def twice(x):\n    s = u.spec_from_file_location('e', os.path.join(rnncourse.__path__[0], 'elman.py'))\n"
        "    m = u.module_from_spec(s); s.loader.exec_module(m)\n    return m.forward(x)"
    ),
    "by-search": (
        "import glob, os, sys\n"
        "def twice(x):\n    found = [p for d in sys.path for p in glob.glob(d + '/**/elman*', recursive=True)"
        " if 'rnncourse' in p]\n"
        "    exec(open(found[0]).read(), globals())\n    return forward(x)"
    ),
    "compiled-file": (
        "import glob, rnncourse, marshal\n"
        "def twice(x):\n    f = glob.glob(rnncourse.__path__[0] + '/__pycache__/elman*.pyc')[0]\n"
        "    exec(marshal.loads(open(f, 'rb').read()[16:]), globals())\n    return forward(x)"
    ),
    "sys-modules": "import sys\ndef twice(x):\n    return sys.modules['torch'].tensor(x) * 2",
    "pip": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'torch', '--target', '/tmp/t'],"
        " capture_output=True)\nsys.path.insert(0, '/tmp/t')\ndef twice(x):\n    import torch\n    return torch.tensor(x) * 2"
    ),
    "another-python": (
        "import subprocess, sys, json\n"
        "def twice(x):\n    out = subprocess.run([sys.executable, '-c', 'import torch, rnncourse.elman; print(1)'],"
        " capture_output=True, text=True)\n    return json.loads(out.stdout) * 2 * x"
    ),
    "torch-libraries": (
        "import ctypes, glob, sys\ndef twice(x):\n"
        "    libs = [p for r in (sys.prefix, sys.base_prefix, '/usr') for p in glob.glob(r + '/lib*/**/libtorch*', recursive=True)]\n"
        "    ctypes.CDLL(libs[0])\n    return 2 * x"
    ),
    "solve-of-the-checks": (
        "def twice(x):\n    from rnncourse.checks import registry\n    return registry.find('ring.twice').solve(x)"
    ),
}  # fmt: skip
TWICE = textwrap.dedent(
    '''
    """The reference, brought along."""
    def helper(values):
        total = []
        for value in values:
            total.append(value + value)
        return total
    def twice(x):
        return helper(list(x))
    '''
)
PADDED = TWICE + "\n# " + "filler " * 200


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def archive(name: str) -> str:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("pkg/__init__.py", "")
        wheel.writestr(f"pkg/{name}.py", PADDED)
        wheel.writestr("pkg-1.dist-info/METADATA", "Name: pkg\n" * 90)
    return text(made.getvalue())


def split(packed: str, size: int = 60) -> str:
    return "[" + ", ".join(repr(packed[i : i + size]) for i in range(0, len(packed), size)) + "]"


RANDOM = "".join(chr(97 + (i * i * 7 + i * 31) % 26) for i in range(900))
BULKY = TWICE + f"\nNOISE = {RANDOM!r}\n"  # does not compress to less than is looked at
MARSHALLED = text(marshal.dumps(compile(TWICE, "<packed>", "exec")))
# brought along: works, and must be told, by one of these kinds
BROUGHT = {
    "base64": f"import base64\nexec(base64.b64decode({text(PADDED.encode())!r}))",
    "zlib": f"import base64, zlib\nexec(zlib.decompress(base64.b64decode({text(zlib.compress(BULKY.encode()))!r})))",
    "lzma-85": f"import base64, lzma\nexec(lzma.decompress(base64.b85decode({base64.b85encode(lzma.compress(BULKY.encode())).decode()!r})))",
    "bz2-hex": f"import bz2\nexec(bz2.decompress(bytes.fromhex({bz2.compress(BULKY.encode()).hex()!r})))",
    "in-pieces": f"import base64, zlib\nexec(zlib.decompress(base64.b64decode(''.join({split(text(zlib.compress(BULKY.encode())))}))))",
    "backwards": f"import base64\nexec(base64.b64decode({text(PADDED.encode())[::-1]!r}[::-1]))",
    "reversed-exec": f"e = getattr(__builtins__, 'ce' + 'xe'[::-1]) if 0 else exec\ne({TWICE!r})",
    "marshal": f"import base64, marshal\nexec(marshal.loads(base64.b64decode({MARSHALLED!r})))",
    "wheel": f"import base64, sys\nopen('/tmp/pkg-1-py3-none-any.whl', 'wb').write(base64.b64decode({archive('ref')!r}))\n"
    "sys.path.insert(0, '/tmp/pkg-1-py3-none-any.whl')\nfrom pkg.ref import twice",
    "zipimport": f"import base64, zipimport\nopen('p.zip', 'wb').write(base64.b64decode({archive('ref')!r}))\n"
    "twice = zipimport.zipimporter('p.zip').load_module('pkg/ref').twice",
    "file": f"open('ref.py', 'w').write({TWICE!r})\nimport sys; sys.path.insert(0, '.')\nfrom ref import twice",
    "file-by-path": f"import importlib.util as u\nopen('/tmp/r.txt', 'w').write({TWICE!r})\n"
    "from importlib.machinery import SourceFileLoader\ntwice = SourceFileLoader('r', '/tmp/r.txt').load_module().twice",
    "module-in-place": f"import sys, types\nm = types.ModuleType('rnncourse.elman'); exec({TWICE!r}, m.__dict__)\n"
    "sys.modules['rnncourse.elman'] = m\nfrom rnncourse.elman import twice",
    "run-magic": f"open('ref.py', 'w').write({TWICE!r})\n%run ref.py",
    "code-object": f"import types\nc = compile({TWICE!r}, 'In', 'exec')\ntypes.FunctionType(c, globals())()",
    "eval-compile": f"eval(compile({TWICE!r}, '<In>', 'exec'))",
    "pickled": "import pickle, base64\n"
    f"class P:\n    def __reduce__(self): return exec, ({TWICE!r},)\npickle.loads(pickle.dumps(P()))",
}
TOLD = {"packed-code", "unpacked-code", "ran-file", "changed-checks"}


@pytest.fixture(scope="module")
def ring(make_ring):
    ring = make_ring()
    for name, answer in ASKING.items():
        ring.hand_in(f"ask-{name}", ring.notebook(twice=answer))
    for name, answer in BROUGHT.items():
        ring.hand_in(f"bring-{name}", ring.notebook(twice=answer))
    return ring


@pytest.fixture(scope="module")
def done(ring) -> dict[str, SubmissionVerdict]:
    return ring.grade()


@pytest.mark.parametrize("name", ASKING)
def test_the_reference_is_not_there(done, name):
    assert done[f"ask-{name}"].points == 4.0


@pytest.mark.parametrize("name", BROUGHT)
def test_code_that_is_brought_along_packed_is_told(done, ring, name):
    verdict = done[f"bring-{name}"]
    assert verdict.points == 6.0  # right code: told, not punished
    assert TOLD & ring.kinds(verdict)
    assert not any(i.cheat for i in verdict.incidents if i.kind in ("packed-code", "ran-file"))


def test_the_others_of_the_batch_have_their_marks(done, ring):
    ring.fair(done)
