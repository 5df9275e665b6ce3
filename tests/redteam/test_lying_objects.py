"""Answers that lie about themselves: only plain numbers cross, and the judge compares those."""

# ruff: noqa: E501  # an attack is easier to read on one line

from collections.abc import Iterator

import pytest

from autograder.judge.code import judge_code
from autograder.judge.render import verdict_text
from autograder.sandbox import Checkpoint, Sandbox
from autograder.verdict import SubmissionVerdict

pytestmark = pytest.mark.sandbox

TRUE = "lambda *a, **k: True"
# what twice() returns; none is 2 x
LIES = {
    "equal-to-all": f"type('L', (), {{'__eq__': {TRUE}, '__array__': lambda s, *a, **k: np.zeros(7)}})()",
    "array-subclass": (
        "np.zeros(7).view(type('L', (np.ndarray,), {'__eq__': lambda s, o: np.ones(7, bool),"
        " '__array_ufunc__': lambda s, *a, **k: np.zeros(7), '__sub__': lambda s, o: np.zeros(7)}))"
    ),
    "array-function": "type('L', (), {'__array_function__': lambda s, *a, **k: True, 'shape': (7,), 'dtype': np.dtype(float)})()",
    "array-of-another-time": (
        "type('L', (), {'n': 0, 'shape': (7,), '__array__': lambda s, *a, **k:"
        " (setattr(s, 'n', s.n + 1), np.full(7, s.n))[1]})()"
    ),
    "array-interface": (
        "type('L', (), {'__array_interface__': {'shape': (7,), 'typestr': '<f8', 'version': 3,"
        " 'data': (id(x), False)}})()"
    ),
    "array-interface-wild": (
        "type('L', (), {'__array_interface__': {'shape': (2**40,), 'typestr': '<f8', 'version': 3,"
        " 'data': (8, False)}})()"
    ),
    "array-struct": "type('L', (), {'__array_struct__': object()})()",
    "strided-view": "np.lib.stride_tricks.as_strided(np.zeros(1), (7,), (0,)) + 0",
    "strided-beyond": "np.lib.stride_tricks.as_strided(np.zeros(1), (2**16,), (2**20,))",
    "float-subclass": f"[type('F', (float,), {{'__eq__': {TRUE}, 'hex': lambda s: '0x1p0', '__le__': {TRUE}}})(0)] * 7",
    "int-subclass": "[type('I', (int,), {'__index__': lambda s: 5, '__int__': lambda s: 5})(3)] * 7",
    "str-subclass": f"type('S', (str,), {{'__eq__': {TRUE}, 'encode': lambda s, *a: b'1'}})('2')",
    "dict-subclass": (
        "type('D', (dict,), {'__getitem__': lambda s, k: 2 * x, 'items': lambda s: [('y', x)],"
        f" '__contains__': {TRUE}}})(y=x)"
    ),
    "list-subclass": "type('L', (list,), {'__iter__': lambda s: iter(s.real()), 'real': lambda s: [0] * 7, '__len__': lambda s: 7})([9])",
    "endless-list": "type('L', (list,), {'__iter__': lambda s: iter(int, 1), '__len__': lambda s: 7})([9])",
    "growing-list": "type('L', (list,), {'__len__': lambda s: 7, '__getitem__': lambda s, i: x[i]})()",
    "class-of-ndarray": "type('C', (), {'__class__': property(lambda s: np.ndarray), 'shape': (7,)})()",
    "type-spoof": "type('ndarray', (), {'__module__': 'numpy', 'dtype': np.dtype('f8'), 'shape': (7,)})()",
    "reduce": "type('R', (), {'__reduce__': lambda s: (print, ('pwned',))})()",
    "pickle-bytes": "__import__('pickle').dumps(2 * x)",
    "object-array": "np.array([type('F', (), {'__float__': lambda s: 2.0})()] * 7, dtype=object)",
    "masked": "np.ma.masked_array(2 * x, mask=True).filled(0)",
    "nan": "x * np.nan",
    "infinite": "np.full(7, np.inf)",
    "nan-that-equals": "[type('N', (float,), {'__eq__': lambda s, o: True})('nan')] * 7",
    "complex": "2 * x + 1j",
    "complex-nan": "2 * x + 1j * np.nan",
    "broadcasting-scalar": "np.float64(0)",
    "broadcasting-row": "np.zeros((7, 7))",
    "broadcasting-column": "2 * x[:, None]",
    "empty": "np.zeros(0)",
    "empty-of-all": "np.zeros((0, 2**20))",
    "text-numbers": "[str(2 * v) for v in x]",
    "bool": "np.ones(7, bool)",
    "generator": "(2 * v for v in x)",
    "memoryview": "memoryview((2 * x).tobytes())",
    "datetimes": "(2 * x).view('M8[s]')",
    "long-double": "np.full(7, np.longdouble(1))",
    "void": "(2 * x).view('V8')",
    "unicode": "np.array(list('2222222'))",
    "record": "np.array([(1.0,)] * 7, dtype=[('y', 'f8')])",
    "function": "lambda: 2 * x",
    "itself": "print",
    "module": "np",
    "holds-itself": "(lambda a: (a.append(a), a)[1])([])",
    "deep": "__import__('functools').reduce(lambda a, _: [a], range(500), 1)",
    "wide": "[['a'] * 300] * 300",
    "long-integer": "10**5000",
    "long-integers": "[2**64] * 7",
    "other-keys": "{'s': 2 * x}",
    "two-answers": "[2 * x, 0 * x]",
    "negated-zero": "-0.0 * x",
    "nearly": "2 * x * (1 + 1e-6)",
    "input-changed": "(x.__imul__(0), x)[1]",
    "raises-in-array": "type('A', (), {'__array__': lambda s, *a, **k: 1 / 0})()",
    "exits-in-array": "type('A', (), {'__array__': lambda s, *a, **k: __import__('os')._exit(0)})()",
    "hangs-in-array": "type('A', (), {'__array__': lambda s, *a, **k: [0 for _ in iter(int, 1)]})()",
    "repr-bomb": "type('A', (), {'__repr__': lambda s: 'x' * 10**9, '__str__': lambda s: 1 / 0})()",
    "metaclass": "type('M', (type,), {'__instancecheck__': lambda *a: True, '__name__': 'ndarray'})('K', (), {})()",
    "class-named-like-a-file": "type('../../../etc/passwd\\n<script>', (), {})()",
}  # fmt: skip
CALLABLES = {
    "callable-object": "twice = type('T', (), {'__call__': lambda s, x: 0 * x, '__eq__': lambda s, o: True})()",
    "callable-class": "class twice:\n    def __init__(self, x): pass\n    __array__ = lambda s, *a, **k: np.zeros(7)",
    "namespace": "get_ipython().user_ns = type('N', (dict,), {'__getitem__': lambda s, k: (lambda x: 0 * x)})()",
    "number": "twice = 2.0",
    "name-of-markup": "twice = type('<b>x</b>', (), {})()",
    "module-getattr": "import sys\nsys.modules['__main__'].__getattr__ = lambda n: (lambda x: 0)\ndel twice if 0 else None",
}  # fmt: skip


