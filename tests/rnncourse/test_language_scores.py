"""Perplexity and bits: known answers, stability, masks."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import losses
from rnncourse.language import (
    bits_per_character,
    bits_per_symbol,
    log_probabilities,
    perplexity,
)

steady = settings(derandomize=True, deadline=None, max_examples=40)


def draw(T, B, K):
    rng = np.random.default_rng([T, B, K])
    return 5 * rng.standard_normal((T, B, K)), rng.integers(K, size=(T, B))


@steady
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 6))
def test_the_loss_of_training_and_pytorch_say_the_same(T, B, K):
    o, y = draw(T, B, K)
    lengths = np.random.default_rng([T, B]).integers(0, T + 1, size=B)
    real = np.arange(T)[:, None] < lengths
    loss, _ = losses.softmax_cross_entropy(o, y, lengths)
    dirty_o, dirty_y = np.where(real[:, :, None], o, np.nan), np.where(real, y, -9)
    log_p = log_probabilities(dirty_o, dirty_y, lengths)
    assert -log_p.sum() / B == pytest.approx(loss, rel=1e-12, abs=1e-12)
    assert not log_p[~real].any()
    by_torch = torch.log_softmax(torch.tensor(o), -1).gather(2, torch.tensor(y)[:, :, None])[..., 0]
    assert log_p[real] == pytest.approx(by_torch.numpy()[real], rel=1e-12, abs=1e-13)
    if real.any():
        mean = -by_torch.numpy()[real].mean()
        spoilt = np.where(real, log_p, np.nan)
        assert perplexity(spoilt, real) == pytest.approx(np.exp(mean), rel=1e-12)
        assert bits_per_symbol(spoilt, real) == pytest.approx(mean / np.log(2), abs=1e-12)


@steady
@given(st.integers(1, 500), st.integers(1, 50))
def test_a_fair_die_has_as_much_perplexity_as_faces(faces, n):
    log_p = np.full(n, -np.log(faces))
    assert perplexity(log_p) == pytest.approx(faces)
    assert bits_per_symbol(log_p) == pytest.approx(np.log2(faces), abs=1e-12)
    assert 2 ** bits_per_symbol(log_p) == pytest.approx(perplexity(log_p))


def test_known_answers():
    # 1/64 in all, and its cube root
    log_p = np.log([1 / 4, 1 / 2, 1 / 8])
    assert perplexity(log_p) == pytest.approx(4)
    assert bits_per_symbol(log_p) == pytest.approx(2)
    assert (perplexity([0.0, 0.0]), bits_per_symbol(np.zeros((2, 3)))) == (1.0, 0.0)
    assert perplexity([0.0, -np.inf]) == bits_per_symbol([0.0, -np.inf]) == np.inf
    assert perplexity([-1e5]) == np.inf
    assert str(bits_per_symbol([0.0])) == "0.0"


def test_large_logits_do_not_overflow():
    o = np.array([[[1e4, 0.0, -1e4]], [[1e300, 1e300, -1e300]]])
    log_p = log_probabilities(o, np.array([[1], [0]]))
    assert log_p[:, 0] == pytest.approx([-1e4, -np.log(2)], rel=1e-15)
    single = log_probabilities(o[:1].astype(np.float32), np.array([[0]]))
    assert (single.dtype, single.tolist()) == (np.float32, [[0.0]])


def test_bits_per_character_do_not_depend_on_the_symbols():
    """The same text to the same model, in characters and in pairs of characters."""
    p = np.array([0.5, 0.25, 0.25])
    text = np.array([0, 2, 1, 1, 0, 0])
    single = np.log(p[text])
    pairs = single.reshape(3, 2).sum(axis=1)
    by_pairs = bits_per_character(bits_per_symbol(pairs), symbols=3, characters=6)
    assert by_pairs == pytest.approx(bits_per_symbol(single))
    assert perplexity(pairs) == pytest.approx(perplexity(single) ** 2)
    # and up again: perplexity per word of a model of characters, five characters a word
    assert 2 ** bits_per_character(1.0, symbols=50, characters=10) == 32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: perplexity([0.5]), "log_p must hold logarithms of probabilities, got 0.5"),
        (lambda: perplexity([np.nan]), "log_p must hold logarithms of probabilities, got nan"),
        (lambda: perplexity([1]), "log_p must have a floating dtype"),
        (lambda: perplexity(np.zeros(0)), "at least one entry that counts, got none"),
        (lambda: perplexity([-1.0], [False]), "at least one entry that counts, got none"),
        (lambda: perplexity([-1.0], [True, True]), "mask must have shape (1,) (that of log_p)"),
        (lambda: perplexity([-1.0], [1]), "mask must hold true or false, got dtype int64"),
        (lambda: bits_per_character(1.0, 0, 1), "symbols must be at least 1, got 0"),
        (lambda: bits_per_character(1.0, 1, 0), "characters must be at least 1, got 0"),
        (lambda: bits_per_character(-1.0, 1, 1), "bits must be at least 0, got -1.0"),
        (lambda: log_probabilities(np.zeros((2, 3)), [[0]]), "o must have shape (T, B, K), got"),
        (lambda: log_probabilities(np.zeros((1, 1, 2)), [[2]]), "y[0, 0] must lie between 0 and"),
        (lambda: log_probabilities(np.full((1, 1, 2), np.nan), [[0]]), "o[0, 0, 0] must be finite"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
