"""The figure's numbers: right, and the same in the browser's module and in Python."""

import json
from itertools import product

import pytest

from rnncourse.figures.told_apart import LONGEST, alike, by_state, by_window, readings

CASES = [(w / 20, decimals) for w in (0, 3, 9, 10, 11, 14, 19, 20) for decimals in range(4)]


@pytest.mark.parametrize(("w", "decimals"), [(0.5, 2), (0.7, 1), (0.95, 3)])
def test_readings_are_those_of_a_sum_over_the_past(w, decimals):
    """By the sum Σ w^lag x: no recursion."""
    found = readings(7, w, decimals)
    for past, read in zip(product((0, 1), repeat=7), found, strict=True):
        h = sum(bit * w ** (6 - step) for step, bit in enumerate(past))
        assert abs(read - h * 10**decimals) <= 0.5 + 1e-9


def test_a_window_is_full_at_its_own_width():
    assert by_window(3) == [2, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]
    pasts = list(product((0, 1), repeat=5))
    assert len({past[-3:] for past in pasts}) == by_window(3)[4]


def test_halving_spells_the_past_in_binary():
    """Every past of as many bits as the decimals can show is its own number; then no longer."""
    found = by_state(0.5, 3)
    assert found[:9] == [2**m for m in range(1, 10)]  # steps of 2^-8 are wider than 0.001
    assert found[-1] < 2**LONGEST


def test_what_keeps_everything_only_counts():
    """With w = 1 the state is the number of ones: m + 1 values."""
    assert by_state(1.0, 0) == [m + 1 for m in range(1, LONGEST + 1)]
    assert alike(1.0, 3) == ("01", "10", 1.0)


def test_what_keeps_nothing_is_a_window_of_one():
    assert by_state(0.0, 2) == by_window(1)


@pytest.mark.parametrize(("w", "decimals"), CASES)
def test_the_pair_is_read_alike_and_none_is_shorter(w, decimals):
    pair = alike(w, decimals)
    if pair is None:
        assert by_state(w, decimals)[-1] == 2**LONGEST
        return
    m = len(pair.first)
    assert pair.first != pair.second
    assert m == len(pair.second)
    read = readings(m, w, decimals)
    assert read[int(pair.first, 2)] == read[int(pair.second, 2)]
    assert pair.read == read[int(pair.first, 2)] / 10**decimals
    assert by_state(w, decimals)[: m - 1] == [2**k for k in range(1, m)]


@pytest.mark.parametrize(("m", "decimals", "named"), [(13, 1, "m must"), (3, -1, "decimals must")])
def test_bad_arguments_are_named(m, decimals, named):
    with pytest.raises(ValueError, match=named):
        readings(m, 0.5, decimals)


def test_browser_module_computes_the_same(run_module):
    program = """
      const cases = JSON.parse(process.argv[2]);
      const all = (w, d) => [module.byState(w, d), module.readings(9, w, d), module.alike(w, d)];
      console.log(JSON.stringify([cases.map((c) => all(...c)), [1, 5, 12].map(module.byWindow)]));
    """
    found, windows = json.loads(run_module("told_apart", program, json.dumps(CASES)))
    for (w, decimals), (counts, read, pair) in zip(CASES, found, strict=True):
        assert counts == by_state(w, decimals)
        assert read == readings(9, w, decimals)
        assert pair == (None if alike(w, decimals) is None else list(alike(w, decimals)))
    assert windows == [by_window(n) for n in (1, 5, 12)]


def test_browser_module_says_what_it_shows(run_module):
    program = """
      console.log(module.describe(4, 1, 2));
      console.log(module.describe(12, 0.5, 3));
    """
    counting, halving = run_module("told_apart", program).splitlines()
    assert "tells 16 of the 4096" in counting
    assert "tells 13 apart" in counting
    assert "01 and 10, both read as 1.00" in counting
    assert "tells all 4096" in halving
    assert f"tells {by_state(0.5, 3)[-1]} apart" in halving
