"""What one output reads: right by gradients, and the same in the browser's module and in Python."""

import itertools
import json

import numpy as np
import pytest

from rnncourse import conv, looking, tcn
from rnncourse.figures.receptive_field import STATE, draw, numbers, tree

CASES = list(itertools.product((1, 2, 3, 5), (1, 2, 3, 6), (1, 3), (1, 2)))


def read_by_gradient(k: int, growth: int, blocks: int, convolutions: int) -> set[int]:
    """Lags with a slope, through linear convolutions with positive weights."""
    params = conv.ConvParams(np.ones((k, 1, 1)), np.zeros(1))
    dilations = [growth**b for b in range(blocks) for _ in range(convolutions)]
    T = 1 + (k - 1) * sum(dilations) + 3
    x, caches = np.ones((T, 1, 1)), []
    for d in dilations:
        x, cache = conv.forward(params, x, dilation=d)
        caches.append(cache)
    slope = np.zeros_like(x)
    slope[-1] = 1
    for cache in reversed(caches):
        slope, _ = conv.backward(cache, slope)
    return {T - 1 - int(t) for t in np.flatnonzero(slope)}


@pytest.mark.parametrize("case", [(2, 2, 3, 1), (2, 3, 3, 1), (3, 2, 2, 2), (2, 4, 3, 2)])
def test_the_tree_reads_what_has_a_slope(case):
    assert set(tree(*case).lags[0].tolist()) == read_by_gradient(*case)


@pytest.mark.parametrize(("k", "blocks"), [(2, 1), (3, 3), (5, 4)])
def test_with_dilations_that_double_it_is_the_networks_receptive_field(k, blocks):
    found = numbers(k, 2, blocks, 2)
    assert found.field == found.read == tcn.receptive_field(k, blocks)
    assert found.gap is None


def test_two_convolutions_with_two_taps_tile_up_to_a_factor_of_three():
    for growth, blocks in ((3, 3), (3, 4)):
        found = numbers(2, growth, blocks, 2)
        assert found.field == found.read == 3**blocks
    assert numbers(2, 4, 2, 2).gap == 3
    assert numbers(2, 2, 4, 1) == (16, 16, None, 1, 1)
    assert numbers(2, 3, 3, 1) == (14, 8, 2, 1, 1)


def test_the_picture_is_that_of_the_tree():
    assert draw(**STATE).axes
    assert looking.taps([3] * 6, [1, 1, 2, 2, 4, 4]).receptive_field == numbers(**STATE).field == 29


@pytest.mark.parametrize("name", STATE)
def test_bad_arguments_are_named(name):
    with pytest.raises(ValueError, match=f"{name} should be at least 1; got 0"):
        tree(**(STATE | {name: 0}))


def test_browser_module_computes_the_same(run_module):
    program = """
      const cases = JSON.parse(process.argv[2]);
      console.log(JSON.stringify(cases.map((c) => [module.taps(...c), module.numbers(...c)])));
    """
    found = json.loads(run_module("receptive_field", program, json.dumps(CASES)))
    for case, (js_tree, js_numbers) in zip(CASES, found, strict=True):
        ours = tree(*case)
        assert js_tree["lags"] == [a.tolist() for a in ours.lags]
        assert js_tree["paths"] == [a.tolist() for a in ours.paths]
        assert js_tree["arrows"] == [[list(a) for a in layer] for layer in ours.arrows]
        assert js_numbers == numbers(*case)._asdict()


def test_browser_module_says_what_it_shows(run_module):
    program = """
      console.log(module.describe(3, 2, 3, 2));
      console.log(module.describe(2, 3, 3, 1));
      console.log(module.describe(1, 2, 1, 1));
    """
    whole, gaps, one = run_module("receptive_field", program).splitlines()
    assert "dilations 1, 2, 4" in whole
    assert "sees 29 steps, all of them" in whole
    assert "reaches over 14 steps and reads 8 of them" in gaps
    assert "lies 2 steps back" in gaps
    assert "1 block of 1 convolution with 1 tap" in one
    assert "sees 1 step," in one
