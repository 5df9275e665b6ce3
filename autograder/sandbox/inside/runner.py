"""The runner: executes cells, and forks copies of itself that answer calls later.

It is the student's process: whatever it says is only ever taken as data.
"""

import contextlib
import os
import select
import signal
import socket
import sys
import time
import traceback
from typing import Any

from . import changes, events, shell, values, wire

REQUEST_JSON, REQUEST_BODY = 8 << 20, 256 << 20


class Runner:
    """Serves one session on one connection."""

    def __init__(
        self, connection: socket.socket, prepared: shell.Shell, limits: dict[str, Any]
    ) -> None:
        self.connection = connection
        self.shell = prepared
        self.reply_bytes = int(limits["reply_bytes"])
        self.cells: dict[str, str] = {}  # file name of a compiled cell: the judge's name for it
        self.current = ""
        shell.redirect(prepared, int(limits["output_bytes"]))
        self._remember_names()
        events.install()
        self.watch = changes.Watch(prepared)

    def serve(self) -> None:
        """Answer requests until the connection closes."""
        while True:
            fds: list[int] = []
            try:
                message, _ = wire.receive(
                    self.connection, max_json=REQUEST_JSON, max_body=REQUEST_BODY, fds=fds
                )
            except wire.Closed:
                return
            if message["op"] == "run":
                self._send(self.connection, *self._run(message))
            elif message["op"] == "checkpoint":
                self._fork_checkpoint(fds[0])

    def _send(
        self, sock: socket.socket, message: dict[str, Any], body: values.Body | None = None
    ) -> None:
        wire.send(sock, wire.pack(message, body))

    # --------------------------------------------------------------------------------------- cells

    def _remember_names(self) -> None:
        compiler = self.shell.compile
        cache = compiler.cache

        def cache_and_note(*args: Any, **kwargs: Any) -> str:
            name = cache(*args, **kwargs)
            self.cells[name] = self.current
            return str(name)

        compiler.cache = cache_and_note  # type: ignore[method-assign]

    def _run(self, message: dict[str, Any]) -> tuple[dict[str, Any], values.Body]:
        self.current = message["cell"]
        collector = self.shell.collector
        collector.clear()
        self.shell.execution_count = message["count"]
        shell.restore_streams(self.shell)
        started = time.monotonic()
        with events.watching():
            result: Any = self.shell.run_cell(  # type: ignore[no-untyped-call]
                message["code"], store_history=True
            )
        body = values.Body()
        outputs = []
        for item in collector.items:
            if "parts" in item:
                item["text"] = "".join(item.pop("parts"))
            for name in item.keys() & {"text", "png"}:
                raw = item[name]
                raw = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
                item[name] = [body.add(raw), len(raw)]
            outputs.append(item)
        reply: dict[str, Any] = {
            "outputs": outputs,
            "dropped": collector.dropped,
            "seconds": time.monotonic() - started,
            "events": [*events.taken(), *self.watch.new()],
            "ok": bool(result.success),
        }
        return reply, body

    # --------------------------------------------------------------------------------------- calls

    def _fork_checkpoint(self, fd: int) -> None:
        if os.fork() != 0:
            os.close(fd)
            return
        try:
            self.connection.close()
            self._serve_calls(socket.socket(fileno=fd))
        finally:
            os._exit(0)

    def _serve_calls(self, checkpoint: socket.socket) -> None:
        while True:
            fds: list[int] = []
            try:
                wire.receive(checkpoint, max_json=REQUEST_JSON, max_body=0, fds=fds)
            except wire.Closed:
                return
            child = os.fork()
            if child == 0:
                try:
                    checkpoint.close()
                    self._answer(socket.socket(fileno=fds[0]))
                finally:
                    os._exit(0)
            _wait(child, fds[0])

    def _answer(self, sock: socket.socket) -> None:
        """Answer calls until the judge hangs up."""
        while True:
            try:
                message, body = wire.receive(sock, max_json=REQUEST_JSON, max_body=REQUEST_BODY)
            except wire.Closed:
                return
            out = values.Body()
            try:
                reply = self._call(message, body, out)
            except BaseException as error:
                out = values.Body()
                reply = {"error": self._describe(error)}
            if out.size > self.reply_bytes:
                out = values.Body()
                reply = {"large": True}
            reply["events"] = events.taken()
            self._send(sock, reply, out)

    def _call(self, message: dict[str, Any], body: bytes, out: values.Body) -> dict[str, Any]:
        arguments = values.decode(message["args"], body)
        name = message["function"]
        if name not in self.shell.user_ns:
            return {"missing": True}
        function = self.shell.user_ns[name]
        if not callable(function):
            return {"missing": True, "type": type(function).__name__}
        with events.watching():
            value = function(*arguments)
        return {"value": values.encode(value, out)}

    def _describe(self, error: BaseException) -> dict[str, Any]:
        """Type and place of an exception: the last line of the student's cells that it passed."""
        cell, line = "", 0
        with contextlib.suppress(Exception):
            for frame, number in traceback.walk_tb(error.__traceback__):
                name = frame.f_code.co_filename
                if name in self.cells:
                    cell, line = self.cells[name], number
        text = ""
        with contextlib.suppress(Exception):
            text = str(error)[:500]
        return {"ename": type(error).__name__[:100], "message": text, "cell": cell, "line": line}


def _wait(child: int, fd: int) -> None:
    """Wait for a process that calls run in, kill it when the judge hangs up, tell how it ended."""
    process = os.pidfd_open(child)
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(fd, select.POLLHUP)
    poll.poll()
    with contextlib.suppress(OSError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(process)
    with contextlib.suppress(wire.Closed, OSError), socket.socket(fileno=fd) as sock:
        wire.send(
            sock, wire.pack({"died": os.waitstatus_to_exitcode(status)}), time.monotonic() + 1
        )


sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))
