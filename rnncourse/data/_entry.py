"""What the catalogue says of a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Entry", "drawn"]


class Entry(NamedTuple):
    """One data set."""

    name: str
    summary: str
    origin: str
    licence: str  # of the data, not of the code that reads or draws them
    same_everywhere: bool  # promised whatever the versions of Python and of the packages
    load: Callable[[], Any]
    needs: str = ""  # a package of the extra `data`, or files that the reader has


def drawn(name: str, summary: str, origin: str, generate: Callable[..., Any]) -> Entry:
    """A task whose `load` gives the generator, to be called with an rng."""
    return Entry(name, summary, origin, "MIT, drawn here", True, lambda: generate)
