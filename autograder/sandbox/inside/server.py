"""The fork server: imports what submissions will import, then forks a session whenever it is asked.

Started as ``python -m inside.server <fd>`` with one end of a socket pair. A request is a JSON
object with two file descriptors: the runner's connection, and the line on which the session's
keeper says how the session ended. The server never runs a student's code and never reads what a
session writes.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import shutil
import signal
import socket
import sys
from typing import Any

from . import forbid, keeper, kernel


def main(fd: int) -> None:
    """Serve until the other side closes the connection."""
    control = socket.socket(fileno=fd)
    message, _ = _read(control)
    if message is None:
        return
    forbid.install(message["forbidden"])
    _give_fonts()
    problems = {}
    for name in message["preload"]:
        try:
            _load(name)
        except Exception as error:  # a package that is not there is missed only by who imports it
            problems[name] = f"{type(error).__name__}: {error}"[:200]
    from . import runner, shell  # noqa: F401 (what every session would load)

    prepared = shell.make_shell()
    # collected pages would be copied in every session
    gc.collect()
    gc.freeze()
    kernel.collapse()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(json.dumps({"ready": True, "problems": problems}).encode())
    while True:
        message, fds = _read(control)
        if message is None:
            return
        if os.fork() == 0:
            with contextlib.suppress(BaseException):
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                keeper.keep(message, fds, prepared)
            os._exit(1)
        for number in fds:
            os.close(number)


def _give_fonts() -> None:
    """Put the list of fonts where matplotlib looks for it."""
    known = os.path.join(os.path.dirname(os.path.dirname(__file__)), "fonts")
    with contextlib.suppress(OSError, KeyError):
        shutil.copytree(known, os.environ["MPLCONFIGDIR"], dirs_exist_ok=True)


def _load(name: str) -> None:
    """Import a module; with ``.*`` at the end of its name, all modules in it too."""
    package = importlib.import_module(name.removesuffix(".*"))
    if name.endswith(".*"):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")


def _read(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    data, fds, _, _ = socket.recv_fds(control, 1 << 16, 4)
    return (json.loads(data) if data else None), list(fds)


if __name__ == "__main__":
    main(int(sys.argv[1]))
