"""Matrices to begin with: what each promises, and what the promise is worth over many steps."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import elman, esn, flow, gru, initialise, lstm, mingru, network, skip

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))
steady = settings(derandomize=True, deadline=None, max_examples=40)


def rng(seed=0):
    return np.random.default_rng(seed)


@steady
@given(shape=SHAPES, seed=st.integers(0, 99), gain=st.floats(0.1, 10))
def test_the_shorter_side_is_orthonormal(shape, seed, gain):
    W = initialise.orthogonal(rng(seed), shape, gain=gain)
    assert W.shape == shape
    singular = np.linalg.svd(W, compute_uv=False)
    assert singular == pytest.approx(gain, rel=1e-13)


def test_orthogonal_matrices_are_drawn_evenly():
    """Evenly drawn, every entry has mean 0; Q as it comes has one sign on its diagonal."""
    draws, raw, source = [], [], rng()
    for seed in range(400):
        draws.append(initialise.orthogonal(rng(seed), (3, 3)))
        raw.append(np.linalg.qr(source.standard_normal((3, 3)))[0])
    error = 1 / np.sqrt(3 * 400)  # of the mean of an entry with variance 1/3
    assert np.abs(np.mean(draws, axis=0)).max() < 4 * error
    assert np.abs(np.mean(raw, axis=0)).max() > 10 * error  # the measure would notice


def test_an_orthogonal_linear_network_keeps_every_length_over_a_thousand_steps():
    source = rng(1)
    W = initialise.orthogonal(source, (50, 50))
    drawn = elman.init(source, 1, 50).W_hh
    radius = initialise.scaled_to_radius(source, (50, 50))
    start = source.standard_normal(50)
    lengths = []
    for matrix in (W, radius, drawn):
        h = start
        for _ in range(1000):
            h = matrix @ h
        lengths.append(np.linalg.norm(h) / np.linalg.norm(start))
    assert lengths[0] == pytest.approx(1, rel=1e-12)
    assert 1e-3 < lengths[1] < 1e3
    assert lengths[2] < 1e-100


def test_orthogonal_weights_bring_more_gradient_back_through_tanh():
    source = rng(2)
    params = elman.init(source, 1, 50)
    x = 0.01 * source.standard_normal((100, 1, 1))
    before = flow.state_gradient_norms(elman, params._replace(b=0 * params.b), x)[0, 0]
    better = initialise.recurrent(params._replace(b=0 * params.b), initialise.orthogonal, source)
    after = flow.state_gradient_norms(elman, better, x)[0, 0]
    assert before < 1e-15
    assert after > 0.5


@steady
@given(size=st.integers(1, 12), radius=st.floats(0.1, 3))
def test_the_radius_is_the_largest_eigenvalue(size, radius):
    W = initialise.scaled_to_radius(rng(size), (size, size), radius=radius)
    assert esn.spectral_radius(W) == pytest.approx(radius, rel=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (initialise.glorot_uniform, torch.nn.init.xavier_uniform_),
        (initialise.glorot_normal, torch.nn.init.xavier_normal_),
        (initialise.he_uniform, torch.nn.init.kaiming_uniform_),
        (initialise.he_normal, torch.nn.init.kaiming_normal_),
    ],
)
def test_spread_as_torch_spreads(ours, theirs):
    torch.manual_seed(0)
    options = {"nonlinearity": "relu"} if "kaiming" in theirs.__name__ else {}
    W = ours(rng(), (300, 100))
    reference = theirs(torch.empty(300, 100, dtype=torch.float64), **options).numpy()
    assert W.shape == (300, 100)
    assert W.std() == pytest.approx(reference.std(), rel=0.02)
    assert abs(W.mean()) < 0.002
    if "uniform" in theirs.__name__:
        assert np.abs(W).max() == pytest.approx(np.abs(reference).max(), rel=1e-3)
    else:
        assert np.abs(W).max() > 3 * W.std()


def test_every_gate_of_every_layer_becomes_orthogonal_and_nothing_else_changes():
    source = rng(3)
    layers = (lstm.init(source, 2, 4), gru.init(source, 4, 4, dtype=np.float32))
    params = {"net": network.NetworkParams(layers, network.init(elman, source, 2, 4, 3).out)}
    new = initialise.recurrent(params, initialise.orthogonal, source)
    assert type(new["net"]) is network.NetworkParams
    for before, after, gates in zip(layers, new["net"].cell, (4, 3), strict=True):
        assert type(after) is type(before)
        assert after.W_hh.dtype == before.W_hh.dtype
        for block in np.split(after.W_hh, gates):
            assert block @ block.T == pytest.approx(np.eye(4), abs=1e-6)
        assert not np.array_equal(*np.split(after.W_hh, gates)[:2])  # each gate drawn anew
        assert after.W_ih is before.W_ih
        assert after.b is before.b
    assert np.array_equal(new["net"].out.W_ho, params["net"].out.W_ho)
    assert isinstance(new["net"].out, type(params["net"].out))


def test_other_names_and_options():
    params = skip.init(rng(), 1, 3)
    half = partial(initialise.identity, scale=0.5)
    new = initialise.recurrent(params, half, rng(), names=("W_hh", "W_skip"))
    assert np.array_equal(new.W_skip, 0.5 * np.eye(3))
    assert np.array_equal(new.W_hh, new.W_skip)


def test_input_weights_by_gate():
    def counting(rng, shape):
        counting.n += 1
        return np.full(shape, counting.n)

    counting.n = 0
    new = initialise.inputs(gru.init(rng(), 2, 3), counting, rng())
    assert np.array_equal(new.W_ih, np.repeat([1.0, 2.0, 3.0], 3)[:, None] * np.ones((9, 2)))
    assert new.W_ih.dtype == np.float64
    new = initialise.inputs(mingru.init(rng(), 2, 3), counting, rng(), gates=2)
    assert np.array_equal(np.unique(new.W_ih), [4, 5])


def test_same_seed_same_weights():
    params = lstm.init(rng(), 2, 3)
    one, two = (initialise.recurrent(params, initialise.orthogonal, rng(7)) for _ in range(2))
    assert np.array_equal(one.W_hh, two.W_hh)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: initialise.orthogonal(rng(), (3,)), r"shape must be two sizes .* got \(3,\)"),
        (lambda: initialise.he_normal(rng(), (3, 0)), r"shape must be two sizes .* got \(3, 0\)"),
        (lambda: initialise.identity(rng(), (3, 2)), r"shape must be square, got \(3, 2\)"),
        (lambda: initialise.orthogonal(rng(), (3, 3), gain=0.0), "gain must be positive and fin"),
        (lambda: initialise.identity(rng(), (3, 3), scale=np.nan), "scale must be positive"),
        (lambda: initialise.scaled_to_radius(rng(), (3, 3), radius=-1.0), "radius must be pos"),
        (
            lambda: initialise.recurrent(mingru.init(rng(), 2, 3), initialise.orthogonal, rng()),
            r"params must have a field W_hh, got MinGRUParams\(W_ih, b\)",
        ),
        (
            lambda: initialise.recurrent({"W_hh": np.ones((3, 2))}, initialise.orthogonal, rng()),
            r"W_hh must have H rows for each gate and H columns, got \(3, 2\)",
        ),
        (
            lambda: initialise.recurrent({"W_hh": np.ones(3)}, initialise.orthogonal, rng()),
            r"W_hh must be a matrix, got shape \(3,\)",
        ),
        (
            lambda: initialise.recurrent(elman.init(rng(), 2, 3), lambda *_: np.eye(2), rng()),
            r"draw must give \(3, 3\) for each gate of W_hh, got \(2, 2\)",
        ),
        (
            lambda: initialise.inputs(mingru.init(rng(), 2, 3), initialise.he_normal, rng()),
            "gates must be given",
        ),
        (
            lambda: initialise.inputs(
                mingru.init(rng(), 2, 3), initialise.he_normal, rng(), gates=4
            ),
            "gates must divide the 6 rows of W_ih, got 4",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
