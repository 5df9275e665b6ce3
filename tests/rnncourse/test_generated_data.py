"""Generated tasks: targets recomputed step by step, published shapes, chance levels measured."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data
from rnncourse.data.temporal_order import SYMBOLS

steady = settings(derandomize=True, deadline=None, max_examples=50)
seeds = st.integers(0, 2**32 - 1)
batches = st.integers(1, 5)

GENERATORS = {
    "adding": lambda rng: data.adding(rng, 7, 3),
    "brackets": lambda rng: data.brackets(rng, 8, 3),
    "copy-memory": lambda rng: data.copy_memory(rng, 4, 3),
    "embedded-reber": lambda rng: (data.embedded_reber(rng),),
    "letters-in-words": lambda rng: data.letters_in_words(rng, 20),
    "mackey-glass": lambda rng: (data.mackey_glass(rng, 5, 2, washout=3),),
    "parity": lambda rng: data.parity(rng, 9, 3),
    "reber": lambda rng: (data.reber(rng),),
    "temporal-order": lambda rng: data.temporal_order(rng, 20, 3),
    "two-time-scales": lambda rng: data.two_time_scales(rng, 5, 2),
    "xor-stream": lambda rng: data.xor_stream(rng, 9, 3),
}


def draw(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", GENERATORS)
def test_the_rng_alone_decides(name):
    generate = GENERATORS[name]
    for first, again in zip(generate(draw(3)), generate(draw(3)), strict=True):
        np.testing.assert_array_equal(first, again)
    drawn = [str(generate(draw(seed))) for seed in range(5)]
    assert len(set(drawn)) > 1


@pytest.mark.parametrize("name", GENERATORS)
def test_the_catalogue_gives_the_generator(name):
    assert data.load(name) is getattr(data, name.replace("-", "_"))
    (entry,) = (entry for entry in data.catalogue() if entry.name == name)
    assert "chance" in entry.summary


@steady
@given(seed=seeds, T=st.integers(2, 30), B=batches, dtype=st.sampled_from([np.float32, float]))
def test_adding(seed, T, B, dtype):
    x, y = data.adding(draw(seed), T, B, dtype=dtype)
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((T, B, 2), (B, 1), dtype, dtype)
    assert set(np.unique(x[..., 1])) <= {0.0, 1.0}
    assert (x[..., 1].sum(axis=0) == 2).all()
    assert x[..., 0].min() >= 0
    assert x[..., 0].max() <= 1
    np.testing.assert_array_equal(y[:, 0], [x[x[:, b, 1] == 1, b, 0].sum() for b in range(B)])


def test_adding_chance_is_a_sixth():
    x, y = data.adding(draw(), 10, 40_000)
    assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, rel=0.02)
    pairs = Counter(map(tuple, np.argwhere(x[..., 1].T == 1)[:, 1].reshape(-1, 2).tolist()))
    assert len(pairs) == 45
    assert max(pairs.values()) < 1.2 * 40_000 / 45


@steady
@given(seed=seeds, T=st.integers(1, 40), B=batches)
def test_copy_memory(seed, T, B):
    x, y = data.copy_memory(draw(seed), T, B)
    assert x.shape == y.shape == (T + 20, B)
    for column, target in zip(x.T.tolist(), y.T.tolist(), strict=True):
        shown = column[:10]
        assert set(shown) <= set(range(8))
        assert column == [*shown, *[8] * (T - 1), 9, *[8] * 10]
        assert target == [8] * (T + 10) + shown


def test_copy_memory_chance_is_the_published_one():
    assert data.copy_memory_chance(1000) == pytest.approx(0.02039, abs=5e-6)
    assert data.copy_memory_chance(500) == pytest.approx(0.03999, abs=5e-6)
    _, y = data.copy_memory(draw(), 30, 2000)
    guess = np.full((50, 9), 1e-300)  # who knows the clock alone
    guess[:40, 8] = 1
    guess[40:, :8] = 1 / 8
    found = -np.log(guess[np.arange(50)[:, None], y]).mean()
    assert found == pytest.approx(data.copy_memory_chance(30), rel=1e-12)
    assert (np.bincount(y[40:].ravel()) > 0.9 * 2000 * 10 / 8).all()


@steady
@given(seed=seeds, T=st.integers(10, 120), B=batches, marks=st.sampled_from([2, 3]))
def test_temporal_order(seed, T, B, marks):
    x, y, lengths = data.temporal_order(draw(seed), T, B, marks=marks)
    assert x.shape == (T + T // 10, B)
    for b, length in enumerate(lengths):
        assert T <= length <= T + T // 10
        text = "".join(SYMBOLS[n] for n in x[:length, b])
        assert re.fullmatch("E[abcdXY]*B", text)
        assert not x[length:, b].any()
        found = "".join(symbol for symbol in text if symbol in "XY")
        names = [f"{k:0{marks}b}".replace("0", "X").replace("1", "Y") for k in range(8)]
        assert found == names[y[b]]


def test_temporal_order_at_the_published_length():
    x, y, lengths = data.temporal_order(draw(), 100, 4000)
    assert (lengths.min(), lengths.max()) == (100, 110)
    places = np.argwhere(np.isin(x.T, [4, 5]))[:, 1].reshape(-1, 2)
    assert (places.min(axis=0).tolist(), places.max(axis=0).tolist()) == ([10, 50], [20, 60])
    assert np.abs(np.bincount(y) / 1000 - 1).max() < 0.1
    places = data.temporal_order(draw(), 100, 500, marks=3)[0].T
    places = np.argwhere(np.isin(places, [4, 5]))[:, 1].reshape(-1, 3)
    assert places.min(axis=0).tolist() == [10, 33, 66]
    assert places.max(axis=0).tolist() == [20, 43, 76]


@steady
@given(seed=seeds, T=st.integers(1, 40), B=batches)
def test_parity(seed, T, B):
    x, y = data.parity(draw(seed), T, B)
    assert x.shape == y.shape == (T, B)
    for b in range(B):
        assert y[:, b].tolist() == [sum(x[: t + 1, b].tolist()) % 2 for t in range(T)]


def test_parity_is_fair():
    x, y = data.parity(draw(), 3, 20_000)
    assert np.abs(x.mean(axis=1) - 0.5).max() < 0.02
    assert np.abs(y.mean(axis=1) - 0.5).max() < 0.02


@steady
@given(seed=seeds, T=st.integers(1, 40), B=batches)
def test_xor_stream(seed, T, B):
    x, y = data.xor_stream(draw(seed), T, B)
    assert x.shape == y.shape == (T, B)
    np.testing.assert_array_equal(y[:-1], x[1:])
    for t in range(1, T, 3):
        np.testing.assert_array_equal(y[t], (x[t - 1] + x[t]) % 2)


def test_xor_stream_leaves_a_sixth():
    _, y = data.xor_stream(draw(), 3000, 20)
    assert np.mean((y - 0.5) ** 2) == 0.25
    assert np.abs(y.reshape(1000, 3, 20).mean(axis=(0, 2)) - 0.5).max() < 0.02
    best = np.where(np.arange(3000)[:, None] % 3 == 1, y, 0.5)
    assert np.mean((y - best) ** 2) == pytest.approx(1 / 6, rel=1e-12)


@steady
@given(seed=seeds, count=st.integers(1, 30))
def test_letters_in_words_come_apart_again(seed, count):
    text, begins = data.letters_in_words(draw(seed), count)
    assert len(begins) == len(text)
    places = [*np.flatnonzero(begins).tolist(), len(text)]
    words = [text[start:end] for start, end in pairwise(places)]
    assert len(words) == count
    lexicon = " many years ago a boy and girl lived by the sea they played happily "
    assert all(f" {word} " in lexicon for word in words)


@steady
@given(seed=seeds, n=st.integers(1, 15), B=batches, kinds=st.integers(1, 4))
def test_brackets(seed, n, B, kinds):
    x, y = data.brackets(draw(seed), 2 * n, B, kinds=kinds)
    assert x.shape == y.shape == (2 * n, B)
    for numbers, tops in zip(x.T.tolist(), y.T.tolist(), strict=True):
        assert data.is_balanced(numbers, kinds)
        for t, top in enumerate(tops):  # the kind that may close now, found by trying
            rest = [k for k in range(kinds) if closes(numbers[: t + 1], k, kinds)]
            assert rest == ([top] if top < kinds else [])
        assert not data.is_balanced(numbers[:-1], kinds)
        assert not data.is_balanced(numbers[::-1], kinds)


def closes(numbers, kind, kinds):
    """Whether a bracket of that kind closes the innermost open one, by cancelling pairs."""
    text = "".join(chr(97 + number) for number in numbers)
    before = None
    while text != before:
        before = text
        for k in range(kinds):
            text = text.replace(chr(97 + k) + chr(97 + kinds + k), "")
    return text.endswith(chr(97 + kind))


def test_brackets_are_drawn_evenly():
    x, _ = data.brackets(draw(), 6, 5000, kinds=1)
    counts = Counter(map(tuple, x.T.tolist()))
    assert len(counts) == 5  # Catalan's number for three pairs
    assert min(counts.values()) > 0.9 * 1000
    x, y = data.brackets(draw(), 20, 1000, kinds=4)
    assert np.bincount(y[y < 4]) / (y < 4).sum() == pytest.approx([0.25] * 4, abs=0.03)


def test_two_time_scales():
    x, y = data.two_time_scales(draw(), 400, 300, slow=50, fast=5, noise=0.2, dtype=np.float32)
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((400, 300, 1), (400, 300, 2)) + (
        np.float32,
    ) * 2
    np.testing.assert_allclose(y[50:, :, 0], y[:-50, :, 0], atol=1e-5)
    np.testing.assert_allclose(y[5:, :, 1], y[:-5, :, 1], atol=1e-5)
    assert np.mean(y**2, axis=(0, 1)) == pytest.approx([0.5, 0.5], rel=1e-4)
    rest = x[..., 0] - y.sum(axis=-1)
    assert rest.std() == pytest.approx(0.2, rel=0.02)


def test_mackey_glass_follows_its_equation():
    raw = data.mackey_glass(draw(), 60, 2, tau=1, washout=0, squash=False)
    y = draw().uniform(1.1, 1.3, (11, 2)).tolist()
    for _ in range(600):  # by hand, number by number
        y.append(
            [
                now + 0.1 * (0.2 * then / (1 + then**10) - 0.1 * now)
                for now, then in zip(y[-1], y[-11], strict=True)
            ]
        )
    np.testing.assert_allclose(raw[:, :, 0], y[20::10], rtol=1e-12)
    series = data.mackey_glass(draw(), 60, 2, tau=1, washout=0)
    np.testing.assert_allclose(series, np.tanh(raw - 1), rtol=1e-15)
    late = data.mackey_glass(draw(), 50, 2, tau=1, washout=10)
    np.testing.assert_array_equal(late, series[10:])


def test_mackey_glass_is_chaotic_and_bounded():
    series = data.mackey_glass(draw(), 1000, 2, squash=False)
    assert 0.2 < series.min() < 0.6
    assert 1.2 < series.max() < 1.5
    histories = np.abs(series[:, 0] - series[:, 1]).max(axis=1)
    assert histories.max() > 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.adding(draw(), 1, 1), "T must be at least 2, for two marks, got 1"),
        (lambda: data.adding(draw(), 2, 0), "B must be at least 1, got 0"),
        (lambda: data.adding(draw(), 2, 1, dtype=int), "dtype must be floating"),
        (lambda: data.copy_memory(draw(), 0, 1), "T must be at least 1, got 0"),
        (lambda: data.copy_memory_chance(0), "T must be at least 1, got 0"),
        (lambda: data.temporal_order(draw(), 9, 1), "T must be at least 10, got 9"),
        (lambda: data.temporal_order(draw(), 10, 1, marks=4), "marks must be 2 or 3, got 4"),
        (lambda: data.parity(draw(), 1, 0), "B must be at least 1, got 0"),
        (lambda: data.xor_stream(draw(), 0, 1), "T must be at least 1, got 0"),
        (lambda: data.letters_in_words(draw(), 0), "count must be at least 1, got 0"),
        (lambda: data.letters_in_words(draw(), 1, ["a", ""]), "none empty, got ['a', '']"),
        (lambda: data.letters_in_words(draw(), 1, []), "words must be at least one word"),
        (lambda: data.brackets(draw(), 3, 1), "T must be even and at least 2, got 3"),
        (lambda: data.brackets(draw(), 2, 1, kinds=0), "kinds must be at least 1, got 0"),
        (lambda: data.is_balanced([0, 4]), "numbers[1] must lie between 0 and 2 kinds - 1 = 3"),
        (lambda: data.two_time_scales(draw(), 5, 1, slow=3, fast=4), "2 < fast < slow, got fast"),
        (lambda: data.two_time_scales(draw(), 5, 1, noise=-1), "noise must be 0 or more, got -1"),
        (lambda: data.mackey_glass(draw(), 5, tau=0), "tau must be at least 1, got 0"),
        (lambda: data.mackey_glass(draw(), 5, washout=-1), "washout must be 0 or more, got -1"),
    ],
)  # fmt: skip
def test_generators_refuse(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
