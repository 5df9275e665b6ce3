"""Modules that an assignment forbids: importing one says so in plain words."""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

_told: list[Callable[[str], None]] = []


class Forbidden(MetaPathFinder):
    """Refuses the modules of an assignment's list, and what lies below them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> Any:
        """Raise for a forbidden module, leave others to the next finder."""
        for name in self.names:
            if fullname == name or fullname.startswith(name + "."):
                for tell in _told:
                    tell(name)
                raise ModuleNotFoundError(
                    f"{name} is not available in this assignment", name=fullname
                )
        return None


def install(names: Sequence[str]) -> None:
    """Put the refusal in front of every other way to import."""
    sys.meta_path.insert(0, Forbidden(names))


def on_attempt(tell: Callable[[str], None]) -> None:
    """Have ``tell`` called with the name of a module that was asked for and refused."""
    _told.append(tell)
