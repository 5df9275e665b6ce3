"""Pooling against its PyTorch reading and against torch.nn over packed sequences."""

import numpy as np
import pytest
import torch

from rnncourse import _tree, elman, gru, lstm, nn, pooling, tdnn
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout
from rnncourse.pooling import Pooled

HOW = ["last", "mean", "max"]
each_way = pytest.mark.parametrize("how", HOW)
NETS = [
    *(Pooled(lstm, how) for how in HOW),
    Pooled(Bidirectional(gru, "product"), "max"),
    Bidirectional(Pooled(lstm)),
    Bidirectional(Pooled(elman, "mean"), "product"),
    Deep([lstm, Pooled(gru, "mean")]),
    Deep([gru, Pooled(gru, "max"), Dropout(0.5), elman], residual=True),
    Deep(Pooled(tdnn)),
]
each_net = pytest.mark.parametrize("net", NETS, ids=str)


def leaves(tree):
    return [array for _, array in _tree.leaves(tree)]


def all_close(ours, theirs, tolerance=1e-12):
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    pairs = zip(ours, theirs, strict=True)
    return all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in pairs)


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


def by_torch(module, x, d_h, state, d_end, lengths):
    """What `run` gives, by this library's module and automatic differentiation."""
    inputs, start = _tree.apply(lambda part: torch.tensor(part, requires_grad=True), (x, state))
    h, end = module(inputs, start, lengths)
    counts = torch.ones(x.shape[1]) if lengths is None else torch.tensor(lengths) > 0
    loss = (h * torch.tensor(d_h) * counts[:, None]).sum()
    for part, d in zip(leaves(end), leaves(d_end), strict=True):
        loss = loss + (part * torch.tensor(d)).sum()
    loss.backward()
    parts = [inputs, *module.parameters(), *leaves(start)]
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in parts]
    return [t.detach().numpy() for t in (h, *leaves(end), *grads)]


@each_net
@pytest.mark.parametrize("lengths", [None, [5, 0, 2]], ids=str)
def test_equals_the_pytorch_reading(net, lengths):
    case = draw(net)
    if lengths:
        case[1][np.arange(5)[:, None] >= np.array(lengths)] = np.nan
    module = getattr(nn, type(net).__name__).from_params(net, case[0])
    assert all_close(run(net, *case, lengths), by_torch(module, *case[1:], lengths))
    assert all(map(np.array_equal, leaves(case[0]), leaves(module.to_params())))
    whole = nn.Network(module, 3)
    assert whole(torch.tensor(case[1]), lengths=lengths)[0].shape == (1, 3, 3)


@each_way
def test_of_equal_steps_pytorch_takes_the_same(how):
    class Steps(torch.nn.Module):
        def forward(self, x, state=None, lengths=None):
            return x, None

    h = np.round(np.random.default_rng(0).standard_normal((9, 4, 3)))
    d_v, lengths = np.random.default_rng(1).standard_normal((4, 3)), [9, 4, 0, 6]
    inputs = torch.tensor(h, requires_grad=True)
    theirs, _ = nn.Pooled(Steps(), how)(inputs, lengths=lengths)
    (theirs[0] * torch.tensor(d_v)).sum().backward()
    v, cache = pooling.forward(h, how, lengths=lengths)
    assert all_close((v, pooling.backward(cache, d_v)), (theirs[0].detach(), inputs.grad))


@each_way
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equals_torch_nn_with_packed_sequences(how, dtype):
    net, lengths, T = Pooled(lstm, how), np.array([200, 17, 3]), 200
    params, x, d_h, state, d_end = draw(net, (T, 3, 2, 4), dtype)
    layer = lstm.to_torch(params)
    inputs = torch.tensor(x, requires_grad=True)
    packed = torch.nn.utils.rnn.pack_padded_sequence(inputs, lengths, enforce_sorted=False)
    h, (_, c) = layer(packed, tuple(torch.tensor(part)[None] for part in state))
    h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, total_length=T)
    sequences = [h[:n, b] for b, n in enumerate(lengths)]
    pool = {"last": lambda s: s[-1], "mean": lambda s: s.mean(0), "max": lambda s: s.max(0)[0]}
    v = torch.stack([pool[how](s) for s in sequences])
    ((v * torch.tensor(d_h[0])).sum() + (c[0] * torch.tensor(d_end.c)).sum()).backward()
    ours = run(net, params, x, d_h, state, d_end._replace(h=np.zeros_like(d_end.h)), lengths)
    theirs = v[None].detach(), inputs.grad, layer.weight_ih_l0.grad, layer.weight_hh_l0.grad
    bounds = [1e-12] * 4 if dtype == "float64" else [1e-5, 5e-5, 5e-5, 5e-5]
    for mine, true, bound in zip((ours[0], ours[2], *ours[3][:2]), theirs, bounds, strict=True):
        true = true.numpy()
        assert np.abs(mine - true).max() < bound * np.abs(true).max()
