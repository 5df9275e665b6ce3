"""Bytes from the box: whatever they are, they are read, or refused in one of the agreed ways."""

import json
import os
import random
import socket
import time
from dataclasses import replace
from typing import Any

import nbformat
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.assignment import CodeItem, Limits
from autograder.assignments import load, names
from autograder.gradebook.safe_html import safe_outputs
from autograder.judge import outputs
from autograder.judge.code import hidden_arguments, judge_code
from autograder.judge.render import verdict_text
from autograder.sandbox.errors import SessionEnded
from autograder.sandbox.inside import values, wire
from autograder.sandbox.replies import CallReply, read_reply, read_result

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
fuzz = settings(
    max_examples=EXAMPLES or 250,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
LIMITS = Limits(output_bytes=1 << 16, reply_bytes=1 << 16)
SURPRISES = b'\x00\xff"\\[]{},:0919-eENaInfinity\xed\xa0\x80\\ud800'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


def cell_reply() -> bytes:
    """A frame such as the runner sends after a cell."""
    body = values.Body()
    shown = [
        {"output_type": "stream", "name": "stdout", "text": [body.add(b"hello\n"), 6]},
        {"output_type": "display_data", "text": [body.add(b"<Figure>"), 8],
         "png": [body.add(PNG), len(PNG)]},
        {"output_type": "error", "ename": "E", "evalue": "x", "text": [body.add(b"tb"), 2]},
        {"output_type": "execute_result", "text": [body.add(b"3"), 1], "execution_count": 4},
    ]  # fmt: skip
    return wire.pack(
        {"outputs": shown, "dropped": 3, "seconds": 0.25, "events": [["used-network", "x"]],
         "ok": True}, body)  # fmt: skip


def call_reply() -> bytes:
    """A frame such as a call's process sends."""
    body = values.Body()
    answer = ({"d_W": np.ones((2, 3)), "n": 4}, np.arange(3, dtype="<f4"), [1.5, None, "text"])
    return wire.pack({"value": values.encode(answer, body), "events": []}, body)


FRAMES = [
    cell_reply(),
    call_reply(),
    wire.pack({"error": {"ename": "ValueError", "message": "m", "cell": "c", "line": 3}}),
    wire.pack({"missing": True, "type": "int", "events": []}),
    wire.pack({"died": -11}),
    wire.pack({"large": True}),
]


def mutated(seed: int) -> bytes:
    """A valid frame with some bytes changed, left out, put in, doubled, or taken from another."""
    rng = random.Random(seed)
    data = bytearray(rng.choice(FRAMES))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        # half of the time in the head, where two lengths are
        at = rng.randrange(min(len(data), rng.choice((16, len(data)))) or 1)
        match rng.randrange(6):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del data[at : at + rng.randrange(1, 9)]
            case 2:
                start = rng.randrange(len(SURPRISES))
                data[at:at] = SURPRISES[start : start + rng.randrange(1, 9)]
            case 3:
                data[at:at] = data[at : at + rng.randrange(1, 64)] * rng.randrange(1, 20)
            case 4:
                other = rng.choice(FRAMES)
                data[at:] = other[rng.randrange(len(other)) :]
            case _:
                data[at : at + 1] = rng.choice(
                    (b"9" * 400, b"[" * 400, b"\\ud800", b"-1", b"1e999")
                )
    return bytes(data)


def take(frame: bytes, no_hang: Any) -> None:
    """Read a frame as both kinds of reply, as the judge does, and show what was read."""
    for reader in (read_cell, read_call):
        ours, theirs = socket.socketpair()
        with ours, theirs, no_hang():
            theirs.sendall(frame)
            theirs.shutdown(socket.SHUT_WR)
            try:
                message, body = wire.receive(
                    ours, max_json=1 << 16, max_body=1 << 16, deadline=time.monotonic() + 20
                )
            except (values.Malformed, wire.Closed):
                continue
            reader(message, body)


def read_cell(message: dict[str, Any], body: bytes) -> None:
    try:
        result = read_result(message, body, LIMITS)
    except values.Malformed:
        return
    made = outputs._outputs(result)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=made)])
    nbformat.validate(nb)
    json.dumps([*safe_outputs(made), result.events], ensure_ascii=False).encode("utf-8")
    nbformat.writes(nb).encode("utf-8")


def read_call(message: dict[str, Any], body: bytes) -> None:
    try:
        reply = read_reply(message, body)
    except (values.Malformed, SessionEnded):
        return
    judged(ITEMS[0], reply)


# ------------------------------------------------------------------------------------------ bytes


@fuzz
@given(st.integers(0, 2**63))
def test_a_changed_frame_is_read_or_refused(no_hang, seed):
    take(mutated(seed), no_hang)


# ---------------------------------------------------------------------------------------- grammar

