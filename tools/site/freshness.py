"""Decides which kept outputs are still true: those whose chapter would read the same again.

jupyter-cache knows a notebook by the text of its cells alone. What else decides an output is kept
with it (`Reads`): the installed versions, the content of every file of the repository that the
chapter loaded or opened, the names in every folder that it listed, and the modules of the library
that it looked for and did not find. If none of these has changed, neither has the output. A chapter
that starts another Python is out of sight: for it everything counts (`library_key`).

What is not seen is a question for a file's existence without opening it.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from .paths import BUILD, LIBRARY, MEASURED, NODE_MODULES, ROOT

KEY = "RNNCOURSE_LIBRARY_KEY"


def digest(*parts: bytes) -> str:
    """Sixteen characters that name some bytes."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


@cache
def versions_key() -> str:
    """Name the Python and the packages that are installed, but the library itself."""
    versions = {f"{d.name}=={d.version}" for d in distributions() if d.name != "rnncourse"}
    return digest(sys.version.encode(), "\n".join(sorted(versions)).encode())


@cache
def library_key() -> str:
    """Name the state of everything but the chapters' own text that their outputs may depend on.

    A build hands its key on to the processes that it starts: they share its outputs, whichever
    packages they run under, and a file saved meanwhile changes the next build and not half of this.
    """
    if given := os.environ.get(KEY):
        return given
    parts = [versions_key().encode()]
    for file in sorted([*LIBRARY.rglob("*"), *MEASURED.glob("*.json")]):
        if file.is_file() and "__pycache__" not in file.parts:
            parts += [file.relative_to(ROOT).as_posix().encode(), file.read_bytes()]
    return digest(*parts)


class Snapshot:
    """The repository's files as they were when each was first asked for."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def file(self, name: str) -> str:
        """The content's name, or "" where there is no such file (below the repository)."""
        if name not in self._files:
            path = ROOT / name
            self._files[name] = digest(path.read_bytes()) if path.is_file() else ""
        return self._files[name]

    def folder(self, name: str) -> str:
        """The name of the list of what is in a folder."""
        if name not in self._folders:
            path = ROOT / name
            inside = sorted(os.listdir(path)) if path.is_dir() else []
            inside = [n for n in inside if n != "__pycache__"]
            self._folders[name] = digest("\n".join(inside).encode())
        return self._folders[name]

    def take(self) -> "Snapshot":
        """Look at the library now, so that a file saved during a run counts as changed."""
        for file in [*LIBRARY.rglob("*"), *MEASURED.rglob("*")]:
            if file.is_file() and "__pycache__" not in file.parts:
                self.file(file.relative_to(ROOT).as_posix())
            elif file.is_dir() and file.name != "__pycache__":
                self.folder(file.relative_to(ROOT).as_posix())
        return self


def reads(seen: dict[str, Any], before: Snapshot) -> dict[str, Any]:
    """What to keep with a chapter's outputs, from what `recorder.report` gave.

    Args:
        seen: The report.
        before: The repository as it was before the chapter ran.
    """
    absent = [name for name in seen["absent"] if name.split(".")[0] == LIBRARY.name]
    return {
        "versions": versions_key(),
        "files": {name: before.file(name) for name in _inside(seen["files"])},
        "folders": {name: before.folder(name) for name in _inside(seen["folders"])},
        "absent": absent,
        "library": library_key() if seen["elsewhere"] else None,
    }


def fresh(kept: Any, now: Snapshot) -> bool:
    """Whether a chapter whose reads are `kept` would read the same in the repository `now`."""
    if not isinstance(kept, dict) or kept["versions"] != versions_key():
        return False
    return (
        all(now.file(name) == content for name, content in kept["files"].items())
        and all(now.folder(name) == content for name, content in kept["folders"].items())
        and not any(_there(name) for name in kept["absent"])
        and kept["library"] in (None, library_key())
    )


def outputs_key(outputs: Path, data: Any) -> str:
    """Name a chapter's kept outputs: a page that shows others is read anew."""
    seconds = (data or {}).get("execution_seconds")
    return digest(outputs.read_bytes(), json.dumps(seconds).encode())


def _there(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def _inside(paths: list[str]) -> Iterator[str]:
    """Those below the repository that no package and no build has put there, relative to it."""
    root = ROOT.resolve()
    outside = [Path(sys.prefix).resolve(), BUILD.resolve(), NODE_MODULES.resolve()]
    for name in paths:
        path = Path(name)
        if path.is_relative_to(root) and not any(path.is_relative_to(other) for other in outside):
            yield path.relative_to(root).as_posix()
