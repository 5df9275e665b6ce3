"""Where is it? A story of who goes where, and a question that one or two sentences answer.

    fox went barn        hare went mill        fox took nut        fox went hill        where nut?

The answer is hill: the last sentence that names the nut says who has it, and the last place that
the fox went to is the nut's. Sentences of other animals, and earlier ones, are there to mislead.

Chance: places are alike, so without the story an answer is right in 1/6 of the cases. To know the
story but not the question helps little: of stories of ten sentences the place named last answers
0.40 where one fact is asked for and 0.31 where two are (measured).

Source: after tasks 1 and 2 of J. Weston et al., Towards AI-complete question answering: a set of
prerequisite toy tasks (2015), with words, lengths and rules of this course's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array

__all__ = ["PLACES", "WORDS", "Stories", "where_is"]

PLACES = ("wood", "field", "river", "hill", "barn", "mill")
ANIMALS = ("fox", "hare", "owl", "mole")
THINGS = ("nut", "key", "bell")
WORDS = (*PLACES, *ANIMALS, *THINGS, "went", "took", "dropped", "where")
_NUMBER = {word: k for k, word in enumerate(WORDS)}


class Stories(NamedTuple):
    """Stories, questions and answers; words as their numbers among `WORDS`."""

    story: Array  # (S, B, 3) who, did, what
    query: Array  # (B, 2) where, whom or what
    y: Array  # (B,) the place
    support: Array  # (facts, B) the sentences that the answer follows from, in their order


def where_is(rng: np.random.Generator, S: int, B: int, *, facts: int = 1) -> Stories:
    """Draw B stories with a question each; chance is 1/6 right.

    Args:
        rng: source of the stories, such as `np.random.default_rng(0)`.
        S: sentences in each story, at least `facts`.
        B: stories, at least 1.
        facts: 1 asks for an animal, which one sentence answers; 2 for a thing, which some animal
            has or had: one sentence says which, another one where it was.

    Returns:
        The stories, questions, answers, and the sentences that the answers follow from.

    Raises:
        ValueError: facts is not 1 or 2, S is below that, B below 1.

    >>> story, query, y, support = where_is(np.random.default_rng(3), S=5, B=1, facts=2)
    >>> for sentence in (*story[:, 0], query[0]):
    ...     print(*(WORDS[word] for word in sentence))
    mole went wood
    fox went field
    fox went mill
    fox took nut
    owl went river
    where nut
    >>> WORDS[y[0]], support[:, 0].tolist()
    ('mill', [2, 3])
    """
    _init.sizes(B=B)
    if facts not in (1, 2):
        raise ValueError(f"facts must be 1 or 2, got {facts}")
    if facts > S:
        raise ValueError(f"S must be at least facts = {facts}, got {S}")
    drawn: list[tuple[Any, ...]] = []
    while len(drawn) < B:
        one = _draw(rng, S, facts)
        if one is not None:
            drawn.append(one)
    story, query, y, support = (np.array(part) for part in zip(*drawn, strict=True))
    return Stories(story.transpose(1, 0, 2), query, y, support.T)


def _draw(rng: np.random.Generator, S: int, facts: int) -> tuple[Any, ...] | None:
    """A story and a question, or None where the story leaves nothing to ask for."""
    sentences: list[tuple[str, str, str]] = []
    at: dict[str, tuple[str, int]] = {}  # where each animal is, and which sentence says so
    has: dict[str, tuple[str, int]] = {}  # what each animal carries, and which sentence says so
    lies: dict[str, tuple[str, list[int]]] = {}  # where a thing was dropped, and what says so
    for s in range(S):
        animal = _one_of(rng, ANIMALS)
        if facts == 2 and animal in at and rng.random() < 0.5:
            place, since = at[animal]
            if animal in has:
                thing, _ = has.pop(animal)
                lies[thing] = place, [since, s]
                sentences.append((animal, "dropped", thing))
                continue
            taken = {thing for thing, _ in has.values()}
            near = [t for t in THINGS if t not in taken and (t not in lies or lies[t][0] == place)]
            if near:
                thing = _one_of(rng, near)
                lies.pop(thing, None)
                has[animal] = thing, s
                sentences.append((animal, "took", thing))
                continue
        here, _ = at.get(animal, ("", 0))
        at[animal] = _one_of(rng, [place for place in PLACES if place != here]), s
        sentences.append((animal, "went", at[animal][0]))
    known = {animal: (place, [s]) for animal, (place, s) in at.items()}
    if facts == 2:
        carried = {
            thing: (at[animal][0], sorted((at[animal][1], s))) for animal, (thing, s) in has.items()
        }
        known = lies | carried
    if not known:
        return None
    asked = _one_of(rng, list(known))
    place, support = known[asked]
    words = [[_NUMBER[word] for word in sentence] for sentence in sentences]
    return words, [_NUMBER["where"], _NUMBER[asked]], _NUMBER[place], support


def _one_of(rng: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(rng.integers(len(words)))]
