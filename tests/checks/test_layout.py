import numpy as np

from rnncourse.checks import batch_first


def test_sequences_are_turned_both_ways_and_the_rest_is_left():
    seen = {}

    @batch_first
    def f(params, x, y, h0):
        """Says what it saw."""
        seen.update(x=x.shape, y=y.shape, h0=h0.shape, W=params["W"].shape)
        return {"h": np.zeros((4, 6, 5)), "d_h0": h0, "loss": 1.0}

    got = f({"W": np.zeros((5, 3))}, np.zeros((6, 4, 3)), np.zeros((6, 4), int), np.zeros((4, 5)))
    assert seen == {"x": (4, 6, 3), "y": (4, 6), "h0": (4, 5), "W": (5, 3)}
    assert got["h"].shape == (6, 4, 5)
    assert got["d_h0"].shape == (4, 5)
    assert got["loss"] == 1.0
    assert f.__doc__ == "Says what it saw."


def test_a_tuple_and_keywords():
    @batch_first
    def f(*, x):
        return x + 1, x.sum()

    h, total = f(x=np.arange(24.0).reshape(2, 3, 4))
    np.testing.assert_array_equal(h, np.arange(24.0).reshape(2, 3, 4) + 1)
    assert total == 276
