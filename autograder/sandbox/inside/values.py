"""Values as tagged lists of plain JSON, their arrays as raw bytes beside it.

Nothing is guessed from the data: ``["a", "<f8", [2, 3], 0]`` is an array at offset 0 of the body.
Reading bounds depth, number of nodes, kinds of numbers and the sum of all sizes before it builds.
Nothing is unpickled or evaluated.

Both sides use this file; it is copied into the box, and imports nothing of this project.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 12
MAX_NODES = 10_000
MAX_AXES = 8
DTYPES = frozenset(
    (
        "|b1",
        "|i1",
        "|u1",
        "<i2",
        "<u2",
        "<i4",
        "<u4",
        "<i8",
        "<u8",
        "<f2",
        "<f4",
        "<f8",
        "<c8",
        "<c16",
    )
)


class Malformed(ValueError):
    """What came is no frame, or no value, of the agreed form."""


@dataclass(frozen=True)
class Unsupported:
    """Stands for a value that cannot travel, such as a function or an array of objects."""

    what: str


class Body:
    """Collects the raw bytes of a frame."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, raw: bytes) -> int:
        """Append ``raw``; its offset."""
        offset = self.size
        self.parts.append(raw)
        self.size += len(raw)
        return offset


def encode(value: Any, body: Body, depth: int = 0) -> list[Any]:
    """The node that stands for ``value``; arrays go to ``body``.

    Args:
        value: None, bool, int, float, str, a NumPy array or scalar, or lists, tuples and dicts
            (string keys) of them.
        body: takes the raw bytes.
        depth: of ``value`` within the whole.

    Returns:
        A tagged list; ``["u", what]`` for what cannot travel.
    """
    if depth > MAX_DEPTH:
        return ["u", "a value nested too deeply"]
    if value is None:
        return ["n"]
    if isinstance(value, bool | np.bool_):
        return ["b", bool(value)]
    if isinstance(value, int) and not isinstance(value, np.generic):
        fits = -(2**63) <= value < 2**63
        return ["i", int(value)] if fits else ["u", "an integer of more than 64 bits"]
    if isinstance(value, float) and not isinstance(value, np.generic):
        return ["f", float(value).hex()]
    if isinstance(value, str):
        return ["s", str(value)]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            return ["u", "a dict with keys that are not text"]
        return ["d", [[str(key), encode(item, body, depth + 1)] for key, item in value.items()]]
    if isinstance(value, list) and _plain_numbers(value):
        node = _encode_array(value, body)
        # of unequal lengths it may still be several answers in one list
        if node[0] == "a" or depth > 0:
            return node
    if isinstance(value, list | tuple):
        tag = "l" if isinstance(value, list) else "t"
        return [tag, [encode(item, body, depth + 1) for item in value]]
    if isinstance(value, np.ndarray | np.generic | complex) or hasattr(value, "__array__"):
        return _encode_array(value, body)
    return ["u", f"an object of type {type(value).__name__}"[:100]]


def _plain_numbers(value: Any, depth: int = 0) -> bool:
    """Whether ``value`` is a list of numbers, or lists of such, with no array in it."""
    if isinstance(value, list | tuple) and depth <= MAX_AXES:
        return len(value) > 0 and all(_plain_numbers(item, depth + 1) for item in value)
    return isinstance(value, int | float | complex | np.number | np.bool_)


def _encode_array(value: Any, body: Body) -> list[Any]:
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        return ["u", "a list of lists of unequal lengths"]
    little = array.dtype.newbyteorder("<").str
    if little not in DTYPES:
        name = "objects" if array.dtype.hasobject else f"type {array.dtype}"
        return ["u", f"an array of {name}"[:100]]
    raw = np.ascontiguousarray(array, dtype=little).tobytes()
    return ["a", little, list(array.shape), body.add(raw)]


class _Decoder:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.nodes = 0
        self.left = len(body)  # arrays may not share bytes: a small frame must not grow when read

    def value(self, node: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH + 1:
            raise Malformed("a value with too many parts")
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            raise Malformed("a node that is no tagged list")
        tag, rest = node[0], node[1:]
        read = getattr(self, f"_{tag}", None) if tag in {*"nbifsltdau"} else None
        if read is None:
            raise Malformed("a node of unknown kind")
        return read(depth, *_checked(tag, rest))

    def _n(self, depth: int) -> None:
        return None

    def _b(self, depth: int, value: bool) -> bool:
        return value

    def _i(self, depth: int, value: int) -> int:
        if not -(2**63) <= value < 2**63:
            raise Malformed("an integer of more than 64 bits")
        return value

    def _f(self, depth: int, value: str) -> float:
        try:
            return float.fromhex(value[:64])
        except (ValueError, OverflowError) as error:
            raise Malformed("a number that is none") from error

    def _s(self, depth: int, value: str) -> str:
        # JSON can hold half a character, which no file and no database can
        return value.encode("utf-8", "replace").decode()

    def _u(self, depth: int, value: str) -> Unsupported:
        return Unsupported(self._s(depth, value[:100]))

    def _l(self, depth: int, items: list[Any]) -> list[Any]:
        return [self.value(item, depth + 1) for item in items]

    def _t(self, depth: int, items: list[Any]) -> tuple[Any, ...]:
        return tuple(self._l(depth, items))

    def _d(self, depth: int, items: list[Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for item in items:
            if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)):
                raise Malformed("a dict entry that is no pair")
            found[self._s(depth, item[0])] = self.value(item[1], depth + 1)
        return found

    def _a(self, depth: int, dtype: str, shape: list[Any], offset: int) -> np.ndarray[Any, Any]:
        if dtype not in DTYPES:
            raise Malformed("an array of a type that is not allowed")
        if len(shape) > MAX_AXES or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
            raise Malformed("an array of an impossible shape")
        if math.prod(filter(None, shape)) >= 2**60:
            # empty, but larger than NumPy can count
            raise Malformed("an array of an impossible shape")
        count = math.prod(shape)
        size = count * np.dtype(dtype).itemsize
        if not 0 <= offset <= len(self.body) or size > len(self.body) - offset:
            raise Malformed("an array that is not in the frame")
        self.left -= size
        if self.left < 0:
            raise Malformed("arrays that share bytes")
        if dtype == "|b1":
            # any byte but 0 and 1 would be an invalid bool
            raw = np.frombuffer(self.body, "|u1", count, offset)
            return np.asarray(raw != 0).reshape(shape)
        array: np.ndarray[Any, Any] = np.frombuffer(self.body, dtype, count, offset)
        return array.reshape(shape).copy()


_FORMS: dict[str, tuple[type, ...]] = {
    "n": (), "b": (bool,), "i": (int,), "f": (str,), "s": (str,), "u": (str,),
    "l": (list,), "t": (list,), "d": (list,), "a": (str, list, int),
}  # fmt: skip


def _checked(tag: str, rest: list[Any]) -> list[Any]:
    form = _FORMS[tag]
    if len(rest) != len(form) or any(
        type(item) is not kind for item, kind in zip(rest, form, strict=True)
    ):
        raise Malformed("a node of the wrong form")
    return rest


def decode(node: Any, body: bytes) -> Any:
    """The value that ``node`` stands for, its arrays read from ``body``.

    Raises:
        Malformed: where ``node`` is not of the agreed form or leaves the body.
    """
    return _Decoder(body).value(node)
