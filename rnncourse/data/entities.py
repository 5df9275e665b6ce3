"""Sentences with people, organisations, places and dates, tagged word by word.

    words   Marie  Curie  left  Warsaw  for  Paris  in  November  1891    .
    tags    B-PER  I-PER  O     B-LOC   O    B-LOC  O   B-DATE    I-DATE  O

A sentence is a template whose slots are filled. Names for the slots are dealt to the three parts
first, so no entity of the validation or test part occurs in training: a list of the training names
finds nothing there, and a network has to read the words around. Single words, such as a surname,
often occur in two parts.

Chance: who tags every word O has an F1 of 0, though half of the words right; that is why entities
are counted, not words (`rnncourse.iob.score`).

Source: names from the package Faker, whose other versions may hold others; the templates are this
course's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnncourse import _init, iob
from rnncourse.data.names import faker_of
from rnncourse.data.splits import Split

__all__ = ["KINDS", "Tagged", "entities"]

KINDS = ("DATE", "LOC", "ORG", "PER")

#: DAY and MONTH are both of the kind DATE
_TEMPLATES = (
    "PER joined ORG in MONTH .",
    "PER left ORG for ORG .",
    "PER was born in LOC on DAY .",
    "PER moved from LOC to LOC in MONTH .",
    "ORG opened an office in LOC .",
    "ORG was founded by PER and PER .",
    "On DAY , PER wrote to ORG .",
    "The head of ORG , PER , comes from LOC .",
    "In LOC , nobody had heard of ORG before MONTH .",
    "According to PER , the meeting in LOC was cancelled .",
    "Will PER speak for ORG ?",
    "ORG has said nothing since DAY .",
    "It rained in LOC when PER arrived .",
    "From LOC to LOC , everyone reads PER .",
    "The contract between ORG and ORG ended on DAY .",
    "Nothing happened that day , and nobody wrote about it .",
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_KIND = {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "DAY": "DATE", "MONTH": "DATE"}
_PATIENCE = 2000  # draws without a new entity, after which there are no more

Entity = tuple[str, ...]


class Tagged(NamedTuple):
    """Sentences as words, and a tag for each word."""

    words: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]


def entities(
    rng: np.random.Generator,
    sizes: tuple[int, int, int] = (2000, 250, 250),
    *,
    scheme: str = "IOB2",
    locale: str = "en_US",
) -> Split:
    """Draw tagged sentences whose test entities are unseen; chance is an F1 of 0.

    Args:
        rng: source of names and sentences, such as `np.random.default_rng(0)`.
        sizes: sentences to train on, to choose by, and to test on, each at least 1.
        scheme: IOB1 or IOB2, as in `rnncourse.iob`.
        locale: whose names, as Faker names it; the sentences remain English.

    Returns:
        A Split of Tagged.

    Raises:
        ValueError: sizes that are not three, or below 1; an unknown scheme or locale; more entities
            needed than the locale has.
        ModuleNotFoundError: Faker is not installed.

    >>> train, valid, test = entities(np.random.default_rng(0), (3, 1, 1))
    >>> len(train.words), [len(words) == len(tags) for words, tags in zip(*test)]
    (3, [True])
    """
    if len(sizes) != 3:
        raise ValueError(f"sizes must be three, got {sizes}")
    for size in sizes:
        _init.sizes(sizes=size)
    sources = _sources(rng, locale)
    taken: dict[str, set[Entity]] = {slot: set() for slot in sources}
    parts = []
    for size in sizes:
        pools = {slot: _deal(slot, sources[slot], taken[slot], 1 + size // 2) for slot in sources}
        parts.append(_sentences(rng, size, pools, scheme))
    return Split(*parts)


def _sources(rng: np.random.Generator, locale: str) -> dict[str, Callable[[], str]]:
    """What draws an entity for each kind of slot."""
    faker = faker_of(rng, locale)

    def month() -> str:
        return f"{_MONTHS[rng.integers(12)]} {rng.integers(1850, 2030)}"

    return {
        "PER": lambda: f"{faker.first_name()} {faker.last_name()}",
        "ORG": lambda: str(faker.company()),
        "LOC": lambda: str(faker.city()),
        "DAY": lambda: f"{rng.integers(1, 29)} {month()}",
        "MONTH": month,
    }


def _deal(slot: str, draw: Callable[[], str], taken: set[Entity], count: int) -> list[Entity]:
    """New entities, as words, that no part has yet."""
    dealt: list[Entity] = []
    tries = 0
    while len(dealt) < count:
        entity = tuple(draw().replace(",", " ,").split())
        tries = tries + 1 if entity in taken else 0
        if tries > _PATIENCE:
            raise ValueError(f"sizes must be smaller: no more than {len(taken)} {slot} to be had")
        if entity not in taken:
            taken.add(entity)
            dealt.append(entity)
    return dealt


def _sentences(
    rng: np.random.Generator, size: int, pools: dict[str, list[Entity]], scheme: str
) -> Tagged:
    all_words, all_tags = [], []
    for number in rng.integers(len(_TEMPLATES), size=size):
        words: list[str] = []
        spans = []
        for word in _TEMPLATES[number].split():
            entity: Entity = (word,)
            if word in pools:
                entity = pools[word][rng.integers(len(pools[word]))]
                spans.append(iob.Span(len(words), len(words) + len(entity), _KIND[word]))
            words.extend(entity)
        all_words.append(tuple(words))
        all_tags.append(tuple(iob.encode(spans, len(words), scheme)))
    return Tagged(tuple(all_words), tuple(all_tags))
