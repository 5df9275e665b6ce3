"""The n-gram models against their definitions, written out with dictionaries and recursion."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data
from rnncourse.language import SMOOTHINGS, Characters, NGram, bits_per_symbol, perplexity

steady = settings(derandomize=True, deadline=None, max_examples=60)
texts = st.lists(st.integers(0, 2), min_size=1, max_size=25)
every = pytest.mark.parametrize("smoothing", SMOOTHINGS)
K = 4  # one symbol more than the texts hold


def occurrences(text, gram):
    return sum(text[i : i + len(gram)] == gram for i in range(len(text) - len(gram) + 1))


def defined(text, order, smoothing, k, D, h, w):
    """p(w|h) by the definition; None where there is none."""

    def count(h, w):
        if smoothing == "kneser-ney" and len(h) < order - 1:
            return sum(occurrences(text, [v, *h, w]) > 0 for v in range(K))
        return occurrences(text, [*h, w])

    counts = [count(h, v) for v in range(K)]
    total, kinds = sum(counts), sum(c > 0 for c in counts)
    if smoothing == "none":
        return counts[w] / total if total else None
    if smoothing == "add-k":
        return (counts[w] + k) / (total + k * K)
    lower = defined(text, order, smoothing, k, D, h[1:], w) if h else 1 / K
    if not total:
        return lower
    if smoothing == "witten-bell":
        return (counts[w] + kinds * lower) / (total + kinds)
    return max(counts[w] - D, 0) / total + D * kinds / total * lower


@every
@steady
@given(
    text=texts,
    order=st.integers(1, 4),
    context=st.lists(st.integers(0, K - 1), max_size=5),
    k=st.floats(0.01, 3),
    D=st.floats(0.05, 0.95),
)
def test_every_distribution_is_the_defined_one(smoothing, text, order, context, k, D):
    model = NGram(text, order, K, smoothing=smoothing, k=k, discount=D)
    h = context[max(0, len(context) - order + 1) :]
    expected = [defined(text, order, smoothing, k, D, h, w) for w in range(K)]
    assert model.counts(h).tolist() == [occurrences(text, [*h, w]) for w in range(K)]
    if None in expected:
        with pytest.raises(ValueError, match="was never followed by anything in training"):
            model.probabilities(context)
        return
    p = model.probabilities(context)
    assert p == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert p.sum() == pytest.approx(1, rel=1e-12)
    assert smoothing == "none" or p.min() > 0


@every
@steady
@given(text=texts, test=st.lists(st.integers(0, K - 1), max_size=8), order=st.integers(1, 4))
def test_a_text_is_scored_symbol_by_symbol(smoothing, text, test, order):
    model = NGram(np.array(text), order, K, smoothing=smoothing, k=0.5)
    log_p = model.log_probabilities(np.array(test, int))
    for t, w in enumerate(test):
        h = test[max(0, t - order + 1) : t]
        p = defined(text, order, smoothing, 0.5, 0.75, h, w) or 0.0
        assert np.exp(log_p[t]) == pytest.approx(p, rel=1e-12)
    if test and np.isneginf(log_p).any():
        assert smoothing == "none"
        assert perplexity(log_p) == np.inf


def test_kneser_ney_by_hand():
    """abracadabra: after a came b b c d; seven different pairs, of which one ends in b."""
    letters = Characters("abracadabra")
    model = NGram(letters.encode("abracadabra"), 2, 5)
    p = model.probabilities(letters.encode("a"))
    of_pairs = 0.25 / 7 + 0.75 * 5 / 7 / 5
    assert p[letters.number("b")] == pytest.approx(1.25 / 4 + 0.75 * 3 / 4 * of_pairs)
    # r is followed by a alone, but a has three different neighbours on its left
    assert model.probabilities(letters.encode("r"))[0] == pytest.approx(
        1.25 / 2 + 0.75 / 2 * (2.25 / 7 + 0.75 / 7)
    )


def test_a_symbol_that_follows_one_other_only_is_unlikely_elsewhere():
    """As Francisco, which is frequent after San and comes after nothing else."""
    san, francisco, the, city, sea = range(5)
    text = [san, francisco] * 20 + [the, city, san, the, sea, the, city, sea, city] * 3
    likely = {}
    for smoothing in ("witten-bell", "kneser-ney"):
        p = NGram(text, 2, 6, smoothing=smoothing).probabilities([5])  # a word never seen
        likely[smoothing] = p[francisco] / p[city]
    assert likely["witten-bell"] > 1
    assert likely["kneser-ney"] < 1


def test_without_smoothing_training_text_is_more_likely_with_every_order():
    text = Characters(data.zen()).encode(data.zen())
    bits = [
        bits_per_symbol(NGram(text, n, 50, smoothing="none").log_probabilities(text))
        for n in range(1, 7)
    ]
    assert bits == sorted(bits, reverse=True)
    counts = np.bincount(text) / len(text)
    counts = counts[counts > 0]
    assert bits[0] == pytest.approx(-(counts * np.log2(counts)).sum())  # order 1: the entropy
    assert bits[-1] < 0.2  # by heart


def test_on_unseen_prose_kneser_ney_is_best_and_context_helps():
    text = data.documentation()
    letters = Characters(text)
    numbers = letters.encode(text[:60_000])
    train, test = numbers[:50_000], numbers[50_000:]
    size = len(letters)

    def bits(order, smoothing):
        model = NGram(train, order, size, smoothing=smoothing)
        return bits_per_symbol(model.log_probabilities(test))

    at_five = {smoothing: bits(5, smoothing) for smoothing in SMOOTHINGS}
    assert at_five["none"] == np.inf
    assert at_five["kneser-ney"] < at_five["witten-bell"] < at_five["add-k"]
    assert bits(1, "kneser-ney") > bits(2, "kneser-ney") > bits(3, "kneser-ney")
    assert at_five["kneser-ney"] < 0.65 * bits(1, "kneser-ney")


def test_without_smoothing_it_only_says_what_it_has_seen():
    text = data.zen()
    letters = Characters(text)
    model = NGram(letters.encode(text), 5, len(letters), smoothing="none")
    seed = letters.encode("Beau")
    said = letters.decode([*seed, *model.generate(np.random.default_rng(3), 200, seed=seed)])
    assert len(said) > 50
    assert said not in text  # not by heart
    assert all(said[i : i + 5] in text for i in range(len(said) - 4))
    again = model.generate(np.random.default_rng(3), 200, seed=seed)
    assert said == letters.decode([*seed, *again])


def test_generation_follows_the_distribution():
    model = NGram([0, 1, 0, 2, 1, 0, 0, 1, 2, 2, 0], 2, 3, smoothing="witten-bell")
    drawn = model.generate(np.random.default_rng(0), 6000, seed=[0])
    before = np.concatenate([[0], drawn[:-1]])
    for h in range(3):
        seen = np.bincount(drawn[before == h], minlength=3)
        expected = model.probabilities([h]) * seen.sum()
        assert ((seen - expected) ** 2 / expected).sum() < 13.8  # chi-square, 2 degrees, 0.1 %


def test_generation_stops():
    cycle = NGram([0, 1, 2, 0, 1, 2, 3], 2, 4, smoothing="none")
    at_stop = cycle.generate(np.random.default_rng(0), 99, seed=[0], stop=1)
    assert at_stop.tolist() == [1]
    # 3 ended the text: nothing ever came after it
    assert cycle.generate(np.random.default_rng(0), 99, seed=[0])[-1] == 3
    with pytest.raises(ValueError, match=r"context \[3\] was never followed by anything"):
        cycle.generate(np.random.default_rng(0), 99, seed=[3])
    greedy = NGram([0, 1, 1, 0, 1, 1, 0, 1], 3, 2).generate(
        np.random.default_rng(0), 6, seed=[0, 1], temperature=0
    )
    assert greedy.tolist() == [1, 0, 1, 1, 0, 1]
    assert len(NGram([0, 1], 3, 2).generate(np.random.default_rng(0), 4)) == 4  # from nothing


def test_a_large_vocabulary_and_read_only_numbers():
    numbers = np.random.default_rng(0).integers(30_000, size=4000)
    numbers.flags.writeable = False
    model = NGram(numbers, 5, 30_000)
    log_p = model.log_probabilities(numbers[::2])
    assert np.isfinite(log_p).all()
    assert model.probabilities(numbers[:4]).argmax() == numbers[4]
    assert repr(NGram([0, 1, 0], 2, 2)) == "<NGram: order 2, kneser-ney, 4 counted>"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NGram([0], 0, 2), "order must be at least 1, got 0"),
        (lambda: NGram([0], 1, 0), "size must be at least 1, got 0"),
        (lambda: NGram([], 1, 2), "numbers must hold at least one class number, got none"),
        (lambda: NGram([0, 2], 1, 2), "numbers[1] must lie between 0 and size - 1 = 1, got 2"),
        (lambda: NGram([-1], 1, 2), "numbers[0] must lie between 0 and size - 1 = 1, got -1"),
        (lambda: NGram([0.5], 1, 2), "numbers must be integers, got dtype float64"),
        (lambda: NGram([[0]], 1, 2), "numbers must have shape (N,), got (1, 1)"),
        (lambda: NGram([0], 1, 2, smoothing="no"), "smoothing must be one of none, add-k, witten"),
        (lambda: NGram([0], 1, 2, k=0), "k must be above 0 and finite, got 0"),
        (lambda: NGram([0], 1, 2, discount=1), "discount must be above 0 and below 1, got 1"),
        (lambda: NGram([0], 2, 2).counts([0, 0]), "at most order - 1 = 1 symbols, got 2"),
        (lambda: NGram([0], 2, 2).probabilities([2]), "context[0] must lie between 0 and size"),
        (lambda: NGram([0], 2, 2).generate(np.random.default_rng(0), 0), "count must be at least"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