whole = st.integers(-(2**70), 2**70) | st.sampled_from([0, 1, -1, 8, 2**31, 2**63, 10**4299])
text = st.text(max_size=20) | st.sampled_from(["\ud800", "\x00", "\x1b[2J", "NaN", "0x1p9999", ""])
scrap = st.recursive(
    st.none() | st.booleans() | whole | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
place = st.lists(whole | st.integers(0, 64), min_size=1, max_size=3) | scrap
shape = st.lists(st.integers(0, 4) | whole, max_size=9) | scrap
node: Any = st.recursive(
    st.one_of(
        st.just(["n"]),
        st.tuples(st.just("b"), st.booleans() | scrap).map(list),
        st.tuples(st.just("i"), whole | scrap).map(list),
        st.tuples(st.just("f"), st.floats().map(float.hex) | text).map(list),
        st.tuples(st.sampled_from("su"), text | scrap).map(list),
        st.tuples(
            st.just("a"),
            st.sampled_from(sorted(values.DTYPES)) | text,
            shape,
            st.integers(0, 64) | whole,
        ).map(list),
        scrap,
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("lt"), st.lists(inner, max_size=4)).map(list),
        st.lists(st.tuples(text, inner).map(list), max_size=4).map(lambda pairs: ["d", pairs]),
    ),
    max_leaves=10,
)
output = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result"]) | scrap},
    optional={
        name: kind | scrap
        for name, kind in {
            "text": place, "png": place, "name": text, "ename": text, "evalue": text,
            "execution_count": whole,
        }.items()
    },
)  # fmt: skip
note = st.lists(text, min_size=2, max_size=2) | scrap
message = st.one_of(
    st.fixed_dictionaries(
        {"outputs": st.lists(output, max_size=4) | scrap},
        optional={
            "dropped": whole | scrap,
            "seconds": st.floats() | scrap,
            "events": st.lists(note, max_size=3) | scrap,
            "ok": scrap,
        },
    ),
    st.fixed_dictionaries({"value": node}, optional={"events": st.lists(note, max_size=3) | scrap}),
    st.fixed_dictionaries(
        {},
        optional={
            "died": whole | scrap,
            "missing": st.booleans() | scrap,
            "type": text | scrap,
            "large": st.booleans() | scrap,
            "error": st.dictionaries(
                st.sampled_from(["ename", "message", "cell", "line"]), text | whole | scrap
            )
            | scrap,
        },
    ),
)


@fuzz
@given(message, st.binary(max_size=64) | st.just(PNG * 4))
def test_a_message_of_the_right_grammar_is_read_or_refused(no_hang, message, body):
    raw = json.dumps(message).encode()  # escapes and all: a lone half of a character travels so
    take(wire.HEAD.pack(wire.MAGIC, len(raw), len(body)) + raw + body, no_hang)


# ----------------------------------------------------------------------------------------- judging


def _items() -> list[CodeItem]:
    """Every function that is asked, on its first hidden case alone, the truth worked out once."""
    found = []
    for name in names():
        for item in load(name).items:
            if isinstance(item, CodeItem):
                item = next(iter(item.personal.versions.values())) if item.personal else item
                arguments = hidden_arguments(item, 1, 0)
                truth = item.exercise.truth(arguments)
                known = replace(
                    item.exercise,
                    draw=lambda rng, arguments=arguments, **_: arguments,
                    solve=lambda *_, truth=truth, **__: truth,
                )
                found.append(replace(item, exercise=known, cases=item.cases[:1]))
    return found


ITEMS = _items()


def judged(item: CodeItem, reply: CallReply) -> float:
    verdict = judge_code(item, lambda arguments: reply, 1, public=CallReply())
    verdict_text(verdict).encode("utf-8")
    assert 0 <= verdict.points <= verdict.max_points
    assert all(0 <= part.points <= part.max_points for part in verdict.parts)
    return verdict.points


def arrays() -> Any:
    kinds = st.sampled_from(sorted(values.DTYPES))
    sides = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    huge = st.sampled_from(["<f8", "|u1"]).map(lambda t: np.zeros((0, 2**20, 2**20), t))
    return hnp.arrays(kinds, sides) | huge


def answers(item: CodeItem) -> Any:
    """Values that resemble an answer: right names, right number of parts; and what else travels."""
    names = [output.name for output in item.exercise.outputs]
    leaf = st.one_of(
        arrays(),
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
        st.builds(values.Unsupported, st.text(max_size=20)),
        st.floats(allow_nan=True, allow_infinity=True),
    )
    words = st.text(max_size=20)  # what is decoded holds no half of a character
    deep = leaf | st.lists(leaf, max_size=3) | st.dictionaries(words, leaf, max_size=2)
    return st.one_of(
        deep,
        st.tuples(*[deep] * len(names)),
        st.lists(deep, min_size=len(names), max_size=len(names)),
        st.fixed_dictionaries({name: deep for name in names}),
    )


@settings(fuzz, max_examples=(EXAMPLES or 250) // 10)
@given(data=st.data())
@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.exercise.name)
def test_whatever_a_function_returns_is_judged(no_hang, item, data):
    value = data.draw(answers(item))
    with no_hang():
        judged(item, CallReply(value=value))
