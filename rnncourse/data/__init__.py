"""Data that needs no download: generated, computed, or carried by Python itself.

`catalogue()` lists what there is; `load(name)` gives it.

>>> [entry.name for entry in catalogue()]
['quick-exercise', 'zen', 'heaps', 'documentation', 'source']
>>> load("zen").splitlines()[0]
'The Zen of Python, by Tim Peters'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from rnncourse.data.batches import pad, streams
from rnncourse.data.characters import Characters, one_hot
from rnncourse.data.quick_exercise import QuickExercise, quick_exercise
from rnncourse.data.text import documentation, heaps, source, zen

__all__ = [
    "Characters",
    "Entry",
    "QuickExercise",
    "catalogue",
    "documentation",
    "heaps",
    "load",
    "one_hot",
    "pad",
    "quick_exercise",
    "source",
    "streams",
    "zen",
]


class Entry(NamedTuple):
    """One data set."""

    name: str
    summary: str
    origin: str
    same_everywhere: bool  # promised whatever the version of Python
    load: Callable[[], Any]


_ENTRIES = (
    Entry(
        "quick-exercise",
        "one logistic unit, three inputs: small enough to work by hand",
        "the values of a lecture's exercise; the answers are computed",
        True,
        quick_exercise,
    ),
    Entry(
        "zen",
        "The Zen of Python, 856 characters of English aphorisms",
        "the module `this`, where it is written in ROT13",
        True,
        zen,
    ),
    Entry(
        "heaps",
        "an essay on heaps by François Pinard, 4,700 characters of English prose",
        "the module `heapq`, as `heapq.__about__`",
        False,
        heaps,
    ),
    Entry(
        "documentation",
        "Python's language reference, some 450,000 characters of English prose with markup",
        "the module `pydoc_data.topics`",
        False,
        documentation,
    ),
    Entry(
        "source",
        "Python source: modules of the standard library, one after the other",
        "the modules' own files",
        False,
        source,
    ),
)


def catalogue() -> tuple[Entry, ...]:
    """Every data set, with where it comes from."""
    return _ENTRIES


def load(name: str) -> Any:
    """The data set of that name.

    Raises:
        ValueError: there is none.
    """
    for entry in _ENTRIES:
        if entry.name == name:
            return entry.load()
    names = ", ".join(entry.name for entry in _ENTRIES)
    raise ValueError(f"name must be one of {names}; got {name!r}")
