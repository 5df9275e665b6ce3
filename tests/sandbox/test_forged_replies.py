"""A student's process that answers in the judge's language, or in none: no marks, and no harm."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from autograder.sandbox import CellResult, Sandbox, Session, SessionEnded
from autograder.sandbox.errors import Ending

pytestmark = pytest.mark.sandbox
Run = Callable[..., CellResult]

SPEAK = """
import os, struct, json, time
def frame(text, body=b"", magic=b"RNC1", sizes=None):
    a, b = sizes or (len(text), len(body))
    return struct.pack("<4sIQ", magic, a, b) + text + body
def say(data):
    for fd in range(3, 256):
        try: os.write(fd, data)
        except OSError: pass
"""
NODES = {
    "pickle": 'import pickle; say(frame(b\'{\\"value\\": [\\"p\\"]}\', pickle.dumps(1)))',
    "no frame": "say(b'x' * 1000)",
    "too large": "say(frame(b'', sizes=(2**32 - 1, 2**63)))",
    "brackets": "say(frame(b'[' * 500_000))",
    "no object": "say(frame(b'[1, 2]'))",
    "unknown node": "say(frame(json.dumps({'value': ['x', 1], 'outputs': 3}).encode()))",
    "shared bytes": (
        "node = ['t', [['a', '<f8', [100], 0]] * 90]\n"
        "out = [{'output_type': 'stream', 'text': [0, 800]}] * 90\n"
        "say(frame(json.dumps({'value': node, 'outputs': out}).encode(), bytes(800)))"
    ),
    "objects": (
        "reply = {'value': ['a', '|O', [1], 0], 'outputs': None}\n"
        "say(frame(json.dumps(reply).encode(), bytes(8)))"
    ),
    "zip bomb": "import zlib; say(frame(zlib.compress(bytes(10**7))))",
    "surrogates": 'say(frame(b\'{\\"value\\": [\\"s\\", \\"\\xed\\xa0\\x80\\"]}\'))',
}


@pytest.mark.parametrize("name", NODES)
def test_a_forged_reply_to_a_cell_is_refused(name: str, run: Run) -> None:
    with pytest.raises(SessionEnded) as caught:
        run(SPEAK + NODES[name] + "\ntime.sleep(30)", 5.0)
    assert caught.value.ending is Ending.REFUSED


@pytest.mark.parametrize("name", NODES)
def test_a_forged_reply_to_a_call_is_refused(name: str, session: Session) -> None:
    body = "\n".join("    " + line for line in NODES[name].splitlines())
    session.run(f"{SPEAK}\ndef f():\n{body}\n    time.sleep(30)", cell="a", count=1, timeout=10)
    with pytest.raises(SessionEnded) as caught:
        session.checkpoint().call("f", [], 5.0)
    assert caught.value.ending is Ending.REFUSED


def test_a_well_formed_forgery_is_only_the_students_own_answer(session: Session) -> None:
    code = (
        SPEAK
        + 'def f():\n    say(frame(b\'{"value": ["i", 20], "score": 20}\'))\n    time.sleep(9)'
    )
    session.run(code, cell="a", count=1, timeout=10)
    reply = session.checkpoint().call("f", [], 5.0)
    assert reply.value == 20
    assert set(vars(reply)) == {"value", "raised", "missing", "found_type", "large", "events"}


def test_a_drip_of_bytes_does_not_move_the_deadline(run: Run) -> None:
    code = SPEAK + "say(frame(b'', sizes=(1000, 0)))\nwhile True:\n    say(b' '); time.sleep(0.05)"
    started = time.monotonic()
    with pytest.raises(SessionEnded) as caught:
        run(code, 0.5)
    assert caught.value.ending is Ending.TIMEOUT
    assert time.monotonic() - started < 8


def test_a_closed_connection_ends_the_session(run: Run) -> None:
    with pytest.raises(SessionEnded) as caught:
        run("import os\nos.closerange(3, 256)\nimport time; time.sleep(30)", 5.0)
    assert caught.value.ending is Ending.DIED


def test_an_answer_that_comes_after_the_end_reaches_nobody(session: Session) -> None:
    code = SPEAK + (
        "def f(late):\n    if late:\n        if os.fork(): os._exit(0)\n        time.sleep(0.3)\n"
        "    return 'late' if late else 'in time'"
    )
    session.run(code, cell="a", count=1, timeout=10)
    checkpoint = session.checkpoint()
    with pytest.raises(SessionEnded):
        checkpoint.call("f", [True], 5.0)
    for _ in range(3):
        assert checkpoint.call("f", [False], 5.0).value == "in time"
        time.sleep(0.15)


def test_replaced_libraries_harm_only_their_own_notebook(session: Session, box: Sandbox) -> None:
    code = """
import json, numpy as np, IPython, builtins, socket, struct, sys, os
def f(x): return x + 1
np.asarray = np.ascontiguousarray = json.dumps = lambda *a, **k: 20
sys.modules["json"] = None
socket.socket.send = lambda *a: 0
get_ipython().run_cell = lambda *a, **k: None
builtins.isinstance = lambda *a: True
"""
    with pytest.raises(SessionEnded):
        session.run(code, cell="a", count=1, timeout=0.7)
        session.checkpoint().call("f", [np.zeros(2)], 0.7)
    with box.session() as other:
        other.run("def f(x): return x + 1", cell="a", count=1, timeout=10)
        assert np.array_equal(other.checkpoint().call("f", [np.zeros(2)], 5.0).value, [1, 1])


def test_an_array_that_lies_about_itself_arrives_as_its_bytes(session: Session) -> None:
    code = """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *a, **k): return np.zeros(self.shape)
    def __reduce__(self): return print, ("pwned",)
class Number(float):
    def __eq__(self, other): return True
    def hex(self): return "0x1p99999"
def f(): return np.full(3, 7.0).view(Liar), Number(2.5)
"""
    session.run(code, cell="a", count=1, timeout=10)
    array, number = session.checkpoint().call("f", [], 5.0).value
    assert type(array) is np.ndarray
    assert array.tolist() == [7.0, 7.0, 7.0]
    assert number == 2.5
    assert number != 3
