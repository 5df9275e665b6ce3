"""Beam search against the enumeration of every sequence, and what holds at any width."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import beam

steady = settings(derandomize=True, deadline=None, max_examples=40)
END = 0


class Model:
    """A random distribution after every beginning; counts how often it is asked."""

    def __init__(self, seed, K, rounded=False):
        self.seed, self.K, self.rounded, self.asked = seed, K, rounded, 0

    def step(self, state, token):
        self.asked += 1
        state = (*state, token)
        p = np.random.default_rng([self.seed, *state]).random(self.K) ** 3 + 1e-6
        if self.rounded:  # few values, so that many sequences are equal
            p = np.ceil(2 * p)
        return np.log(p / p.sum()), state


def every_sequence(model, max_length, power):
    """All complete sequences with their scores, best first."""
    found = []
    for length in range(1, max_length + 1):
        for tokens in itertools.product(range(model.K), repeat=length):
            ended = tokens[-1] == END
            if END in tokens[:-1] or not (ended or length == max_length):
                continue
            state, log_p = (), 0.0
            for read, put_out in zip((END, *tokens), tokens, strict=False):
                of_next, state = model.step(state, read)
                log_p += float(of_next[put_out])
            found.append(beam.Hypothesis(tokens, log_p / length**power, log_p))
    return sorted(found, key=lambda h: (-h.score, h.tokens))


def run(model, width, max_length, **how):
    return beam.search(model.step, (), width=width, max_length=max_length, **how)


models = st.builds(Model, st.integers(0, 10**6), st.integers(2, 4), st.booleans())
powers = st.sampled_from([0.0, 0.6, 1.0, 2.0])


@steady
@given(models, st.integers(1, 4), powers)
def test_wide_enough_it_is_exhaustive(model, max_length, power):
    every = every_sequence(model, max_length, power)
    found = run(model, model.K**max_length, max_length, length_power=power)
    assert [h.tokens for h in found] == [h.tokens for h in every]
    assert [h.score for h in found] == pytest.approx([h.score for h in every], abs=1e-12)
    assert sum(np.exp(h.log_p) for h in found) == pytest.approx(1)


@steady
@given(models, st.integers(1, 8), powers)
def test_a_beam_of_one_is_greedy(model, max_length, power):
    tokens, state, log_p = [END], (), 0.0
    while len(tokens) <= max_length and (len(tokens) == 1 or tokens[-1] != END):
        of_next, state = model.step(state, tokens[-1])
        tokens.append(int(of_next.argmax()))
        log_p += float(of_next.max())
    (found,) = run(model, 1, max_length, length_power=power)
    assert found.tokens == tuple(tokens[1:])
    assert found.log_p == pytest.approx(log_p)
    assert found.score == pytest.approx(log_p / len(found.tokens) ** power)


def plain(model, width, max_length, power):
    """The search without stopping early."""
    live, complete = [((), (), 0.0)], []
    for length in range(1, max_length + 1):
        longer = []
        for tokens, state, log_p in live:
            of_next, after = model.step(state, tokens[-1] if tokens else END)
            longer += [((*tokens, k), after, log_p + float(of_next[k])) for k in range(model.K)]
        longer = sorted(longer, key=lambda item: (-item[2], item[0]))[:width]
        live = [item for item in longer if item[0][-1] != END and length < max_length]
        complete += [item for item in longer if item not in live]
    scored = [(-log_p / len(tokens) ** power, tokens) for tokens, _, log_p in complete]
    return [tokens for _, tokens in sorted(scored)]


@steady
@given(models, st.integers(1, 5), st.integers(1, 6), powers, st.integers(1, 4))
def test_stopping_early_changes_nothing(model, width, max_length, power, n_best):
    found = run(model, width, max_length, length_power=power, n_best=n_best)
    assert [h.tokens for h in found] == plain(model, width, max_length, power)[:n_best]
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_it_does_stop_early():
    p = np.array([0.9, 0.1])
    asked = []

    def step(state, token):
        asked.append(token)
        return np.log(p), state

    (found,) = beam.search(step, None, width=2, max_length=1000, n_best=1)
    assert found.tokens == (0,)
    assert len(asked) == 1


@steady
@given(models, st.integers(1, 4), st.integers(1, 20), powers)
def test_none_is_better_than_the_exhaustive_best(model, max_length, width, power):
    best = run(model, model.K**max_length, max_length, length_power=power)[0]
    assert run(model, width, max_length, length_power=power)[0].score <= best.score + 1e-12


def test_a_wider_beam_is_mostly_better():
    better = worse = 0
    for seed in range(200):
        model = Model(seed, K=4)
        narrow, wide = (run(model, width, 6, n_best=1)[0].log_p for width in (1, 3))
        better += wide > narrow + 1e-9
        worse += wide < narrow - 1e-9
    assert better > 50
    assert better > 20 * worse


def test_a_wider_beam_may_be_worse():
    # two heirs of 2 push out the heir of 1 that a narrow beam follows to its certain end
    p = {
        (): [0, 0.55, 0.45, 0, 0],
        (1,): [0, 0.28, 0.24, 0.24, 0.24],
        (2,): [0, 0.5, 0.5, 0, 0],
        (1, 1): [1, 0, 0, 0, 0],
    }

    def step(state, token):
        state = () if state is None else (*state, token)
        with np.errstate(divide="ignore"):
            return np.log(p.get(state, [0.2] * 5)), state

    (narrow,) = beam.search(step, None, width=1, max_length=3)
    wide = beam.search(step, None, width=2, max_length=3)[0]
    exact = beam.search(step, None, width=125, max_length=3)[0]
    assert np.exp([narrow.log_p, wide.log_p, exact.log_p]) == pytest.approx([0.154, 0.045, 0.154])


def test_of_equal_sequences_the_first_in_dictionary_order():
    def step(state, token):
        return np.log(np.full(3, 1 / 3)), state

    found = beam.search(step, None, width=9, max_length=2)
    assert [h.tokens for h in found] == [
        (0,), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2),
    ]  # fmt: skip


def test_the_power_of_the_length_decides_between_short_and_long():
    p = np.array([[0.3, 0.7], [0.4, 0.6]])  # 0 at once: 0.3; 1 four times: 0.7 · 0.6³ = 0.15

    def step(state, token):
        return np.log(p[token]), state

    def best(power):
        return beam.search(step, None, width=8, max_length=4, length_power=power)[0].tokens

    assert best(0) == (0,)
    assert best(1) == (1, 1, 1, 1)


def test_start_and_end_may_differ_and_impossible_symbols_do_not_come():
    heard = []

    def step(state, token):
        heard.append(token)
        return np.array([-np.inf, np.log(0.5), np.log(0.5)]), state + 1

    found = beam.search(step, 0, width=4, max_length=2, start=7, end=2)
    assert heard[0] == 7
    assert [h.tokens for h in found] == [(2,), (1, 1), (1, 2)]


def test_a_model_that_allows_nothing():
    found = beam.search(lambda s, token: (np.full(2, -np.inf), s), None, width=2, max_length=3)
    assert found == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 0}, "width must be at least 1, got 0"),
        ({"max_length": 0}, "max_length must be at least 1, got 0"),
        ({"n_best": 0}, "n_best must be at least 1, got 0"),
        ({"length_power": -1.0}, "length_power must not be negative, got -1.0"),
        ({"length_power": np.nan}, "length_power must not be negative, got nan"),
        ({"log_p": [0.1, 0.0]}, "log-probabilities from step must be at most 0, got 0.1 for sym"),
        ({"log_p": [0.0, np.nan]}, "must be at most 0, got nan for symbol 1"),
        ({"log_p": [[0.0]]}, "log-probabilities from step must have shape (K,), got (1, 1)"),
    ],
    ids=str,
)
def test_refusals(change, message):
    log_p = change.pop("log_p", [-1.0, -1.0])
    arguments = {"width": 1, "max_length": 1, **change}
    with pytest.raises(ValueError, match=re.escape(message)):
        beam.search(lambda state, token: (np.array(log_p), state), None, **arguments)
