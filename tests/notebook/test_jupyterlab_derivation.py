"""The derivation cell in a real JupyterLab: what is typed is shown as mathematics."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("RNNCOURSE_SHOTS")  # a folder for pictures to look at


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab with one notebook, its home in a folder of its own."""
    pytest.importorskip("jupyterlab")
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("%load_ext rnncourse"),
            nbformat.v4.new_code_cell(
                "%%derivation bptt.gradients\ndo[t] = yhat[t] - y[t]\ndh[T] = V.T @ do[T]"
            ),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    nbformat.write(notebook, work / "bptt.ipynb")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    port = _free_port()
    environment = os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.token=", "--ServerApp.password=", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={work}"]
    log = (tmp_path / "lab.log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status", server)
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(240):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"no answer from {url}")


def test_the_cell_follows_the_typing(lab: str, chromium_for_module: Any) -> None:
    page = chromium_for_module.new_page(viewport={"width": 1100, "height": 760})
    page.goto(f"{lab}/doc/tree/bptt.ipynb")
    page.wait_for_selector(".jp-CodeCell .cm-content", timeout=60_000)
    widget = page.locator(".rnncourse-derivation").first
    _run_all(page, widget)
    page.get_by_text("follows your typing").wait_for()
    assert widget.locator(".rd-line math").count() == 2

    editor = page.locator(".jp-CodeCell .cm-content").nth(1)
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\ndh[t] = V @ do[t]")
    message = widget.locator(".rd-wrong .rd-message")
    message.wait_for()
    assert "K×H @ K×1 does not fit" in message.inner_text()
    assert widget.locator(".rd-source mark").inner_text() == "V @ do[t]"
    _shot(page, "shape-error-light")

    for _ in range(len("V @ do[t]")):
        page.keyboard.press("Backspace")
    page.keyboard.type("Vᵀ @ ∇o[t] + Wᵀ @ ((1 - h[t+1]²) ⊙ ∇h[t+1])")
    page.wait_for_function("document.querySelectorAll('.rd-line.rd-fits').length === 3")
    drawn = widget.locator(".rd-line math").nth(2).text_content() or ""
    assert "⊙" in drawn and "⊤" in re.sub(r"\s", "", drawn)
    assert "3 of 8 steps written" in widget.locator(".rd-status").inner_text()
    _shot(page, "written-light")

    page.keyboard.type("\ndx[t] = U.T @ da[t]\ndc = sum(t, do[t]\ndV = sum(t, outer(h[t], do[t]))")
    page.wait_for_function("document.querySelectorAll('.rd-line.rd-wrong').length >= 2")
    _dark(page)
    _shot(page, "mistakes-dark")
    page.close()


def _run_all(page: Any, widget: Any) -> None:
    """Run the notebook; cells that are run before the kernel listens are dropped, so ask again."""
    page.get_by_text(re.compile(r"Python 3.*\| Idle")).wait_for(timeout=60_000)
    for attempt in range(6):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            widget.wait_for(timeout=5_000)
            return
        except Exception:
            if attempt == 5:
                raise


def _dark(page: Any) -> None:
    """Change Jupyter's theme by its own menu's command."""
    page.keyboard.press("Control+Shift+c")
    box = page.locator(".lm-CommandPalette-input, .jp-ModalCommandPalette input").first
    box.fill("Use Theme: JupyterLab Dark")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-jp-theme-light='false']", state="attached")
    page.wait_for_selector("#jupyterlab-splash", state="detached")


def _shot(page: Any, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/derivation-{name}.png")
