"""Data that needs no download: generated, computed, or carried by Python itself.

`catalogue()` lists what there is; `load(name)` gives it: a text, or, for a task that is drawn, the
function that draws it.

>>> [entry.name for entry in catalogue()][:5]
['quick-exercise', 'zen', 'heaps', 'documentation', 'source']
>>> load("zen").splitlines()[0]
'The Zen of Python, by Tim Peters'
>>> import numpy as np
>>> x, y = load("parity")(np.random.default_rng(0), T=4, B=1)
>>> x.ravel().tolist(), y.ravel().tolist()
([1, 1, 1, 0], [1, 0, 1, 1])
"""

from __future__ import annotations

from typing import Any

from rnncourse.data._entries_carried import CARRIED
from rnncourse.data._entries_drawn import DRAWN
from rnncourse.data._entry import Entry
from rnncourse.data.adding import adding
from rnncourse.data.arithmetic import (
    Expressions,
    arithmetic,
    arithmetic_chance,
    arithmetic_symbols,
)
from rnncourse.data.batches import pad, streams
from rnncourse.data.brackets import brackets, is_balanced
from rnncourse.data.copy_memory import copy_memory, copy_memory_chance
from rnncourse.data.elman_tasks import letters_in_words, xor_stream
from rnncourse.data.mackey_glass import mackey_glass
from rnncourse.data.one_hot import one_hot
from rnncourse.data.parity import parity
from rnncourse.data.quick_exercise import QuickExercise, quick_exercise
from rnncourse.data.reber import (
    embedded_reber,
    is_embedded_reber,
    is_reber,
    reber,
    reber_next,
)
from rnncourse.data.temporal_order import temporal_order
from rnncourse.data.text import documentation, heaps, source, zen
from rnncourse.data.two_time_scales import two_time_scales

__all__ = [
    "Entry",
    "Expressions",
    "QuickExercise",
    "adding",
    "arithmetic",
    "arithmetic_chance",
    "arithmetic_symbols",
    "brackets",
    "catalogue",
    "copy_memory",
    "copy_memory_chance",
    "documentation",
    "embedded_reber",
    "heaps",
    "is_balanced",
    "is_embedded_reber",
    "is_reber",
    "letters_in_words",
    "load",
    "mackey_glass",
    "one_hot",
    "pad",
    "parity",
    "quick_exercise",
    "reber",
    "reber_next",
    "source",
    "streams",
    "temporal_order",
    "two_time_scales",
    "xor_stream",
    "zen",
]


_ENTRIES = (*CARRIED, *DRAWN)


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
