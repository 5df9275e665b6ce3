"""A real Jupyter server on a port of its own, and pages on it that are watched."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SHOTS = os.environ.get("RNNCOURSE_SHOTS")  # a folder for pictures to look at
TOKEN = "test-token-" + secrets.token_hex(8)


@dataclass(frozen=True)
class Server:
    """A Jupyter server that is up."""

    address: str
    root: Path

    def enter(self, page: Any) -> None:
        """Show the token once; the browser keeps it as a cookie."""
        # not on a page of formgrader: it would keep the cookie for its own path alone
        page.goto(f"{self.address}/api/status?token={TOKEN}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: Any) -> Iterator[Server]:
    """JupyterLab with nbgrader's extensions over an empty folder, killed at the end."""
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("root")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNINGS"} | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_TOKEN": TOKEN,
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={root}"]
    # a random first port, so that servers of tests at the same time seldom meet
    command += [f"--ServerApp.port={20_000 + secrets.randbelow(20_000)}"]
    command += ["--ServerApp.port_retries=200"]
    log = home / "server.log"
    with log.open("wb") as out:
        running = subprocess.Popen(
            command, cwd=root, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield Server(_address(running, home / "runtime", log), root)
        running.terminate()  # it ends its kernels
        running.wait(20)
    finally:
        with contextlib.suppress(ProcessLookupError):  # whatever of it is left
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def _address(running: "subprocess.Popen[bytes]", runtime: Path, log: Path) -> str:
    """Where a server listens: it writes that down when it does."""
    for _ in range(600):
        assert running.poll() is None, f"the server ended:\n{log.read_text()[-3000:]}"
        for note in runtime.glob("jpserver-*.json"):
            try:
                return f"http://127.0.0.1:{json.loads(note.read_text())['port']}"
            except ValueError:
                pass  # it is being written
        time.sleep(0.1)
    pytest.fail(f"the server does not listen:\n{log.read_text()[-3000:]}")


class Watched:
    """A page with what it asked of other hosts, and what went wrong on it."""

    def __init__(self, browser: Any, server: Server, width: int = 1280) -> None:
        self.server = server
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.context = browser.new_context(viewport={"width": width, "height": 900})
        self.context.route("**/*", self._route)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._dialog)
        server.enter(self.page)

    def _route(self, route: Any) -> None:
        url = route.request.url
        if url.startswith((self.server.address, "data:", "blob:", "file:", "about:")):
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()

    def _dialog(self, dialog: Any) -> None:
        if dialog.type == "beforeunload":  # JupyterLab asks before it leaves what is not saved
            dialog.accept()
        else:
            self.errors.append(f"dialog: {dialog.message}")
            dialog.dismiss()

    def goto(self, path: str) -> None:
        self.page.goto(f"{self.server.address}/{path}")

    def shot(self, name: str) -> None:
        """Keep a picture where someone wants to look."""
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{SHOTS}/{name}.png")


@pytest.fixture
def seen(chromium_for_module: Any, server: Server) -> Iterator[Watched]:
    """A page that must ask nothing of other hosts, and in which nothing may stop or run."""
    watched = Watched(chromium_for_module, server)
    yield watched
    assert watched.outside == [] and watched.errors == []
    assert watched.page.evaluate("window.hacked ?? 0") == 0
    watched.context.close()
