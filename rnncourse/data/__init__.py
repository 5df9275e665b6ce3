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

from collections.abc import Callable
from typing import Any, NamedTuple

from rnncourse.data.adding import adding
from rnncourse.data.batches import pad, streams
from rnncourse.data.brackets import brackets, is_balanced
from rnncourse.data.characters import Characters, one_hot
from rnncourse.data.copy_memory import copy_memory, copy_memory_chance
from rnncourse.data.elman_tasks import letters_in_words, xor_stream
from rnncourse.data.mackey_glass import mackey_glass
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
    "Characters",
    "Entry",
    "QuickExercise",
    "adding",
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


class Entry(NamedTuple):
    """One data set."""

    name: str
    summary: str
    origin: str
    same_everywhere: bool  # promised whatever the version of Python
    load: Callable[[], Any]


def _drawn(name: str, summary: str, origin: str, generate: Callable[..., Any]) -> Entry:
    """A task whose `load` gives the generator, to be called with an rng."""
    return Entry(name, summary, origin, True, lambda: generate)


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
    _drawn(
        "adding",
        "the sum of two marked numbers among T; chance is a squared error of 1/6",
        "Hochreiter and Schmidhuber 1997, as in Le, Jaitly and Hinton 2015",
        adding,
    ),
    _drawn(
        "copy-memory",
        "ten symbols again after T steps; chance is a cross-entropy of 10 ln 8 / (T + 20)",
        "Arjovsky, Shah and Bengio 2016",
        copy_memory,
    ),
    _drawn(
        "temporal-order",
        "the order of two or three marks; chance is 1/4 or 1/8 right",
        "Hochreiter and Schmidhuber 1997, experiment 6",
        temporal_order,
    ),
    _drawn(
        "parity",
        "whether the number of ones so far is odd; chance is 1/2 right",
        "Minsky and Papert 1969, asked at every step",
        parity,
    ),
    _drawn(
        "reber",
        "strings of Reber's grammar; chance is 1/2 where two symbols may follow",
        "Reber 1967",
        reber,
    ),
    _drawn(
        "embedded-reber",
        "the last symbol but one repeats the second; chance is 1/2 right",
        "Hochreiter and Schmidhuber 1997, experiment 1",
        embedded_reber,
    ),
    _drawn(
        "xor-stream",
        "every third bit is the XOR of the two before; squared error 1/6 at best, chance 1/4",
        "Elman 1990",
        xor_stream,
    ),
    _drawn(
        "letters-in-words",
        "words without spaces; only a word's first letter is left to chance",
        "Elman 1990, words drawn independently",
        letters_in_words,
    ),
    _drawn(
        "brackets",
        "balanced brackets, which kind must close next; chance is 1/kinds right",
        "the Dyck language, all sequences of a length as likely",
        brackets,
    ),
    _drawn(
        "two-time-scales",
        "a slow and a fast wave to be told apart; chance is a squared error of 1/2",
        "after Mozer 1992; the signal is this course's own",
        two_time_scales,
    ),
    _drawn(
        "mackey-glass",
        "a chaotic series to be continued; chance is an NRMSE of 1",
        "Mackey and Glass 1977, computed as in Jaeger 2001",
        mackey_glass,
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
