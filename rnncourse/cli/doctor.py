"""Is the installation as the course needs it?"""

import importlib.metadata
import json
import os
import platform
import sys
from importlib.util import find_spec
from typing import NamedTuple

from rnncourse.cli.console import say, table

NOTEBOOK = "pip install 'rnncourse[notebook]'"
_PACKAGES = (
    ("numpy", "the networks", "pip install numpy"),
    ("matplotlib", "figures", NOTEBOOK),
    ("jupyterlab", "notebooks", NOTEBOOK),
    ("ipykernel", "running cells", NOTEBOOK),
    ("ipywidgets", "derivations as mathematics", NOTEBOOK),
    ("anywidget", "interactive figures", NOTEBOOK),
    ("nbclient", "rnncourse check", NOTEBOOK),
    ("nbformat", "rnncourse check", NOTEBOOK),
)
_MARKS = {"fine": "✓", "optional": "·", "missing": "✗"}


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    state: str  # "fine", "optional" (absent, and only some chapters need it) or "missing"
    detail: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at Python, the packages and the kernel; nothing is changed."""
    return [_python(), *map(_package, _PACKAGES), _torch(), _kernel()]


def show(findings: list[Finding]) -> None:
    """Print the findings and, where something is missing, what to do."""
    table(("", "", ""), [(_MARKS[f.state], f.what, f.detail) for f in findings])
    for remedy in dict.fromkeys(f.remedy for f in findings if f.state == "missing"):
        say(f"To do: {remedy}")
    if not any(f.state == "missing" for f in findings):
        say("All is well.")


def _python() -> Finding:
    version = platform.python_version()
    where = f"{version} at {sys.executable}"
    if (3, 11) <= sys.version_info < (3, 14):
        return Finding("Python", "fine", where)
    return Finding("Python", "missing", where, "use Python 3.11, 3.12 or 3.13")


def _package(entry: tuple[str, str, str]) -> Finding:
    name, purpose, remedy = entry
    try:
        return Finding(name, "fine", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "missing", f"not installed; needed for {purpose}", remedy)


def _torch() -> Finding:
    if find_spec("torch") is None:
        text = "not installed; some chapters need it, the assignments do not"
        return Finding("torch", "optional", text, "pip install 'rnncourse[torch]'")
    return Finding("torch", "fine", importlib.metadata.version("torch"))


def _kernel() -> Finding:
    """Whether the kernel "python3" runs this Python: with two environments it may be the other."""
    if find_spec("jupyter_client") is None or find_spec("ipykernel") is None:
        return Finding("kernel", "missing", "there is no Jupyter kernel", NOTEBOOK)
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except (NoSuchKernel, json.JSONDecodeError, OSError) as error:
        remedy = f"{sys.executable} -m ipykernel install --sys-prefix"
        return Finding("kernel", "missing", f"the kernel python3 cannot be used: {error}", remedy)
    program = spec.argv[0] if spec.argv else ""
    # a name without a folder is found on the path of whoever starts it: this Python, in its own
    if os.path.dirname(program) and not _same(program, sys.executable):
        remedy = f"{sys.executable} -m ipykernel install --sys-prefix"
        return Finding("kernel", "missing", f"python3 runs another Python: {program}", remedy)
    return Finding("kernel", "fine", f"python3 ({spec.display_name})")


def _same(one: str, other: str) -> bool:
    def folder(path: str) -> str:
        return os.path.normcase(os.path.abspath(os.path.dirname(path)))

    return folder(one) == folder(other)
