"""Optimizers against PyTorch's; clipping."""

import numpy as np
import pytest
import torch

from rnncourse import optim
from rnncourse.elman import ElmanParams
from rnncourse.linear import LinearParams
from rnncourse.network import NetworkParams


def tree(rng, dtype=np.float64):
    cell = ElmanParams(*(rng.standard_normal(s).astype(dtype) for s in [(4, 2), (4, 4), (4,)]))
    out = LinearParams(*(rng.standard_normal(s).astype(dtype) for s in [(3, 4), (3,)]))
    return NetworkParams(cell, out)


def flat(params):
    return [*params.cell, *params.out]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (optim.SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
        (optim.SGD(0.1, momentum=0.9), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
        (optim.Adam(0.01), lambda p: torch.optim.Adam(p, lr=0.01)),
        (optim.Adam(0.01, (0.5, 0.7), 1e-3), lambda p: torch.optim.Adam(p, 0.01, (0.5, 0.7), 1e-3)),
        (optim.RMSprop(), lambda p: torch.optim.RMSprop(p)),
        (
            optim.RMSprop(1e-4, 0.95, 1e-4, momentum=0.9),
            lambda p: torch.optim.RMSprop(p, 1e-4, 0.95, 1e-4, momentum=0.9),
        ),
        (optim.RMSprop(centred=True), lambda p: torch.optim.RMSprop(p, centered=True)),
        (
            optim.RMSprop(1e-4, 0.95, 1e-4, 0.9, centred=True),
            lambda p: torch.optim.RMSprop(p, 1e-4, 0.95, 1e-4, momentum=0.9, centered=True),
        ),
    ],
    ids=[
        "SGD",
        "momentum",
        "Adam",
        "Adam, other betas",
        "RMSprop",
        "RMSprop, momentum",
        "RMSprop, centred",
        "RMSprop, centred, momentum",
    ],
)
def test_equals_torch_over_twenty_steps(ours, theirs):
    rng = np.random.default_rng(0)
    params = tree(rng)
    tensors = [torch.tensor(p, requires_grad=True) for p in flat(params)]
    optimizer = theirs(tensors)
    for _ in range(20):
        grads = tree(rng)
        kept = [g.copy() for g in flat(grads)]
        params = ours.step(params, grads)
        for tensor, g in zip(tensors, flat(grads), strict=True):
            tensor.grad = torch.tensor(g)
        optimizer.step()
        assert all(np.array_equal(a, b) for a, b in zip(flat(grads), kept, strict=True))
        for g in flat(grads):
            g[...] = np.nan  # nothing of the caller's is kept
    assert isinstance(params, NetworkParams)
    assert isinstance(params.cell, ElmanParams)
    for p, tensor in zip(flat(params), tensors, strict=True):
        assert p == pytest.approx(tensor.detach().numpy(), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    "optimizer", [optim.SGD(0.1, 0.9), optim.Adam(), optim.RMSprop(0.1, 0.9, 1e-8, 0.5, True)]
)
def test_keeps_float32_and_the_weights_given(optimizer):
    rng = np.random.default_rng(0)
    params, grads = tree(rng, np.float32), tree(rng, np.float32)
    before = [p.copy() for p in flat(params)]
    for _ in range(2):
        after = optimizer.step(params, grads)
    assert {p.dtype for p in flat(after)} == {np.dtype(np.float32)}
    assert all(np.array_equal(a, b) for a, b in zip(flat(params), before, strict=True))


def test_a_steady_gradient_leaves_no_variance_and_no_nan():
    """v - m² is zero but for rounding, whose root must not be NaN."""
    params, grads = (np.zeros(50),), (np.random.default_rng(0).standard_normal(50),)
    optimizer = optim.RMSprop(1e-9, alpha=0.5, centred=True)
    for _ in range(100):
        params = optimizer.step(params, grads)
        assert np.isfinite(params[0]).all()


def test_any_nesting_of_parameters():
    params = {"a": [np.array([1.0])], "b": (np.array(2.0),)}
    after = optim.SGD(0.5).step(params, params)
    assert after == {"a": [np.array([0.5])], "b": (np.array(1.0),)}


