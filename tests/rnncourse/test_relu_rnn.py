"""ReLU units: torch.nn.RNN of the same kind, and what the identity does for them."""

import numpy as np
import pytest
import torch

from rnncourse import check_gradients, elman, flow, relu_rnn
from rnncourse.relu_rnn import ReLUState


def worst(ours, theirs):
    scale = np.abs(theirs).max(initial=0) or 1.0
    return np.abs(ours - theirs).max(initial=0) / scale


def both(size, dtype, lengths=None):
    """Results by name of this library and of torch.nn.RNN(nonlinearity="relu")."""
    T, B, I, H = size
    rng = np.random.default_rng(size)
    params = relu_rnn.init(rng, I, H, dtype=dtype)
    x, d_h = (rng.standard_normal((T, B, n)).astype(dtype) for n in (I, H))
    start = rng.random((B, H)).astype(dtype)
    h, end, cache = relu_rnn.forward(params, x, ReLUState(start), lengths=lengths)
    d_x, grads, d_state = relu_rnn.backward(cache, d_h, ReLUState(d_h[0]))
    ours = [h, end.h, d_x, d_state.h, *grads]

    module = relu_rnn.to_torch(params)
    inputs, initial = torch.tensor(x, requires_grad=True), torch.tensor(start, requires_grad=True)
    given = inputs
    if lengths is not None:
        given = torch.nn.utils.rnn.pack_padded_sequence(inputs, lengths, enforce_sorted=False)
    outputs, last = module(given, initial[None])
    if lengths is not None:
        outputs, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, total_length=T)
    d = torch.tensor(d_h)
    ((outputs * d).sum() + (last[0] * d[0]).sum()).backward()
    weights = [module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0]
    theirs = [outputs.detach(), last[0].detach(), *(p.grad for p in (inputs, initial, *weights))]
    return ours, [array.numpy() for array in theirs]


@pytest.mark.parametrize(
    ("size", "lengths"),
    [
        ((1, 1, 1, 1), None),
        ((13, 4, 5, 6), None),
        ((2, 1, 5, 6), None),
        ((13, 3, 2, 6), [13, 1, 7]),
    ],
    ids=str,
)
def test_equals_torch_in_float64(size, lengths):
    for ours, theirs in zip(*both(size, np.float64, lengths), strict=True):
        assert worst(ours, theirs) < 1e-12


def test_float32_over_a_thousand_steps():
    ours, theirs = both((1000, 4, 8, 64), np.float32)
    assert {array.dtype for array in ours} == {np.dtype(np.float32)}
    assert all(worst(a, b) < 1e-5 for a, b in zip(ours[:2], theirs[:2], strict=True))
    assert all(worst(a, b) < 5e-5 for a, b in zip(ours[2:], theirs[2:], strict=True))


def test_report_compares_with_pytorch_on_request():
    assert check_gradients(relu_rnn, 4, 3, 2, 5, pytorch=True).worst < 1e-12


def test_conversion_keeps_every_weight_and_refuses_tanh():
    params = relu_rnn.init(np.random.default_rng(0), 2, 3, dtype=np.float32)
    again = relu_rnn.from_torch(relu_rnn.to_torch(params))
    for a, b in zip(params, again, strict=True):
        assert np.array_equal(a, b)
        assert a.dtype == b.dtype
    with pytest.raises(ValueError, match="with ReLU units, got mode 'RNN_TANH'"):
        relu_rnn.from_torch(torch.nn.RNN(2, 3))
    with pytest.raises(ValueError, match=r"ReLUParams\.b must have shape \(3,\), got \(2,\)"):
        relu_rnn.to_torch(params._replace(b=params.b[1:]))


def test_the_gradient_of_the_identity_start_arrives_whole_at_lag_100():
    """Where the other starts lose it: measured, the norm of the gradient by lag."""
    rng = np.random.default_rng(0)
    x, active = np.zeros((100, 1, 1)), np.ones((1, 50))
    identity = relu_rnn.init_identity(rng, 1, 50)
    norms = flow.state_gradient_norms(relu_rnn, identity, x, ReLUState(active))
    assert norms == pytest.approx(1, rel=1e-14)
    drawn = relu_rnn.init(rng, 1, 50)
    assert flow.state_gradient_norms(relu_rnn, drawn, x, ReLUState(active))[0] < 1e-10
    tanh = elman.ElmanParams(*identity)
    start = elman.ElmanState(active)
    assert flow.state_gradient_norms(elman, tanh, x, start)[0] < 1e-2  # the slope of tanh


def test_a_scaled_identity_forgets_at_its_rate():
    params = relu_rnn.init_identity(np.random.default_rng(0), 1, 2, scale=0.5, dtype=np.float32)
    assert {p.dtype for p in params} == {np.dtype(np.float32)}
    h, _, _ = relu_rnn.forward(
        params, np.zeros((3, 1, 1), np.float32), ReLUState(np.ones((1, 2), np.float32))
    )
    assert h[:, 0, 0].tolist() == [0.5, 0.25, 0.125]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_size": 0}, "hidden_size must be at least 1, got 0"),
        ({"scale": np.inf}, "scale must be finite, got inf"),
        ({"dtype": int}, "dtype must be floating"),
    ],
)
def test_init_identity_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        relu_rnn.init_identity(
            **{"rng": np.random.default_rng(0), "input_size": 1, "hidden_size": 2, **change}
        )


def test_the_corner_has_slope_zero():
    params = relu_rnn.ReLUParams(np.ones((1, 1)), np.ones((1, 1)), np.zeros(1))
    _, _, cache = relu_rnn.forward(params, np.zeros((1, 1, 1)))
    assert not relu_rnn.backward(cache, np.ones((1, 1, 1)))[0].any()
