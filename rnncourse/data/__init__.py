"""Data without a download: drawn, computed, carried by Python or by packages, or read from files.

`catalogue()` lists what there is, with its licence and what it needs; `load(name)` gives it: a text
or a series, or, where there is something to choose, the function that draws or reads it. Packages
load when their data are asked for: `pip install "rnncourse[data]"`.

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
from rnncourse.data._entries_files import FILES
from rnncourse.data._entries_packaged import PACKAGED
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
from rnncourse.data.dates import date_symbols, dates
from rnncourse.data.digits import Digits, digits, pixel_order, scans
from rnncourse.data.elman_tasks import letters_in_words, xor_stream
from rnncourse.data.entities import Tagged, entities
from rnncourse.data.files import (
    Images,
    Mnist,
    idx,
    mnist,
    penn_treebank,
    text8,
    tiny_shakespeare,
    unigram_entropy,
)
from rnncourse.data.mackey_glass import mackey_glass
from rnncourse.data.measured import measured, measured_names
from rnncourse.data.names import Names, names
from rnncourse.data.number_words import number_words
from rnncourse.data.one_hot import one_hot
from rnncourse.data.pairs import Pairs
from rnncourse.data.parity import parity
from rnncourse.data.quick_exercise import QuickExercise, quick_exercise
from rnncourse.data.reber import (
    embedded_reber,
    is_embedded_reber,
    is_reber,
    reber,
    reber_next,
)
from rnncourse.data.series import Forecasting, Series, Windows, forecasting, naive, series
from rnncourse.data.source_tokens import Labelled, Token, label_source, source_tokens, tokens
from rnncourse.data.splits import Split, split
from rnncourse.data.temporal_order import temporal_order
from rnncourse.data.text import documentation, heaps, prose, source, zen
from rnncourse.data.two_time_scales import two_time_scales
from rnncourse.data.where_is import Stories, where_is
from rnncourse.data.years import year_positions, years

__all__ = [
    "Digits",
    "Entry",
    "Expressions",
    "Forecasting",
    "Images",
    "Labelled",
    "Mnist",
    "Names",
    "Pairs",
    "QuickExercise",
    "Series",
    "Split",
    "Stories",
    "Tagged",
    "Token",
    "Windows",
    "adding",
    "arithmetic",
    "arithmetic_chance",
    "arithmetic_symbols",
    "brackets",
    "catalogue",
    "copy_memory",
    "copy_memory_chance",
    "date_symbols",
    "dates",
    "digits",
    "documentation",
    "embedded_reber",
    "entities",
    "forecasting",
    "heaps",
    "idx",
    "is_balanced",
    "is_embedded_reber",
    "is_reber",
    "label_source",
    "letters_in_words",
    "load",
    "mackey_glass",
    "measured",
    "measured_names",
    "mnist",
    "naive",
    "names",
    "number_words",
    "one_hot",
    "pad",
    "parity",
    "penn_treebank",
    "pixel_order",
    "prose",
    "quick_exercise",
    "reber",
    "reber_next",
    "scans",
    "series",
    "source",
    "source_tokens",
    "split",
    "streams",
    "temporal_order",
    "text8",
    "tiny_shakespeare",
    "tokens",
    "two_time_scales",
    "unigram_entropy",
    "where_is",
    "xor_stream",
    "year_positions",
    "years",
    "zen",
]


_ENTRIES = (*CARRIED, *DRAWN, *PACKAGED, *FILES)


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
