"""Frames: a fixed head (magic, two lengths), a JSON object, and a body of raw bytes.

Reading bounds both lengths before it allocates, and every wait has a deadline.

Both sides use this file; it is copied into the box, and imports nothing of this project.
"""

import json
import socket
import struct
import time
from typing import Any

from .values import Body, Malformed

HEAD = struct.Struct("<4sIQ")
MAGIC = b"RNC1"


class Closed(ConnectionError):
    """The other side closed the connection, or its process ended."""


class Late(TimeoutError):
    """Nothing, or not all, came before the deadline."""


def pack(message: dict[str, Any], body: Body | None = None) -> bytes:
    """One frame, ready to be sent."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    parts = body.parts if body else []
    return b"".join((HEAD.pack(MAGIC, len(text), sum(map(len, parts))), text, *parts))


def send(sock: socket.socket, frame: bytes, deadline: float | None = None) -> None:
    """Send all of ``frame`` before ``deadline`` (``time.monotonic()``).

    Raises:
        Late: where the other side did not read it in time.
        Closed: where it is gone.
    """
    view = memoryview(frame)
    try:
        while view:
            _set_timeout(sock, deadline)
            view = view[sock.send(view) :]
    except TimeoutError as error:
        raise Late("the frame was not read in time") from error
    except OSError as error:
        raise Closed("the other side is gone") from error


def receive(
    sock: socket.socket,
    *,
    max_json: int,
    max_body: int,
    deadline: float | None = None,
    fds: list[int] | None = None,
) -> tuple[dict[str, Any], bytes]:
    """One frame: its JSON object and its body.

    Args:
        sock: a stream socket.
        max_json: most bytes of JSON to accept.
        max_body: most bytes of body to accept.
        deadline: by ``time.monotonic()``; None waits for ever.
        fds: takes file descriptors that come with the frame; None takes none, and any that come are
            refused by the kernel's own rule (they are closed unread).

    Raises:
        Malformed: where what comes is no frame within the limits.
        Late: where it did not come whole before the deadline.
        Closed: where the connection ended first.
    """
    head = _receive_exactly(sock, HEAD.size, deadline, fds)
    magic, json_size, body_size = HEAD.unpack(head)
    if magic != MAGIC:
        raise Malformed("bytes that are no frame")
    if json_size > max_json or body_size > max_body:
        raise Malformed("a frame that is too large")
    text = _receive_exactly(sock, json_size, deadline)
    body = _receive_exactly(sock, body_size, deadline)
    try:
        message = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed("a frame whose JSON cannot be read") from error
    if not isinstance(message, dict):
        raise Malformed("a frame that is no JSON object")
    return message, bytes(body)


def _set_timeout(sock: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        sock.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    sock.settimeout(left)


def _receive_exactly(
    sock: socket.socket, size: int, deadline: float | None, fds: list[int] | None = None
) -> bytearray:
    buffer = bytearray(size)
    view, got = memoryview(buffer), 0
    try:
        while got < size:
            _set_timeout(sock, deadline)
            if fds is None:
                count = sock.recv_into(view[got:])
            else:
                data, came, _, _ = socket.recv_fds(sock, size - got, 4)
                fds.extend(came)
                count = len(data)
                view[got : got + count] = data
            if count == 0:
                raise Closed("the connection ended")
            got += count
    except TimeoutError as error:
        raise Late("no whole frame came in time") from error
    except Closed:
        raise
    except OSError as error:
        raise Closed("the other side is gone") from error
    return buffer
