"""Drawing: what temperature, top-k and the nucleus leave, frequencies, and texts from a network."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnncourse import _tree, elman, gru, losses, lstm, network
from rnncourse.language import distribution, draw, generate

steady = settings(derandomize=True, deadline=None)
logits = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=8).map(np.array)
coarse = st.lists(st.integers(-3, 3), min_size=1, max_size=8).map(lambda o: np.array(o, float))
temperatures = st.floats(0.05, 20)


@steady
@given(logits, temperatures, st.floats(-1e3, 1e3))
def test_temperature_divides_the_logits_and_a_shift_changes_nothing(o, temperature, shift):
    p = distribution(o, temperature=temperature)
    assert p == pytest.approx(losses.softmax(o / temperature), rel=1e-12, abs=1e-300)
    assert distribution(o + shift, temperature=temperature) == pytest.approx(p, abs=1e-9)


@steady
@given(coarse)
def test_as_the_temperature_goes_to_zero_only_the_largest_stays(o):
    greedy = distribution(o, temperature=0)
    assert greedy.tolist() == np.eye(len(o))[o.argmax()].tolist()  # of equal ones the first
    for cold in (1e-3, 1e-300, 5e-324):
        largest = o == o.max()
        assert distribution(o, temperature=cold) == pytest.approx(largest / largest.sum())
        assert distribution(o, temperature=cold, top_k=1).tolist() == greedy.tolist()
    assert distribution(o, temperature=1e9) == pytest.approx(np.full(len(o), 1 / len(o)))


@steady
@given(coarse, st.integers(1, 10))
def test_top_k_keeps_the_k_largest_in_proportion(o, k):
    p, whole = distribution(o, top_k=k), losses.softmax(o)
    likeliest = sorted(range(len(o)), key=lambda i: (-o[i], i))[:k]
    assert sorted(np.flatnonzero(p)) == sorted(likeliest)
    assert p[likeliest] == pytest.approx(whole[likeliest] / whole[likeliest].sum())


@steady
@given(coarse, st.floats(0.01, 1), temperatures)
def test_the_nucleus_is_the_smallest_set_of_that_mass(o, top_p, temperature):
    p = distribution(o, top_p=top_p, temperature=temperature)
    whole = distribution(o, temperature=temperature)
    likeliest = sorted(range(len(o)), key=lambda i: (-o[i], i))
    masses = np.cumsum(whole[likeliest])
    assume(abs(masses - top_p).min() > 1e-9)  # rounding decides there
    n = int(np.argmax(masses >= top_p)) + 1 if masses[-1] >= top_p else len(o)
    assert sorted(np.flatnonzero(p)) == sorted(likeliest[:n])
    assert p[likeliest[:n]] == pytest.approx(whole[likeliest[:n]] / masses[n - 1])


def test_the_nucleus_by_hand_and_after_top_k():
    o = np.log([0.1, 0.4, 0.2, 0.3])
    assert distribution(o, top_p=0.7).tolist() == pytest.approx([0, 4 / 7, 0, 3 / 7])
    assert distribution(o, top_p=0.71).tolist() == pytest.approx([0, 4 / 9, 2 / 9, 3 / 9])
    # of the two kept by top-k the first has 4/7 of the mass, enough for 0.5
    assert distribution(o, top_k=2, top_p=0.5).tolist() == [0, 1, 0, 0]
    assert (distribution(o, top_p=1) > 0).all()
    assert distribution(np.log([1 - 1e-18, 1e-18]), top_p=1)[1] > 0


def test_what_never_comes_is_never_drawn():
    o = np.array([-np.inf, 0.0, -np.inf, 0.0, -np.inf])
    assert distribution(o).tolist() == [0, 0.5, 0, 0.5, 0]
    assert distribution(o, top_k=4, top_p=0.9, temperature=2).tolist() == [0, 0.5, 0, 0.5, 0]

    class Edge:
        def __init__(self, u):
            self.u = u

        def random(self, shape):
            return np.full(shape, self.u)

    for u, expected in [(0.0, 1), (0.49, 1), (0.51, 3), (np.nextafter(1, 0), 3), (1.0, 3)]:
        assert draw(Edge(u), o) == expected
        assert draw(Edge(u), np.tile(o, (2, 3, 1))).tolist() == [[expected] * 3] * 2


@pytest.mark.parametrize("how", [{}, {"temperature": 0.7, "top_k": 4}, {"top_p": 0.9}])
def test_frequencies_are_those_of_the_distribution(how):
    o = np.log([0.05, 0.3, 0.1, 0.25, 0.2, 0.1])
    p = distribution(o, **how)
    drawn = draw(np.random.default_rng(7), np.tile(o, (20_000, 1)), **how)
    counts = np.bincount(drawn, minlength=6)
    assert not counts[p == 0].any()
    expected = p[p > 0] * 20_000
    assert ((counts[p > 0] - expected) ** 2 / expected).sum() < 20.5  # chi-square, 5 degrees, 0.1 %


def test_rows_are_drawn_each_from_its_own_logits():
    o = np.full((2, 3, 4), -np.inf, np.float32)
    wanted = np.array([[0, 1, 2], [3, 3, 0]])
    np.put_along_axis(o, wanted[..., None], 5, axis=-1)
    drawn = draw(np.random.default_rng(0), o)
    assert drawn.tolist() == wanted.tolist()
    assert draw(np.random.default_rng(0), o[0, 0]).shape == ()


@pytest.mark.parametrize(
    ("o", "how", "message"),
    [
        ([0.0], {"temperature": -1}, "temperature must be at least 0 and finite, got -1"),
        ([0.0], {"temperature": np.nan}, "temperature must be at least 0 and finite, got nan"),
        ([0.0], {"temperature": np.inf}, "temperature must be at least 0 and finite, got inf"),
        ([0.0], {"top_k": 0}, "top_k must be at least 1, got 0"),
        ([0.0], {"top_p": 0}, "top_p must be above 0 and at most 1, got 0"),
        ([0.0], {"top_p": 1.5}, "top_p must be above 0 and at most 1, got 1.5"),
        ([0.0, np.nan], {}, "the largest of a row is nan"),
        ([0.0, np.inf], {}, "the largest of a row is inf"),
        ([[0.0, 0.0], [-np.inf, -np.inf]], {}, "the largest of a row is -inf"),
        ([], {}, "o must have shape (..., K) with K at least 1, got (0,)"),
        ([1, 2], {}, "o must have a floating dtype"),
    ],
)
def test_refusals(o, how, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        draw(np.random.default_rng(0), np.array(o), **how)


def draw_network(cell, K=5, dtype=np.float64):
    # large weights, and a seed for which greedy texts of all three cells do not repeat one symbol
    params = network.init(cell, np.random.default_rng(26), K, 8, K, dtype=dtype)
    return _tree.apply(lambda w: 4 * w, params)


@pytest.mark.parametrize("cell", [elman, gru, lstm], ids=["elman", "gru", "lstm"])
def test_a_greedy_text_is_what_one_pass_over_it_foresees(cell):
    params = draw_network(cell)
    rng = np.random.default_rng(0)
    numbers, state = generate(cell, params, rng, [3, 1, 0], 12, temperature=0)
    assert len(set(numbers.tolist())) > 1
    read = np.array([3, 1, 0, *numbers[:-1]])
    o, end = network.predict(cell, params, np.eye(5)[read[:, None]])
    assert o[2:, 0].argmax(axis=-1).tolist() == numbers.tolist()
    assert state.h == pytest.approx(end.h, abs=1e-14)


def test_a_text_in_two_halves_is_the_text_in_one():
    params = draw_network(lstm)
    whole, end = generate(lstm, params, np.random.default_rng(5), [1], 9, top_p=0.95)
    rng = np.random.default_rng(5)
    first, state = generate(lstm, params, rng, [1], 4, top_p=0.95)
    second, last = generate(lstm, params, rng, first[-1:], 5, state=state, top_p=0.95)
    assert [*first, *second] == whole.tolist()
    assert last.c == pytest.approx(end.c, abs=1e-14)


def test_a_network_draws_what_it_foresees_step_by_step():
    """The frequencies of all texts of two symbols are the products of their probabilities."""
    params = network.init(elman, np.random.default_rng(0), 2, 4, 2)
    rng, counts = np.random.default_rng(1), np.zeros((2, 2))
    for _ in range(1500):
        a, b = generate(elman, params, rng, [0], 2)[0]
        counts[a, b] += 1
    expected = np.zeros((2, 2))
    for a in range(2):
        o, _ = network.predict(elman, params, np.eye(2)[[[0], [a]]])
        p = losses.softmax(o[:, 0])
        expected[a] = 1500 * p[0, a] * p[1]
    assert ((counts - expected) ** 2 / expected).sum() < 16.3  # chi-square, 3 degrees, 0.1 %


def test_it_stops_at_the_stop_symbol():
    params = draw_network(gru)
    whole, _ = generate(gru, params, np.random.default_rng(3), [0], 40)
    stop = int(whole[5])
    cut, _ = generate(gru, params, np.random.default_rng(3), [0], 40, stop=stop)
    assert cut.tolist() == whole[: whole.tolist().index(stop) + 1].tolist()


def test_an_encoding_of_ones_own_and_single_precision():
    table = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    params = network.init(gru, np.random.default_rng(1), 3, 4, 5, dtype=np.float32)
    numbers, state = generate(
        gru, params, np.random.default_rng(0), [4], 6, encode=lambda n: table[n]
    )
    assert len(numbers) == 6
    assert state.h.dtype == np.float32
    single = draw_network(elman, dtype=np.float32)
    assert generate(elman, single, np.random.default_rng(0), [4], 6)[1].h.dtype == np.float32


@pytest.mark.parametrize(
    ("seed", "count", "message"),
    [
        ([], 3, "seed must have shape (N,) with N at least 1, got (0,)"),
        ([[1]], 3, "seed must have shape (N,) with N at least 1, got (1, 1)"),
        ([1], 0, "count must be at least 1, got 0"),
        ([5], 3, "numbers must lie between 0 and size - 1 = 4, got 5"),
        ([0.5], 3, "numbers must be integers, got dtype float64"),
    ],
)
def test_generation_refuses(seed, count, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        generate(elman, draw_network(elman), np.random.default_rng(0), seed, count)
