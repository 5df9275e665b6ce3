"""One submission's life in the box, as the judge sees it: cells are run, then functions are called."""

import contextlib
import json
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder.assignment import Limits
from autograder.sandbox.errors import Ending, SandboxError, SessionEnded
from autograder.sandbox.inside import wire

PNG = b"\x89PNG\r\n\x1a\n"
MAX_JSON_PER_TEXT = 6  # a control character takes six bytes in JSON
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


class Session:
    """A fresh process in namespaces of its own; get one from ``Sandbox.session()``."""

    def __init__(self, connection: socket.socket, status: socket.socket, limits: Limits) -> None:
        self._connection = connection
        self._status = status
        self._limits = limits
        self._checkpoints: list[Checkpoint] = []
        self._ending: SessionEnded | None = None

    def run(self, code: str, *, cell: str, count: int, timeout: float) -> CellResult:
        """Run one cell.

        Args:
            code: its source.
            cell: the judge's name for it, returned with exceptions that arise in it.
            count: its number, as in ``In [3]``.
            timeout: seconds of wall time.

        Raises:
            SessionEnded: where the process ended, hung, or said something malformed; the session is gone then.
        """
        deadline = time.monotonic() + timeout
        limits = self._limits
        request = wire.pack({"op": "run", "code": code, "cell": cell, "count": count})
        try:
            wire.send(self._connection, request, deadline)
            message, body = wire.receive(
                self._connection,
                max_json=MAX_JSON_PER_TEXT * limits.output_bytes + (1 << 20),
                max_body=4 * limits.output_bytes,
                deadline=deadline,
            )
            return _read_result(message, body, limits)
        except (wire.Late, wire.Closed, wire.Malformed) as error:
            raise self._end(error) from error

    def checkpoint(self) -> "Checkpoint":
        """A copy of the process as it is now, that waits for calls.

        Raises:
            SessionEnded: as for ``run``.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            request = wire.pack({"op": "checkpoint"})
            try:
                self._connection.settimeout(self._limits.cell_seconds)
                sent = socket.send_fds(self._connection, [request], [theirs.fileno()])
                wire.send(self._connection, request[sent:], time.monotonic() + 1)
            except (OSError, wire.Late, wire.Closed) as error:
                ours.close()
                raise self._end(wire.Closed(str(error))) from error
        checkpoint = Checkpoint(self, ours, self._limits)
        self._checkpoints.append(checkpoint)
        return checkpoint

    def close(self) -> None:
        """Kill everything in the session and wait until it is gone."""
        if self._ending is None:
            self._ending = SessionEnded(Ending.DIED, "closed")
        self._finish()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end(self, error: Exception) -> SessionEnded:
        """End the session and say why: the keeper's word first, then ours."""
        if self._ending is None:
            # a process that was killed for what it used looks like one that closed its connection
            said = self._finish(wait=1.0 if isinstance(error, wire.Closed) else 0.0)
            self._ending = _why(error, said)
        return self._ending

    def _finish(self, wait: float = 0.0) -> dict[str, Any]:
        for checkpoint in self._checkpoints:
            checkpoint.close()
        said = _hear(self._status, wait) if wait else {}
        with contextlib.suppress(OSError):
            self._status.shutdown(socket.SHUT_WR)
            said = said or _hear(self._status, 10.0)
        self._connection.close()
        self._status.close()
        return said

    def ended(self, wait: float) -> SessionEnded | None:
        """Why the whole session ended, if within ``wait`` seconds the keeper says that it did."""
        if self._ending is None and (said := _hear(self._status, wait)):
            self._ending = _why(wire.Closed("ended"), said)
            self._finish()
        return self._ending


class Checkpoint:
    """A waiting copy of a session's process."""

    def __init__(self, session: Session, connection: socket.socket, limits: Limits) -> None:
        self._session = session
        self._connection = connection
        self._limits = limits

    def call(self, function: str, args: Sequence[Any], timeout: float) -> CallReply:
        """Call the student's ``function`` with fresh copies of ``args``, in a process of its own.

        Args:
            function: a name in the student's namespace.
            args: positional arguments: arrays, numbers, texts, None, and lists, tuples and dicts of them.
            timeout: seconds of wall time.

        Raises:
            SessionEnded: where this call's process ended, hung or answered something malformed. Other calls and other
                checkpoints are not touched, unless the whole session ended: ``Session.ended`` tells.
        """
        body = wire.Body()
        tree = (
            wire.encode(list(args), body)
            if _has_arrays(args)
            else ["l", [wire.encode(a, body) for a in args]]
        )
        request = wire.pack({"op": "call", "function": function, "args": tree}, body)
        deadline = time.monotonic() + timeout
        ours, theirs = socket.socketpair()
        with ours:
            try:
                with theirs:
                    self._connection.settimeout(max(0.01, deadline - time.monotonic()))
                    sent = socket.send_fds(self._connection, [request], [theirs.fileno()])
                wire.send(self._connection, request[sent:], deadline)
                message, raw = wire.receive(
                    ours, max_json=1 << 18, max_body=self._limits.reply_bytes, deadline=deadline
                )
                return _read_reply(message, raw)
            except (wire.Closed, OSError) as error:
                ended = self._session.ended(0.5)
                raise ended or SessionEnded(Ending.DIED, "its process ended") from error
            except wire.Late as error:
                raise SessionEnded(Ending.TIMEOUT, f"no answer in {timeout:g} s") from error
            except wire.Malformed as error:
                raise SessionEnded(Ending.REFUSED, str(error)) from error

    def close(self) -> None:
        """Let the copy go."""
        self._connection.close()


