"""An instructor's own assignment: a folder with a package and a text, anywhere."""

import hashlib
import importlib.util
import keyword
import re
import sys
import traceback
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from autograder.assignment import Assignment

PREFIX = "autograder_own"  # of the modules' names


class AuthoringError(ValueError):
    """An assignment of the instructor's own cannot be used; the message says why and where."""


def names(folder: Path) -> tuple[str, ...]:
    """Names of the assignments in ``folder``: one folder each, with a package in it."""
    found = (path.parent.name for path in folder.glob("*/__init__.py"))
    return tuple(sorted(name for name in found if usable(name)))


def usable(name: str) -> bool:
    """Whether an assignment may be called so: a file's, a package's and an exercise's name."""
    return bool(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name)) and not keyword.iskeyword(name)


def load(folder: Path) -> Assignment:
    """The assignment in ``folder``; the same object until one of its files is changed.

    Raises:
        AuthoringError: where its code does not run, or gives no assignment of the folder's name.
    """
    folder = folder.resolve()
    digest = hashlib.sha256(str(folder).encode())
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"\n{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return _load(folder, digest.hexdigest()[:12])


@lru_cache(maxsize=64)
def _load(folder: Path, digest: str) -> Assignment:
    # under a name of its own: another course may have one that is called the same
    name = f"{PREFIX}_{digest}_{folder.name}"
    found = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # it is the author's folder
    try:
        found.loader.exec_module(module)
    except Exception as error:
        for loaded in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
            del sys.modules[loaded]
        raise AuthoringError(f"{folder.name}: {_where(error, folder)}{_said(error)}") from error
    finally:
        sys.dont_write_bytecode = before
    made = getattr(module, "ASSIGNMENT", None)
    if not isinstance(made, Assignment):
        raise AuthoringError(f"{folder / '__init__.py'} defines no ASSIGNMENT")
    if made.name != folder.name or made.notebook != folder.name:
        raise AuthoringError(
            f"{folder / '__init__.py'}: name and notebook are {made.name!r} and "
            f"{made.notebook!r}; both must be that of the folder, {folder.name!r}"
        )
    return replace(made, folder=folder)


def _where(error: Exception, folder: Path) -> str:
    """The last line of the author's own that an error went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}, line {error.lineno}: "
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if Path(f.filename).is_relative_to(folder)]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}: " if own else ""


def _said(error: Exception) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}"
