"""Networks around cells where a sequence comes in parts: windows, flow, and where it must not."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rnncourse import (
    _tree,
    _wiring,
    elman,
    flow,
    gradcheck,
    gru,
    lstm,
    network,
    nn,
    skip,
    slstm,
    tdnn,
    truncated,
)
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout

CAUSAL = [
    Deep(lstm, layers=1),
    Deep([elman, slstm, gru]),
    Deep([lstm, Deep([elman, gru])], residual=True),
    Deep([lstm, gru], residual=True),
]
BOTH_WAYS = [Bidirectional(lstm), Deep([lstm, Bidirectional(lstm)])]


def leaves(tree):
    return [array for _, array in _tree.leaves(tree)]


def all_close(ours, theirs):
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    return all(np.allclose(a, b, rtol=1e-12, atol=1e-13) for a, b in zip(ours, theirs, strict=True))


def draw(net, size=(5, 3, 2, 4), dtype=np.float64):
    """Weights, inputs, a loss's gradient, a state in which the net can be, gradient by its end."""
    T, B, I, H = size
    rng = np.random.default_rng(size)

    def normal(*shape):
        return rng.standard_normal(shape).astype(dtype)

    params = net.init(rng, I, H, dtype=dtype)
    _, state, _ = net.forward(params, normal(3, B, I))
    x = normal(T, B, I)
    d_h = normal(*net.forward(params, x)[0].shape)
    return params, x, d_h, state, _tree.apply(lambda part: normal(*part.shape), state)


def run(net, params, x, d_h, state=None, d_end=None, lengths=None):
    """Outputs, the end, the gradients by x, by the weights, by the start."""
    h, end, cache = net.forward(params, x, state, lengths=lengths)
    return h, end, *net.backward(cache, d_h, d_end)


# a layer of the reader's own: no weights, no state
doubling = SimpleNamespace(
    init=lambda rng, I, H, *, dtype=float: (),
    forward=lambda params, x, state=None, *, lengths=None: (2 * x, None, None),
    backward=lambda cache, d_h, d_state=None: (2 * d_h, (), None),
)


@pytest.mark.parametrize("net", CAUSAL, ids=str)
def test_a_causal_net_does_not_see_the_future(net):
    params, x, _, _, _ = draw(net)
    later = x.copy()
    later[3:] += 1
    assert net.causal
    assert np.array_equal(net.forward(params, x)[0][:3], net.forward(params, later)[0][:3])


def test_truncated_in_windows_as_pytorch_with_the_state_detached():
    net, rng = Deep([lstm, gru], residual=True), np.random.default_rng(0)
    params = network.init(net, rng, 3, 3, 4)
    x, y = rng.standard_normal((7, 2, 3)), rng.integers(4, size=(7, 2))
    loss, grads, end = truncated.gradients(net, params, x, y, k=3)
    module = nn.Deep.from_params(net, params.cell)
    W, b = (torch.tensor(w, requires_grad=True) for w in params.out)
    state, total = None, 0.0
    for steps in truncated.windows(7, 3):
        h, state = module(torch.tensor(x[steps]), state)
        o, target = (h @ W.T + b).flatten(0, 1), torch.tensor(y[steps]).flatten()
        part = torch.nn.functional.cross_entropy(o, target, reduction="sum") / 2
        part.backward()
        total, state = total + part.item(), _tree.apply(torch.Tensor.detach, state)
    assert loss == pytest.approx(total, rel=1e-13)
    theirs = [*(p.grad for p in module.parameters()), W.grad, b.grad, *leaves(state)]
    assert all_close((grads, end), [t.numpy() for t in theirs])
    whole = network.loss_and_gradients(net, params, x, y)
    assert all_close(truncated.gradients(net, params, x, y, k=7), whole)


@pytest.mark.parametrize("net", BOTH_WAYS, ids=str)
def test_a_net_that_reads_from_the_end_too_cannot_come_in_parts(net):
    rng = np.random.default_rng(0)
    params = network.init(net, rng, 2, 3, 4)
    x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    message = re.escape(f"cell must be causal, got {net}, whose backward direction")
    assert not net.causal
    with pytest.raises(ValueError, match=message):
        truncated.gradients(net, params, x, y, k=2)
    with pytest.raises(ValueError, match=message):
        truncated.train(net, params, x, y, 2, lambda old, _: old)
    with pytest.raises(ValueError, match=message):
        flow.state_gradient_norms(net, params.cell, x)


def put_out(net, state):
    """The part of the outputs that comes from the state, where all widths are the same."""
    if not isinstance(net, Deep):
        return state[0]
    u = 0
    for layer, part in zip(net.stack, state.layers, strict=True):
        if layer is doubling:
            u = 2 * u
        elif not isinstance(layer, Dropout):
            u = put_out(layer, part) + (u if net.residual else 0)
    return u


FLOWS = [lstm, skip.with_delay(2), *CAUSAL, Deep([lstm, Dropout(0.5), gru])]
FLOWS += [Deep([lstm, doubling]), Deep([gru, doubling, lstm], residual=True)]


@pytest.mark.parametrize("net", FLOWS, ids=_wiring.label)
def test_gradient_flow_is_the_slope_by_the_state_of_every_step(net):
    params, x, d_h, state, _ = draw(net, (3, 2, 2, 2))
    norms = flow.state_gradient_norms(net, params, x, state, d_h=d_h)
    assert norms.shape == (4, 2)
    for t in range(4):
        _, here, _ = net.forward(params, x[:t], state)

        def loss(at, t=t):
            now = (d_h[t - 1] * put_out(net, at)).sum() if t else 0
            weights, later = _tree.apply(lambda part: part.astype(complex), (params, x[t:]))
            return now + (d_h[t:] * net.forward(weights, later, at)[0]).sum()

        slopes = leaves(gradcheck.complex_step(loss, here))
        total = np.sqrt(sum((slope**2).reshape(2, -1).sum(axis=1) for slope in slopes))
        assert norms[t] == pytest.approx(total, rel=1e-12)


def test_gradient_flow_needs_a_state():
    params, x, _, _, _ = draw(tdnn)
    with pytest.raises(ValueError, match="cell must carry a state, got tdnn"):
        flow.state_gradient_norms(tdnn, params, x)
    half = Deep([tdnn, lstm])
    params, x, _, _, _ = draw(half)
    with pytest.raises(ValueError, match=r"the same step by step, got Deep\(\[tdnn, lstm\]\)"):
        flow.state_gradient_norms(half, params, x)
