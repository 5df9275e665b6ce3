"""One submission's life in the box, as the judge sees it: cells run, then functions are called."""

import contextlib
import json
import socket
import time
from collections.abc import Sequence
from typing import Any

from autograder.assignment import Limits
from autograder.sandbox.errors import Ending, SandboxError, SessionEnded
from autograder.sandbox.inside import values, wire
from autograder.sandbox.replies import CallReply, CellResult, exit_text, read_reply, read_result

MAX_JSON = 1 << 20  # texts, pictures and arrays travel as raw bytes: what is left is small


class Session:
    """A fresh process in namespaces of its own; get one from ``Sandbox.session()``."""

    def __init__(self, connection: socket.socket, status: socket.socket, limits: Limits) -> None:
        self._connection = connection
        self._status = status
        self._limits = limits
        self._checkpoints: list[Checkpoint] = []
        self._ending: SessionEnded | None = None
        self._said: dict[str, Any] = {}  # by the keeper, who is ours

    def run(self, code: str, *, cell: str, count: int, timeout: float) -> CellResult:
        """Run one cell.

        Args:
            code: its source.
            cell: the judge's name for it, returned with exceptions that arise in it.
            count: its number, as in ``In [3]``.
            timeout: seconds of wall time.

        Raises:
            SessionEnded: where the process ended, hung, or said something malformed; the session is
                gone then.
        """
        deadline = time.monotonic() + timeout
        limits = self._limits
        request = wire.pack({"op": "run", "code": code, "cell": cell, "count": count})
        try:
            wire.send(self._connection, request, deadline)
            message, body = wire.receive(
                self._connection,
                max_json=MAX_JSON,
                # at most four bytes a character, four times as much in pictures, and tracebacks
                max_body=8 * limits.output_bytes + (16 << 20),
                deadline=deadline,
            )
            return read_result(message, body, limits)
        except (wire.Late, wire.Closed, values.Malformed) as error:
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

    @property
    def processor_seconds(self) -> float:
        """What all its processes together used of a processor; known when it is gone, 0 before."""
        return float(self._said.get("processor", 0.0))

    def _end(self, error: Exception) -> SessionEnded:
        """End the session and say why: the keeper's word first, then ours."""
        if self._ending is None:
            if isinstance(error, wire.Closed):
                # a process that was killed for what it used looks like one that closed its end
                self._listen(1.0)
            self._finish()
            self._ending = _why(error, self._said)
        return self._ending

    def _finish(self) -> None:
        for checkpoint in self._checkpoints:
            checkpoint.close()
        self._connection.close()
        with contextlib.suppress(OSError):
            self._status.shutdown(socket.SHUT_WR)
            while self._listen(10.0):
                pass
        self._status.close()

    def _listen(self, wait: float) -> bool:
        """Note the keeper's next word; whether one came within ``wait`` seconds."""
        try:
            self._status.settimeout(wait)
            words = self._status.recv(4096).splitlines()
            heard = [json.loads(word) for word in words]
        except (OSError, ValueError):
            return False
        for word in heard:
            # the first end is the true one: what follows comes from our own hanging up
            self._said = {**word, **self._said}
        return bool(heard)

    def ended(self, wait: float) -> SessionEnded | None:
        """Why the whole session ended, if within ``wait`` seconds the keeper says that it did."""
        if self._ending is None:
            self._listen(wait)
            if "ended" in self._said:
                self._ending = _why(wire.Closed("ended"), self._said)
                self._finish()
        return self._ending


class Checkpoint:
    """A waiting copy of a session's process."""

    def __init__(self, session: Session, connection: socket.socket, limits: Limits) -> None:
        self._session = session
        self._connection = connection
        self._limits = limits
        self._process: socket.socket | None = None  # the line to the last call's

    def call(
        self, function: str, args: Sequence[Any], timeout: float, *, shared: bool = False
    ) -> CallReply:
        """Call the student's ``function`` with fresh copies of ``args``, in a copy of the process.

        Args:
            function: a name in the student's namespace.
            args: positional arguments: arrays, numbers, texts, None, and lists, tuples and dicts of
                them.
            timeout: seconds of wall time.
            shared: in the copy of the call before, if that went well, which saves making another;
                else in a new one.

        Raises:
            SessionEnded: where this call's process ended, hung or answered something malformed.
                Other calls and other checkpoints are not touched, unless the whole session ended:
                ``Session.ended`` tells.
        """
        body = values.Body()
        # a tuple: a list of numbers alone would travel as an array
        tree = values.encode(tuple(args), body)
        request = wire.pack({"op": "call", "function": function, "args": tree}, body)
        deadline = time.monotonic() + timeout
        process, self._process = self._process, None
        if process is not None and not shared:
            process.close()
            process = None
        try:
            process = process or self._copy(deadline)
            wire.send(process, request, deadline)
            message, raw = wire.receive(
                process, max_json=MAX_JSON, max_body=self._limits.reply_bytes, deadline=deadline
            )
            reply = read_reply(message, raw)
            self._process, process = process, None
            return reply
        except (wire.Late, TimeoutError) as error:
            raise SessionEnded(Ending.TIMEOUT, f"no answer in {timeout:g} s") from error
        except (wire.Closed, OSError) as error:
            ended = self._session.ended(0.5)
            raise ended or SessionEnded(Ending.DIED, "its process ended") from error
        except values.Malformed as error:
            raise SessionEnded(Ending.REFUSED, str(error)) from error
        finally:
            if process is not None:
                process.close()

    def _copy(self, deadline: float) -> socket.socket:
        """A line to a new copy of the process."""
        request = wire.pack({"op": "copy"})
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._connection.settimeout(max(0.01, deadline - time.monotonic()))
                sent = socket.send_fds(self._connection, [request], [theirs.fileno()])
            wire.send(self._connection, request[sent:], deadline)
        except BaseException:
            ours.close()
            raise
        return ours

    def close(self) -> None:
        """Let the copy go."""
        if self._process is not None:
            self._process.close()
        self._connection.close()


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
    if isinstance(error, values.Malformed):
        return SessionEnded(Ending.REFUSED, str(error))
    return SessionEnded(Ending.DIED, exit_text(said.get("runner", said.get("code"))))
