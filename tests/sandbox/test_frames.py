"""What crosses the border is data: round trips, and every kind of malformed byte."""

import json
import pickle
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox.inside import values, wire

quick = settings(derandomize=True, deadline=None, max_examples=60)
numbers = hnp.arrays(
    st.sampled_from(["<f8", "<f4", "<i8", "|u1", "|b1", "<c16"]), hnp.array_shapes(max_side=4)
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.tuples(inner, inner) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def there_and_back(value: Any) -> Any:
    body = values.Body()
    node = json.loads(json.dumps(values.encode(value, body)))
    return values.decode(node, b"".join(body.parts))


@quick
@given(numbers)
def test_arrays_arrive_bit_for_bit(array: np.ndarray[Any, Any]) -> None:
    back = there_and_back(array)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


@quick
@given(plain)
def test_plain_values_arrive_as_they_were(value: Any) -> None:
    assert repr(there_and_back(value)) == repr(value)


def test_arrays_in_other_layouts_arrive_as_little_endian() -> None:
    array = np.arange(6, dtype=">f8").reshape(2, 3).T
    assert np.array_equal(there_and_back(array), array)
    assert there_and_back(array).dtype.str == "<f8"


def test_a_nested_list_of_numbers_becomes_an_array_and_a_list_of_arrays_stays_one() -> None:
    assert np.array_equal(there_and_back([[1, 2], [3.5, 4]]), [[1, 2], [3.5, 4]])
    back = there_and_back([np.zeros(2), np.zeros(3)])
    assert isinstance(back, list)
    assert [a.shape for a in back] == [(2,), (3,)]


@pytest.mark.parametrize(
    "value",
    [
        object(),
        lambda: 1,
        np.array([object()]),
        np.array(["text"]),
        np.zeros(1, "M8[s]"),
        {1: 2},
        2**80,
        {1, 2},
        b"bytes",
    ],
    ids=lambda value: type(value).__name__,  # alike in every worker
)
def test_what_cannot_travel_is_named_instead(value: Any) -> None:
    assert isinstance(there_and_back(value), values.Unsupported)


def test_lists_of_unequal_lengths_are_several_answers_or_none() -> None:
    back = there_and_back([[1.0], [1.0, 2.0]])
    assert [list(a) for a in back] == [[1.0], [1.0, 2.0]]
    assert isinstance(there_and_back({"h": [[1], [1, 2]]})["h"], values.Unsupported)


def test_a_value_that_holds_itself_ends() -> None:
    value: list[Any] = []
    value.append(value)
    assert "nested" in repr(there_and_back(value))


MALFORMED_NODES = [
    None,
    7,
    [],
    ["x"],
    ["value", 1],
    ["__class__"],
    ["a", "<f8", [1], 0, 0],
    ["a", "|O", [1], 0],
    ["a", "<f8", [2], 0],
    ["a", "<f8", [-1], 0],
    ["a", "<f8", [1.0], 0],
    ["a", "<f8", [True], 0],
    ["a", "<f8", [1], -8],
    ["a", "<f8", [1], 10**30],
    ["a", "<f8", [2**39, 2**39], 0],
    ["a", "<f8", [1] * 99, 0],
    ["i", 2**70],
    ["i", True],
    ["b", 1],
    ["f", "hello"],
    ["f", "0x1p999999999"],
    ["f", 1.0],
    ["d", [["key"]]],
    ["d", [[1, ["n"]]]],
    ["l", {}],
    ["l", [["n"]] * 20_000],
    ["t", [["a", "<f8", [1], 0]] * 2],
]


@pytest.mark.parametrize("node", MALFORMED_NODES, ids=lambda node: str(node)[:40])
def test_a_malformed_node_is_refused(node: Any) -> None:
    with pytest.raises(values.Malformed):
        values.decode(node, bytes(8))


def test_deep_nesting_is_refused_before_the_stack_ends() -> None:
    node: Any = ["n"]
    for _ in range(500):
        node = ["l", [node]]
    with pytest.raises(values.Malformed):
        values.decode(node, b"")


# ---------------------------------------------------------------------------------------- frames


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def receive(sock: socket.socket, seconds: float = 0.3) -> tuple[dict[str, Any], bytes]:
    deadline = time.monotonic() + seconds
    return wire.receive(sock, max_json=1000, max_body=1000, deadline=deadline)


def head(json_size: int, body_size: int, magic: bytes = wire.MAGIC) -> bytes:
    return wire.HEAD.pack(magic, json_size, body_size)


def test_a_frame_arrives_whole(pair: tuple[socket.socket, socket.socket]) -> None:
    body = values.Body()
    body.add(b"raw")
    pair[1].sendall(wire.pack({"text": "naïve ∇ \ud800"}, body))
    message, raw = receive(pair[0])
    assert message["text"].startswith("naïve ∇")
    assert raw == b"raw"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n" + bytes(20),
        head(0, 0, b"XXXX"),
        head(2**32 - 1, 0),
        head(2, 2**63),
        head(2, 0) + b"[]",
        head(3, 0) + b"nul",
        head(900, 0) + b"[" * 900,
        head(900, 0) + b"1" * 900,
        head(2, 0) + b"\xff\xfe",
        pickle.dumps({"score": 20}) + bytes(20),
        struct.pack("<4sIQ", wire.MAGIC, 4, 0) + b'{"a"',
    ],
    ids=lambda sent: repr(sent)[:30],
)
def test_a_malformed_frame_is_refused(
    sent: bytes, pair: tuple[socket.socket, socket.socket]
) -> None:
    pair[1].sendall(sent)
    with pytest.raises(values.Malformed):
        receive(pair[0])


@quick
@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_another_way(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.MAGIC[:4] + sent)
        theirs.close()
        with pytest.raises((values.Malformed, wire.Closed, wire.Late)):
            receive(ours)


def test_a_frame_that_stops_half_way_is_late(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].sendall(head(10, 0) + b'{"a"')
    with pytest.raises(wire.Late):
        receive(pair[0], 0.05)


def test_a_reader_that_never_reads_does_not_block(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    with pytest.raises(wire.Late):
        wire.send(pair[0], bytes(50_000_000), time.monotonic() + 0.05)


def test_file_descriptors_that_come_with_a_frame_are_not_taken(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    with socket.socket() as extra:
        socket.send_fds(pair[1], [wire.pack({})], [extra.fileno()])
        assert receive(pair[0]) == ({}, b"")
