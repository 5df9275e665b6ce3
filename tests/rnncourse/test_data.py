"""Data sets: known values, the same on every run, and round trips."""

import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data, elman, language, network, optim, truncated

X = np.ones((2, 3))


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def test_quick_exercise_by_its_own_equations():
    h0 = sigmoid(0.4 - 0.1 * 18)
    h1 = sigmoid(0.4 + 0.5 * h0 - 0.1 * 9)
    h2 = sigmoid(0.4 + 0.5 * h1 + 0.1 * 8)
    answers = data.quick_exercise().answers()
    assert answers == pytest.approx({"h[0]": h0, "y[1]": h1 / 4, "y[2]": h2 / 4}, rel=1e-14)


def test_other_values_make_another_exercise():
    harder = data.quick_exercise()._replace(x=(1e4, -1e4), b_y=1.0)
    first, second = harder.worked()
    assert (first.h, first.y) == (0.0, 1.0)
    assert (second.h, second.y) == (1.0, 1.25)


def test_zen_is_the_one_everybody_knows():
    text = data.zen()
    assert hashlib.sha256(text.encode()).hexdigest().startswith("e250f274")
    assert text.endswith("Namespaces are one honking great idea -- let's do more of those!")


def test_zen_prints_nothing():
    code = "from rnncourse import data; data.zen()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("load", "least"), [(data.heaps, 4000), (data.documentation, 3e5), (data.source, 5e4)]
)
def test_texts_are_long_and_the_same_twice(load, least):
    text = load()
    assert len(text) > least
    assert text == load()
    assert len(set(text)) < 200


def test_texts_by_part():
    assert data.documentation(["for", "while"]).count("statement") > 5
    assert "def wrap(" in data.source(["textwrap"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.documentation(["whilst"]), "topics must be names in pydoc_data.topics, got"),
        (lambda: data.source(["itertools"]), "have Python source, got 'itertools'"),
        (lambda: data.source(["no_such_module"]), "got 'no_such_module'"),
        (lambda: data.load("zenn"), "name must be one of quick-exercise, zen"),
        (lambda: data.one_hot([3], 3), "numbers must lie between 0 and size - 1 = 2, got 3"),
        (lambda: data.one_hot([0.5], 3), "numbers must be integers, got dtype float64"),
        (lambda: data.streams([1, 2], 2), "at least batch_size + 1 = 3 entries, got 2"),
        (lambda: data.streams([1, 2], 0), "batch_size must be at least 1, got 0"),
        (lambda: data.streams([[1, 2]], 1), "numbers must have shape (N,), got (1, 2)"),
        (lambda: data.pad([]), "sequences must hold at least one sequence, got none"),
        (lambda: data.pad([X, X[:, :2]]), "sequences[1] must have shape (T, 3)"),
    ],
)  # fmt: skip
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_catalogue_loads_whole():
    names = [entry.name for entry in data.catalogue()]
    assert len(set(names)) == len(names)
    for entry in data.catalogue():
        assert entry.summary
        assert entry.origin
        assert entry.licence
        assert repr(data.load(entry.name)) == repr(entry.load())


@settings(derandomize=True, deadline=None)
@given(st.text(min_size=1))
def test_encoding_comes_back(text):
    letters = language.Characters(text)
    numbers = letters.encode(text)
    assert letters.decode(numbers) == text
    vectors = data.one_hot(numbers, len(letters))
    assert vectors.sum(axis=-1).tolist() == [1.0] * len(text)
    assert np.array_equal(vectors.argmax(axis=-1), numbers)


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 6), st.integers(1, 40))
def test_streams_are_the_sequence_and_its_next_step(B, extra):
    numbers = np.arange(B + extra)
    x, y = data.streams(numbers, B)
    assert np.array_equal(x.T.ravel(), numbers[: x.size])
    assert np.array_equal(y, x + 1)
    assert len(numbers) - 1 - x.size < B


def test_pad_keeps_dtype_and_inner_shape():
    rng = np.random.default_rng(0)
    sequences = [rng.standard_normal((n, 2)).astype(np.float32) for n in (3, 0, 5)]
    x, lengths = data.pad(sequences, value=np.nan)
    assert (x.shape, x.dtype, lengths.tolist()) == ((5, 3, 2), np.float32, [3, 0, 5])
    for b, sequence in enumerate(sequences):
        assert np.array_equal(x[: len(sequence), b], sequence)
        assert np.isnan(x[len(sequence) :, b]).all()
    assert data.pad([[1, 2], []])[0].dtype == np.dtype(int)


def test_a_network_learns_the_zen():
    text = data.zen()
    letters = language.Characters(text)
    x, y = data.streams(letters.encode(text), batch_size=4)
    K = len(letters)
    params = network.init(elman, np.random.default_rng(0), K, 32, K)
    update, found = optim.Adam(0.02).step, []
    for _ in range(8):
        total = 0.0
        for window in truncated.train(
            elman, params, x, y, 20, update, encode=lambda ids: data.one_hot(ids, K)
        ):
            params, total = window.params, total + window.loss
        found.append(total / len(x))
    counts = np.bincount(letters.encode(text)) / len(text)
    letter_frequencies_alone = -(counts * np.log(counts)).sum()
    assert found[0] > letter_frequencies_alone > found[-1]
