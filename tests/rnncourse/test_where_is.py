"""Stories: every answer found again by following the story, its support, chance, refusals."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data
from rnncourse.data import where_is
from rnncourse.data.where_is import ANIMALS, PLACES, THINGS, WORDS

steady = settings(derandomize=True, deadline=None, max_examples=60)


def followed(story):
    """Where every animal and thing is at the end, and that nothing impossible was told."""
    at, owner = {}, {}
    for animal, did, what in story:
        if did == "went":
            assert what in PLACES
            assert at.get(animal) != what
            at[animal] = what
            at |= {thing: what for thing, whose in owner.items() if whose == animal}
        elif did == "took":
            assert what not in owner
            assert animal not in owner.values()
            assert at.get(what, at[animal]) == at[animal]
            owner[what] = animal
            at[what] = at[animal]
        else:
            assert did == "dropped"
            assert owner.pop(what) == animal
        assert animal in ANIMALS
        assert what in THINGS + PLACES
    return at


@steady
@given(
    seed=st.integers(0, 2**32 - 1),
    S=st.integers(2, 14),
    B=st.integers(1, 4),
    facts=st.sampled_from([1, 2]),
)
def test_the_answer_follows_from_the_story_and_from_its_support_alone(seed, S, B, facts):
    drawn = where_is(np.random.default_rng(seed), S, B, facts=facts)
    assert drawn.story.shape == (S, B, 3)
    assert drawn.query.shape == (B, 2)
    assert drawn.support.shape == (facts, B)
    for b in range(B):
        story = [tuple(WORDS[k] for k in sentence) for sentence in drawn.story[:, b]]
        where, asked = (WORDS[k] for k in drawn.query[b])
        answer = WORDS[drawn.y[b]]
        assert where == "where"
        assert asked in (ANIMALS if facts == 1 else THINGS)
        assert followed(story)[asked] == answer
        support = drawn.support[:, b].tolist()
        assert support == sorted(set(support))
        told = [story[s] for s in support]
        (moved,) = [sentence for sentence in told if sentence[1] == "went"]
        assert moved[2] == answer
        if facts == 1:
            assert moved[0] == asked
            assert not any(asked in sentence for sentence in story[support[0] + 1 :])
        else:
            (named,) = [sentence for sentence in told if sentence[1] != "went"]
            assert (named[0], named[2]) == (moved[0], asked)
            last = max(s for s, sentence in enumerate(story) if sentence[2] == asked)
            assert last in support


def test_one_fact_is_a_story_of_moves():
    story = where_is(np.random.default_rng(0), 10, 50).story
    assert set(story[:, :, 1].ravel()) == {WORDS.index("went")}


@pytest.mark.parametrize(("facts", "last"), [(1, 0.40), (2, 0.31)])
def test_chance_and_the_place_named_last(facts, last):
    drawn = where_is(np.random.default_rng(0), 10, 2500, facts=facts)
    assert np.bincount(drawn.y, minlength=6) / 2500 == pytest.approx([1 / 6] * 6, abs=0.025)
    guess = np.zeros(2500, int)
    for what in drawn.story[:, :, 2]:
        guess = np.where(what < len(PLACES), what, guess)
    assert (guess == drawn.y).mean() == pytest.approx(last, abs=0.025)


def test_the_rng_alone_decides():
    one, again, other = (where_is(np.random.default_rng(s), 6, 5, facts=2) for s in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one.story, other.story)


def test_the_catalogue_gives_the_generator():
    assert data.load("where-is") is where_is
    (entry,) = (entry for entry in data.catalogue() if entry.name == "where-is")
    assert "chance" in entry.summary


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"B": 0}, "B must be at least 1, got 0"),
        ({"S": 0}, "S must be at least facts = 1, got 0"),
        ({"S": 1, "facts": 2}, "S must be at least facts = 2, got 1"),
        ({"facts": 3}, "facts must be 1 or 2, got 3"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        where_is(**{"rng": np.random.default_rng(0), "S": 4, "B": 1, **change})
