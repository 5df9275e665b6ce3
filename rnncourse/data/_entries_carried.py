"""Data that this package or Python itself carries."""

from __future__ import annotations

from rnncourse.data._entry import Entry
from rnncourse.data.quick_exercise import quick_exercise
from rnncourse.data.source_tokens import source_tokens
from rnncourse.data.text import documentation, heaps, prose, source, zen

__all__ = ["CARRIED"]

CARRIED = (
    Entry(
        "quick-exercise",
        "one logistic unit, three inputs: small enough to work by hand",
        "the values of a lecture's exercise; the answers are computed",
        "free",
        True,
        quick_exercise,
    ),
    Entry(
        "zen",
        "The Zen of Python, 856 characters of English aphorisms",
        "the module `this`, where it is written in ROT13",
        "public domain",
        True,
        zen,
    ),
    Entry(
        "heaps",
        "an essay on heaps by François Pinard, 4,700 characters of English prose",
        "the module `heapq`, as `heapq.__about__`",
        "PSF",
        False,
        heaps,
    ),
    Entry(
        "documentation",
        "Python's language reference, some 450,000 characters of English prose with markup",
        "the module `pydoc_data.topics`",
        "PSF; its examples 0BSD",
        False,
        documentation,
    ),
    Entry(
        "source",
        "Python source: modules of the standard library, one after the other",
        "the modules' own files",
        "PSF",
        False,
        source,
    ),
    Entry(
        "prose",
        "documentation without repeats, in three parts; chance is 4.7 bits a character in training",
        "the module `pydoc_data.topics`",
        "PSF; its examples 0BSD",
        False,
        lambda: prose,
    ),
    Entry(
        "source-tokens",
        "source with each character's class, in three parts; chance is 0.3 right in training",
        "modules of the standard library",
        "PSF",
        False,
        lambda: source_tokens,
    ),
)