def test_clip_by_norm_equals_torch():
    grads = tree(np.random.default_rng(0))
    tensors = [torch.zeros(g.shape, requires_grad=True) for g in flat(grads)]
    for tensor, g in zip(tensors, flat(grads), strict=True):
        tensor.grad = torch.tensor(g, dtype=torch.float32)
    length = torch.nn.utils.clip_grad_norm_(tensors, 1.5).item()
    clipped, before = optim.clip_by_norm(grads, 1.5)
    assert before == pytest.approx(length, rel=1e-6)
    assert optim.norm(clipped) == pytest.approx(1.5)
    for ours, tensor in zip(flat(clipped), tensors, strict=True):
        assert ours == pytest.approx(tensor.grad.numpy(), rel=1e-5)


def test_clip_by_norm_leaves_a_short_gradient_alone():
    grads = tree(np.random.default_rng(0))
    clipped, length = optim.clip_by_norm(grads, 100.0)
    assert length < 100
    assert all(np.array_equal(a, b) for a, b in zip(flat(clipped), flat(grads), strict=True))


def test_norm_of_large_float32_does_not_overflow():
    assert optim.norm((np.full(4, 1e30, np.float32),)) == pytest.approx(2e30)
    clipped, _ = optim.clip_by_norm((np.full(4, 1e30, np.float32),), 1.0)
    assert clipped[0] == pytest.approx(0.5)
    assert clipped[0].dtype == np.float32


def test_a_gradient_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match=r"grads\.0 .* must be finite, got nan"):
        optim.clip_by_norm((np.array([1.0, np.nan]),), 1.0)


def test_clip_by_value():
    grads = {"w": np.array([-3.0, -0.5, 2.0], np.float32)}
    clipped = optim.clip_by_value(grads, 1.0)
    assert clipped["w"].tolist() == [-1.0, -0.5, 1.0]
    assert clipped["w"].dtype == np.float32
    assert grads["w"].tolist() == [-3.0, -0.5, 2.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: optim.SGD(0.0),
        lambda: optim.SGD(0.1, momentum=1.0),
        lambda: optim.Adam(-1.0),
        lambda: optim.Adam(betas=(0.9, 1.0)),
        lambda: optim.Adam(eps=0.0),
        lambda: optim.RMSprop(0.0),
        lambda: optim.RMSprop(alpha=1.0),
        lambda: optim.RMSprop(eps=-1e-8),
        lambda: optim.RMSprop(momentum=-0.1),
        lambda: optim.clip_by_norm((np.ones(1),), 0.0),
        lambda: optim.clip_by_value((np.ones(1),), float("nan")),
    ],
)
def test_refuses_settings_out_of_range(make):
    with pytest.raises(ValueError, match="must"):
        make()


NUMBER = np.float64(0.25)  # such as a schedule computes


@pytest.mark.parametrize(
    "optimizer",
    [
        optim.SGD(NUMBER),
        optim.SGD(NUMBER, NUMBER),
        optim.Adam(NUMBER, (NUMBER, NUMBER), NUMBER),
        optim.RMSprop(NUMBER, NUMBER, NUMBER, NUMBER, centred=True),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_settings_of_numpy_keep_single_precision_and_other_shapes_are_refused(optimizer):
    params = grads = (np.ones(3, np.float32), np.ones((2, 2), np.float32))
    for _ in range(2):
        params = optimizer.step(params, grads)
    assert {p.dtype for p in params} == {np.dtype(np.float32)}
    for wrong in ((grads[0], 1.0), (grads[0], grads[0][:1]), grads[:1], {"a": grads[0]}):
        with pytest.raises(ValueError, match="grads must have the shapes of params"):
            optimizer.step(params, wrong)


def test_a_memory_of_other_weights_is_refused():
    optimizer, small, large = optim.Adam(), (np.ones(1),), (np.ones(3),)
    optimizer.step(small, small)
    with pytest.raises(ValueError, match="the optimizer's memory must have the shapes of params"):
        optimizer.step(large, large)


def test_clipping_keeps_precision_and_survives_squares_that_overflow():
    grads = (np.full(4, 3.0, np.float32),)
    assert optim.clip_by_value(grads, np.float64(0.5))[0].dtype == np.float32
    assert optim.norm((np.full(4, 1e200),)) == pytest.approx(2e200)
    clipped, length = optim.clip_by_norm((np.full(4, -1e200),), 1.0)
    assert clipped[0] == pytest.approx(np.full(4, -0.5)) and length == pytest.approx(2e200)