def _has_arrays(args: Sequence[Any]) -> bool:
    return any(hasattr(a, "__array__") or isinstance(a, list | tuple | dict) for a in args)


def _hear(status: socket.socket, wait: float) -> dict[str, Any]:
    """The keeper's last word, if it comes within ``wait`` seconds."""
    try:
        status.settimeout(wait)
        said = json.loads(status.recv(4096) or b"{}")
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _why(error: Exception, said: dict[str, Any]) -> SessionEnded:
    ended = said.get("ended")
    if ended == "setup":
        raise SandboxError(f"a session could not be set up: {said.get('detail', '')}")
    if ended == "memory":
        return SessionEnded(Ending.MEMORY, "over the memory limit")
    if ended == "processes":
        return SessionEnded(Ending.PROCESSES, "too many processes")
    if isinstance(error, wire.Late):
        return SessionEnded(Ending.TIMEOUT, "no answer in time")
    if isinstance(error, wire.Malformed):
        return SessionEnded(Ending.REFUSED, str(error))
    return SessionEnded(Ending.DIED, f"exit code {said['code']}" if "code" in said else "ended")


# ------------------------------------------------------------------------------------------------ reading replies


def _text(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _read_events(value: Any) -> tuple[Event, ...]:
    if not isinstance(value, list):
        return ()
    pairs = (item for item in value[:100] if isinstance(item, list) and len(item) == 2)
    return tuple((_text(kind, 40), _text(detail, 200)) for kind, detail in pairs)


def _read_result(message: dict[str, Any], body: bytes, limits: Limits) -> CellResult:
    found = message.get("outputs")
    if not isinstance(found, list) or len(found) > 1000:
        raise wire.Malformed("a cell's reply without outputs")
    seconds, dropped = message.get("seconds"), message.get("dropped")
    return CellResult(
        outputs=tuple(_read_output(item, body, limits.output_bytes) for item in found),
        ok=message.get("ok") is True,
        dropped=dropped if type(dropped) is int and dropped > 0 else 0,
        events=_read_events(message.get("events")),
        seconds=seconds if isinstance(seconds, float) and 0 <= seconds < 1e6 else 0.0,
    )


def _read_output(item: Any, body: bytes, limit: int) -> CellOutput:
    if not isinstance(item, dict):
        raise wire.Malformed("an output that is no object")
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return CellOutput(kind, name=name, text=_text(item.get("text"), limit))
    if kind == "error":
        name, value = _text(item.get("ename"), 200), _text(item.get("evalue"), 2000)
        return CellOutput(kind, name=name, text=value, trace=_text(item.get("trace"), 20_000))
    if kind not in {"display_data", "execute_result"}:
        raise wire.Malformed("an output of unknown kind")
    count = item.get("execution_count")
    return CellOutput(
        kind,
        text=_text(item.get("text"), limit),
        png=_read_png(item.get("png"), body),
        count=count if type(count) is int and 0 <= count < 10**6 else None,
    )


def _read_png(place: Any, body: bytes) -> bytes:
    if place is None:
        return b""
    if not (isinstance(place, list) and len(place) == 2 and all(type(n) is int for n in place)):
        raise wire.Malformed("a picture that is nowhere")
    offset, size = place
    if not (0 <= offset <= len(body) and 0 <= size <= len(body) - offset):
        raise wire.Malformed("a picture that is not in the frame")
    raw = body[offset : offset + size]
    return raw if raw.startswith(PNG) else b""


def _read_reply(message: dict[str, Any], body: bytes) -> CallReply:
    events = _read_events(message.get("events"))
    if "died" in message:
        raise wire.Closed("the call's process ended")
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
    return CallReply(value=wire.decode(message.get("value"), body), events=events)