WHOLE = ("equal-to-all", "array-subclass", "dict-subclass", "reduce", "hangs-in-array", "repr-bomb")


@pytest.fixture(scope="module")
def ring(make_ring):
    ring = make_ring()
    for name in WHOLE:
        ring.hand_in(name, ring.notebook(twice=f"def twice(x):\n    return {LIES[name]}\n"))
    for name, cell in CALLABLES.items():
        ring.hand_in(name, ring.notebook(twice=cell))
    return ring


@pytest.fixture(scope="module")
def done(ring) -> dict[str, SubmissionVerdict]:
    return ring.grade()


@pytest.fixture(scope="module")
def checkpoint(ring) -> Iterator[Checkpoint]:
    """One session in which all liars are defined."""
    names = {name: f"lie_{number}" for number, name in enumerate(LIES)}
    source = "\n".join(f"def {names[name]}(x):\n    return {lie}" for name, lie in LIES.items())
    with (
        Sandbox(ring.assignment.forbidden, ring.assignment.limits) as box,
        box.session() as session,
    ):
        session.run(f"import numpy as np\ntwice = None\n{source}", cell="c", count=1, timeout=20)
        yield session.checkpoint()


@pytest.mark.parametrize(("number", "name"), list(enumerate(LIES)))
def test_a_lie_is_judged_and_earns_nothing(ring, checkpoint, number, name):
    def call(arguments):
        return checkpoint.call(f"lie_{number}", arguments, 2.0)

    verdict = judge_code(ring.assignment.item("twice-check"), call, 1)
    assert verdict.points == 0
    assert verdict_text(verdict).isprintable() or "\n" in verdict_text(verdict)


@pytest.mark.parametrize("name", [*WHOLE, *CALLABLES])
def test_a_liar_in_a_notebook_costs_itself_alone(done, name):
    verdict = done[name]
    by_cell = {v.cell: v.points for v in verdict.verdicts}
    assert by_cell == {"leaky-check": 4.0, "twice-check": 0.0, "why": 0.0}
    assert "retry" not in verdict.extra and not verdict.problem


def test_the_others_of_the_batch_have_their_marks(done, ring):
    ring.fair(done)
