"""Edit distance against a recursion and the axioms of a distance; BLEU against published values."""

import math
import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import sequence_scores
from rnncourse.sequence_scores import bleu, edit_distance, error_rate

steady = settings(derandomize=True, deadline=None, max_examples=60)
words = st.lists(st.sampled_from("abc"), max_size=6)

# the example of Papineni et al. (2002), section 2.1; its words in lower case
PUT_OUT = [
    "it is a guide to action which ensures that the military always obeys the commands "
    "of the party",
    "it is to insure the troops forever hearing the activity guidebook that party direct",
]
WANTED = [
    "it is a guide to action that ensures that the military will forever heed party commands",
    "it is the guiding principle which guarantees the military forces always being under the "
    "command of the party",
    "it is the practical guide for the army always to heed the directions of the party",
]


def split(sentences):
    return [sentence.split() for sentence in sentences]


def recursive(a, b):
    """The definition, from the end."""

    @cache
    def d(i, j):
        if i == 0 or j == 0:
            return i + j
        return min(d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return d(len(a), len(b))


@steady
@given(words, words, words)
def test_the_distance(a, b, c):
    assert edit_distance(a, b) == recursive(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


@pytest.mark.parametrize(
    ("a", "b", "known"),
    [("intention", "execution", 5), ("saturday", "sunday", 3), ("", "abc", 3), ("flaw", "lawn", 2)],
)
def test_known_distances(a, b, known):
    assert edit_distance(a, b) == known


def test_the_error_rate_is_that_of_the_whole_set():
    # 3 edits for 7, 0 for 3: 3/10, and not the mean of 3/7 and 0
    assert error_rate(["kitten", "cat"], ["sitting", "cat"]) == 0.3
    assert error_rate([["a", "b", "c"]], [["a"]]) == 2.0
    assert error_rate([[1, 2, 3]], [[1, 2, 3]]) == 0.0


def test_the_papers_precisions():
    wanted = [split(WANTED)]
    good = bleu(split(PUT_OUT[:1]), wanted, max_order=2).precisions
    poor = bleu(split(PUT_OUT[1:]), wanted, max_order=2).precisions
    assert good == (17 / 18, 10 / 17)
    assert poor == (8 / 14, 1 / 13)


# values that NLTK documents for its sentence_bleu and corpus_bleu; "Party" differs from "party"
MIXED = [WANTED[0].replace("party", "Party"), WANTED[1].replace("party", "Party"), WANTED[2]]
BOOK = "he read the book because he was interested in world history"
BOOK_WANTED = "he was interested in world history because he read the book"


def test_known_values():
    one = bleu(split(PUT_OUT[:1]), [split(MIXED)])
    assert one.score == pytest.approx(0.5045666840058485, abs=1e-12)
    both = bleu(split([PUT_OUT[0], BOOK]), [split(MIXED), split([BOOK_WANTED])])
    assert both.score == pytest.approx(0.5920778868801042, abs=1e-12)


@pytest.mark.parametrize(
    ("put_out", "wanted", "penalty"),
    [
        (12, [12, 15, 17], 1.0),
        (12, [28, 28], 0.2635971381157267),
        (12, [13, 2], math.exp(1 - 13 / 12)),
        (12, [13, 11], 1.0),  # of lengths as near the shorter counts
        (20, [5], 1.0),
    ],
)
def test_the_brevity_penalty(put_out, wanted, penalty):
    found = bleu([["a"] * put_out], [[["a"] * n for n in wanted]])
    assert found.brevity_penalty == pytest.approx(penalty, abs=1e-12)


@steady
@given(st.lists(words.filter(lambda w: len(w) >= 2), min_size=1, max_size=4))
def test_what_was_wanted_scores_one_and_nothing_more(sentences):
    perfect = bleu(sentences, [[s] for s in sentences], max_order=2)
    assert perfect.score == pytest.approx(1)
    other = bleu([s[::-1] for s in sentences], [[s] for s in sentences], max_order=2)
    assert 0 <= other.score <= 1 + 1e-12
    assert other.precisions[0] == 1
    more = bleu([s[::-1] for s in sentences], [[s, s[::-1]] for s in sentences], max_order=2)
    assert more.score == pytest.approx(1)


def test_smoothing_adds_one_to_orders_above_the_first():
    put_out, wanted = [["a", "b", "x"]], [[["a", "b", "c"]]]
    assert bleu(put_out, wanted).score == 0
    smooth = bleu(put_out, wanted, smooth=True)
    assert smooth.precisions == (2 / 3, 2 / 3, 1 / 2, 1)  # 2/3, (1+1)/(2+1), (0+1)/(1+1), 1/1
    assert smooth.score == pytest.approx((2 / 3 * 2 / 3 * 1 / 2) ** 0.25)


def test_nothing_put_out():
    assert bleu([[]], [[["a"]]]) == (0.0, (0.0,) * 4, 0.0)
    assert bleu([[]], [[["a"]]], smooth=True).score == 0


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("error_rate", (["a"], []), "references must be as many as hypotheses, 1, got 0"),
        ("error_rate", ([["a"]], [[]]), "references must hold an item, got 1 empty ones"),
        ("bleu", ([["a"]], []), "references must be as many as hypotheses, 1, got 0"),
        ("bleu", (["a b"], [[["a"]]]), "hypotheses[0] must be a sequence of words, got the string"),
        ("bleu", ([["a"]], [["a"]]), "references[0] must be a list of sentences, each a sequence"),
        ("bleu", ([["a"]], ["a"]), "references[0] must be a list of sentences, each a sequence"),
        ("bleu", ([["a"]], [[]]), "references[0] must hold at least one sentence, got none"),
    ],
)
def test_refusals(function, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        getattr(sequence_scores, function)(*arguments)
    with pytest.raises(ValueError, match="max_order must be at least 1, got 0"):
        bleu([], [], max_order=0)
