"""What the student's process says, read as data: outputs of cells, answers to calls.

Every part is checked for its kind and size; what is not of the agreed form is `Malformed`.
"""

import signal
from dataclasses import dataclass
from typing import Any

from autograder.assignment import Limits
from autograder.sandbox.errors import Ending, SessionEnded
from autograder.sandbox.inside import values

PNG = b"\x89PNG\r\n\x1a\n"
MAX_DROPPED = 1 << 53  # a number of thousands of digits cannot be written out
Event = tuple[str, str]


@dataclass(frozen=True)
class CellOutput:
    """One output of a cell: text and PNG only, whatever the cell wanted to show."""

    kind: str  # "stream", "display_data", "execute_result", "error"
    name: str = ""  # of the stream, or of the exception
    text: str = ""  # the text, or the exception's message
    trace: str = ""
    png: bytes = b""
    count: int | None = None


@dataclass(frozen=True)
class CellResult:
    """What a cell showed and did."""

    outputs: tuple[CellOutput, ...]
    ok: bool
    dropped: int  # characters or bytes over the limit, not kept
    events: tuple[Event, ...]
    seconds: float


@dataclass(frozen=True)
class Raised:
    """An exception in a call, as the student's process tells it."""

    ename: str
    message: str
    cell: str  # judge's name of the cell whose line raised, or ""
    line: int


@dataclass(frozen=True)
class CallReply:
    """What a call gave: a value, an exception, or that there is nothing to call."""

    value: Any = None
    raised: Raised | None = None
    missing: bool = False
    found_type: str = ""  # of what has the function's name and is no function
    large: bool = False  # the answer was over limits.reply_bytes
    events: tuple[Event, ...] = ()


class _Bytes:
    """The body of a frame; its parts may not overlap, so that a small frame stays small."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._left = len(body)

    def part(self, place: Any) -> bytes:
        """The bytes at ``[offset, size]``; none where there is no place."""
        if place is None:
            return b""
        if not (isinstance(place, list) and len(place) == 2 and all(type(n) is int for n in place)):
            raise values.Malformed("bytes that are nowhere")
        offset, size = place
        self._left -= size
        if not (0 <= offset <= len(self._body) and 0 <= size <= len(self._body) - offset):
            raise values.Malformed("bytes that are not in the frame")
        if self._left < 0:
            raise values.Malformed("bytes that are used twice")
        return self._body[offset : offset + size]


def _text(value: Any, limit: int) -> str:
    # JSON can hold half a character, which no file and no database can
    return value[:limit].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _read_events(value: Any) -> tuple[Event, ...]:
    if not isinstance(value, list):
        return ()
    pairs = (item for item in value[:100] if isinstance(item, list) and len(item) == 2)
    return tuple((_text(kind, 40), _text(detail, 200)) for kind, detail in pairs)


def read_result(message: dict[str, Any], body: bytes, limits: Limits) -> CellResult:
    """The outputs of a cell.

    Raises:
        Malformed: where the reply is not of the agreed form.
    """
    found = message.get("outputs")
    if not isinstance(found, list) or len(found) > 1000:
        raise values.Malformed("a cell's reply without outputs")
    parts = _Bytes(body)
    seconds, dropped = message.get("seconds"), message.get("dropped")
    return CellResult(
        outputs=tuple(_read_output(item, parts, limits.output_bytes) for item in found),
        ok=message.get("ok") is True,
        dropped=dropped if type(dropped) is int and 0 < dropped < MAX_DROPPED else 0,
        events=_read_events(message.get("events")),
        seconds=seconds if isinstance(seconds, float) and 0 <= seconds < 1e6 else 0.0,
    )


def _read_output(item: Any, body: _Bytes, limit: int) -> CellOutput:
    if not isinstance(item, dict):
        raise values.Malformed("an output that is no object")
    kind = item.get("output_type")
    text = body.part(item.get("text")).decode("utf-8", "replace")[:limit]
    if kind == "stream":
        return CellOutput(
            kind, name="stderr" if item.get("name") == "stderr" else "stdout", text=text
        )
    if kind == "error":
        name, value = _text(item.get("ename"), 200), _text(item.get("evalue"), 2000)
        return CellOutput(kind, name=name, text=value, trace=text[:20_000])
    if kind not in ("display_data", "execute_result"):
        raise values.Malformed("an output of unknown kind")
    count, png = item.get("execution_count"), body.part(item.get("png"))
    return CellOutput(
        kind,
        text=text,
        png=png if png.startswith(PNG) else b"",
        count=count if type(count) is int and 0 <= count < 10**6 else None,
    )


def read_reply(message: dict[str, Any], body: bytes) -> CallReply:
    """The answer to a call.

    Raises:
        Malformed: where the reply is not of the agreed form.
        SessionEnded: where the call's process ended before it answered.
    """
    events = _read_events(message.get("events"))
    if "died" in message:
        raise SessionEnded(Ending.DIED, exit_text(message["died"]))
    if message.get("missing") is True:
        return CallReply(missing=True, found_type=_text(message.get("type"), 100), events=events)
    if message.get("large") is True:
        return CallReply(large=True, events=events)
    error = message.get("error")
    if isinstance(error, dict):
        line = error.get("line")
        raised = Raised(
            ename=_text(error.get("ename"), 100),
            message=_text(error.get("message"), 500),
            cell=_text(error.get("cell"), 200),
            line=line if type(line) is int and 0 < line < 100_000 else 0,
        )
        return CallReply(raised=raised, events=events)
    return CallReply(value=values.decode(message.get("value"), body), events=events)


def exit_text(code: Any) -> str:
    """How a process ended, in words: ``exit code 3``, ``signal SIGSEGV``."""
    if type(code) is int and -64 <= code < 0:
        names = {number.value: number.name for number in signal.Signals}
        return f"signal {names.get(-code, -code)}"
    return f"exit code {code}" if type(code) is int and 0 <= code < 256 else "ended"
