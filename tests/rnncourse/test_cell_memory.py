"""Back-propagation through time keeps every state; what else it needs must not grow with T."""

import tracemalloc

import numpy as np

LONG = (500, 64, 64)  # T, B, H: 16 MB a state, beside a few blocks of half a megabyte
SHORT = {"mlstm": (60, 8, 32), "slstm": (100, 64, 64)}  # which keep many numbers for each unit
SHORT |= dict.fromkeys(("gru_before", "lstm_peephole", "lstm_coupled"), (200, 64, 64))


def test_the_way_back_adds_little_to_the_states_that_must_be_kept(cell):
    T, B, H = SHORT.get(cell.name, LONG)
    rng = np.random.default_rng(0)
    params = cell.module.init(rng, 1, H)
    x = rng.standard_normal((T, B, 1))
    h, _, cache = cell.module.forward(params, x[:9])
    d_h = np.ones((T, *h.shape[1:]))
    cell.module.backward(cache, d_h[:9])  # the first use allocates more
    tracemalloc.start()
    try:
        cache = cell.module.forward(params, x)[2]
        kept = tracemalloc.get_traced_memory()[0]
        cell.module.backward(cache, d_h)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept > 0.9 * d_h.nbytes  # the measure would notice
    assert peak < 1.2 * kept
