"""Plots: the lines carry the numbers, and so do the words."""

import re
from itertools import pairwise

import numpy as np
import pytest

from rnncourse import elman, flow, plots


def test_norms_by_lag_read_from_the_end():
    picture = plots.gradient_norms({"a": [0.1, 0.2, 0.4], "b": [[4.0, 6.0], [1.0, 3.0]]})
    a, b = picture.axes.get_lines()
    assert a.get_ydata().tolist() == [0.4, 0.2, 0.1]
    assert b.get_ydata().tolist() == [2.0, 5.0]
    assert picture.axes.get_yscale() == "log"
    assert "a: from 0.4 at lag 0 to 0.1 at lag 2." in picture.alt.lower()
    assert sorted(t.get_text() for t in picture.axes.texts) == ["a", "b"]


def test_norms_over_time_keep_their_order_and_name_the_highest():
    picture = plots.gradient_norms([0.5, 2.0, 1.0], by="time")
    assert picture.axes.get_lines()[0].get_ydata().tolist() == [0.5, 2.0, 1.0]
    assert "over time" in picture.alt
    assert "highest 2 at step 1" in picture.alt


def test_a_norm_of_zero_is_left_out_of_the_line_and_said_in_words():
    picture = plots.gradient_norms([0.0, 0.5, 1.0])
    assert np.isnan(picture.axes.get_lines()[0].get_ydata()[-1])
    assert "to 0 at lag 2" in picture.alt


def test_training_curve_smooths_and_reports():
    losses = np.array([4.0, 2.0, 3.0, 1.0, 2.0])
    picture = plots.training_curve({"SGD": losses}, smooth=2, chance=1.5)
    raw, mean, chance = picture.axes.get_lines()
    assert raw.get_ydata().tolist() == losses.tolist()
    assert mean.get_ydata().tolist() == [3.0, 2.5, 2.0, 1.5]
    assert mean.get_xdata().tolist() == [2, 3, 4, 5]
    assert set(chance.get_ydata()) == {1.5}
    assert "means of 2. SGD: from 3 at update 2 to 1.5 at update 5. Chance is 1.5." in picture.alt


def test_labels_do_not_touch():
    picture = plots.training_curve({str(k): [1.0, 0.5 + k * 1e-6] for k in range(4)})
    picture.figure.canvas.draw()
    boxes = sorted((t.get_window_extent() for t in picture.axes.texts), key=lambda b: b.y0)
    assert len(boxes) == 4
    assert all(low.y1 <= high.y0 + 3 for low, high in pairwise(boxes))


def test_it_shows_itself_with_its_words(tmp_path):
    picture = plots.training_curve([2.0, 1.0, 0.5])
    shown = picture._repr_mimebundle_()
    assert "From 2 at update 1 to 0.5 at update 3" in shown["text/html"]
    assert shown["text/plain"] == f"[picture: {picture.alt}]" == repr(picture)
    picture.save(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.gradient_norms({}), "norms must hold at least one curve, got none"),
        (lambda: plots.gradient_norms({"a": []}), "at least one value, got shape (0,) in 'a'"),
        (lambda: plots.gradient_norms([1.0, -2.0]), "norms must not be negative, got -2"),
        (lambda: plots.gradient_norms([1.0, np.nan]), "norms must be finite, got nan"),
        (lambda: plots.training_curve([1.0, np.inf]), "losses must be finite, got inf"),
        (lambda: plots.training_curve([[1.0]]), "losses must have shape (N,), got (1, 1)"),
        (lambda: plots.training_curve([1.0], smooth=2), "smooth must lie between 1 and 1, got 2"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_state_gradient_norms_against_backward_at_each_step():
    rng = np.random.default_rng(0)
    params = elman.init(rng, 3, 5)
    x, d_h = rng.standard_normal((6, 2, 3)), rng.standard_normal((6, 2, 5))
    state = elman.ElmanState(rng.standard_normal((2, 5)))
    norms = flow.state_gradient_norms(elman, params, x, state, d_h=d_h)
    assert norms.shape == (7, 2)
    for t in range(7):
        # cut the sequence after step t: the rest's gradient by its initial state, and what is seen
        _, middle, _ = elman.forward(params, x[:t], state)
        _, _, cache = elman.forward(params, x[t:], middle)
        _, _, later = elman.backward(cache, d_h[t:])
        seen = d_h[t - 1] if t else 0
        assert norms[t] == pytest.approx(np.linalg.norm(later.h + seen, axis=-1), rel=1e-12)


def test_state_gradient_norms_of_the_last_state_start_at_one():
    rng = np.random.default_rng(0)
    params = elman.init(rng, 3, 5)
    norms = flow.state_gradient_norms(elman, params, rng.standard_normal((6, 2, 3)))
    assert norms[-1] == pytest.approx(1.0)
    with pytest.raises(ValueError, match=r"d_h must have shape \(6, 2, 5\)"):
        flow.state_gradient_norms(elman, params, np.zeros((6, 2, 3)), d_h=np.zeros((6, 2)))
