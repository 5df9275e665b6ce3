"""Back-propagation through time keeps every state; what else it needs must not grow with T."""

import tracemalloc

import numpy as np
import pytest

from rnncourse import gru, lstm


@pytest.mark.parametrize("cell", [lstm, gru], ids=["lstm", "gru"])
def test_the_way_back_adds_little_to_the_states_that_must_be_kept(cell):
    rng = np.random.default_rng(0)
    params = cell.init(rng, 1, 32)
    x, d_h = rng.standard_normal((8000, 4, 1)), np.ones((8000, 4, 32))
    cell.backward(cell.forward(params, x[:9])[2], d_h[:9])  # the first use allocates more
    tracemalloc.start()
    try:
        cache = cell.forward(params, x)[2]
        kept = tracemalloc.get_traced_memory()[0]
        cell.backward(cache, d_h)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept > 5 * d_h.nbytes  # the measure would notice
    assert peak < 1.2 * kept
