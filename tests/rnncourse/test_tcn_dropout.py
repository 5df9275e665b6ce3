"""Weight normalisation against PyTorch's own; the TCN with it and dropout: gradients, masks."""

import inspect
import re
import textwrap

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils import parametrizations

from rnncourse import _tree, check_gradients, conv, gradcheck, network, nn, tcn, weight_norm
from rnncourse.deep import Deep
from rnncourse.dropout import with_masks
from rnncourse.nn import _layers
from rnncourse.tcn_dropout import DropoutTCN

steady = settings(derandomize=True, deadline=None, max_examples=15)


def kernels(k=3, O=4, I=2, dtype=np.float64):
    rng = np.random.default_rng([k, O, I])
    params = weight_norm.split(conv.init(rng, I, O, k, dtype=dtype))
    return params._replace(g=params.g * rng.uniform(0.5, 2, O).astype(dtype)), rng


def close(ours, theirs, by=1e-12):
    theirs = np.asarray(theirs)
    return np.abs(ours - theirs).max(initial=0) <= by * max(
        1.0, float(np.abs(theirs).max(initial=0))
    )


@pytest.mark.parametrize("size", [(1, 1, 1), (3, 4, 2), (5, 2, 3)], ids=str)
@pytest.mark.parametrize("dilation", [1, 3])
def test_weight_normalisation_is_pytorchs(size, dilation):
    params, rng = kernels(*size)
    k, O, I = size
    x, d_y = rng.standard_normal((9, 2, I)), rng.standard_normal((9, 2, O))
    joined, cache = weight_norm.joined(params)
    y, kept = conv.forward(joined, x, dilation=dilation)
    d_x, d = conv.backward(kept, d_y)
    grads = weight_norm.joined_backward(cache, d)

    module = torch.nn.Conv1d(I, O, k, dilation=dilation, dtype=torch.float64)
    module = parametrizations.weight_norm(module)
    g, v = module.parametrizations.weight.original0, module.parametrizations.weight.original1
    with torch.no_grad():
        g.copy_(torch.tensor(params.g)[:, None, None])
        v.copy_(torch.tensor(params.V[::-1].transpose(1, 2, 0).copy()))
        module.bias.copy_(torch.tensor(params.b))
    inputs = torch.tensor(x, requires_grad=True)
    padded = torch.nn.functional.pad(inputs.permute(1, 2, 0), ((k - 1) * dilation, 0))
    theirs = module(padded).permute(2, 0, 1)
    theirs.backward(torch.tensor(d_y))
    assert close(y, theirs.detach())
    assert close(d_x, inputs.grad)
    assert close(grads.g, g.grad[:, 0, 0])
    assert close(grads.V, v.grad.permute(2, 0, 1).flip(0))
    assert close(grads.b, module.bias.grad)

    reading, again = nn.WeightNormConv(params, dilation=dilation), torch.tensor(x)
    again.requires_grad_()
    ours = reading(again)
    ours.backward(torch.tensor(d_y))
    assert close(y, ours.detach())
    assert close(d_x, again.grad)
    for name, grad in grads._asdict().items():
        assert close(grad, reading.get_parameter(name).grad), name
    for a, b in zip(params, reading.to_params(), strict=True):
        assert np.array_equal(a, b)


@steady
@given(size=st.tuples(*[st.integers(1, 4)] * 3))
def test_weight_normalisation_measured(size):
    params, rng = kernels(*size)
    d = conv.ConvParams(*(rng.standard_normal(p.shape) for p in (params.V, params.b)))
    joined, cache = weight_norm.joined(params)
    grads = weight_norm.joined_backward(cache, d)

    def loss(at):
        return sum((a * b).sum() for a, b in zip(weight_norm.joined(at)[0], d, strict=True))

    for measure, bound in [(gradcheck.complex_step, 1e-13), (gradcheck.central_difference, 1e-7)]:
        for a, b in zip(grads, measure(loss, params), strict=True):
            assert close(a, b, bound)
    assert close(np.sqrt((joined.W**2).sum(axis=(0, 2))), params.g)
    assert close((grads.V * params.V).sum(axis=(0, 2)), np.zeros(size[1]))
    longer = params._replace(V=7 * params.V)
    assert close(weight_norm.joined(longer)[0].W, joined.W)
    assert close(weight_norm.joined_backward(weight_norm.joined(longer)[1], d).V, grads.V / 7)
    for a, b in zip(weight_norm.joined(weight_norm.split(joined))[0], joined, strict=True):
        assert close(a, b)


def test_weight_normalisation_keeps_the_precision_and_the_inputs():
    params, _ = kernels(dtype=np.float32)
    for array in params:
        array.flags.writeable = False
    joined, cache = weight_norm.joined(params)
    found = [*joined, *weight_norm.joined_backward(cache, joined), *weight_norm.split(joined)]
    assert {a.dtype for a in found} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda p: weight_norm.joined(p._replace(V=p.V * [[1, 1], [0, 0], [1, 1], [0, 0]])),
            "WeightNormParams.V[:, 1] must not be all zero: it would have no direction",
        ),
        (lambda p: weight_norm.joined(p._replace(g=p.g[1:])), "WeightNormParams.g must have shape"),
        (lambda p: weight_norm.joined(p._replace(V=p.V[0])), "WeightNormParams.V must have shape"),
        (
            lambda p: weight_norm.joined(p._replace(b=p.b.astype("f4"))),
            "WeightNormParams.b has dtype float32, but WeightNormParams.V has float64",
        ),
        (
            lambda p: weight_norm.split(conv.ConvParams(0 * p.V, p.b)),
            "ConvParams.W[:, 0] must not be all zero",
        ),
        (
            lambda p: weight_norm.joined_backward(
                weight_norm.joined(p)[1], conv.ConvParams(p.V[1:], p.b)
            ),
            "d.W must have shape (3, 4, 2) (that of V), got (2, 4, 2)",
        ),
        (lambda p: DropoutTCN(1.0), "rate must lie in [0, 1), got 1.0"),
        (lambda p: DropoutTCN(per="channel"), "per must be one of step, sequence, got 'channel'"),
        (lambda p: DropoutTCN().masks(1, 1, 1), "key must be set for masks to be drawn"),
        (
            lambda p: DropoutTCN(levels=2).forward(
                tcn.init(np.random.default_rng(0), 1, 1), np.zeros((1, 1, 1))
            ),
            "params must have 2 blocks, got 4",
        ),
        (lambda p: nn.DropoutTCN(1, 1, -0.1), "rate must lie in [0, 1), got -0.1"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(kernels()[0])


NETS = {
    "as published": DropoutTCN(0.3, levels=2),
    "by the step": DropoutTCN(0.3, levels=2, kernel_size=2, per="step"),
    "dropout alone": DropoutTCN(0.3, levels=2, normed=False),
    "normalised, used": DropoutTCN(levels=2),
}
KEYED = {
    name: net if "used" in name else with_masks(net, np.random.default_rng(1))
    for name, net in NETS.items()
}
each = pytest.mark.parametrize("net", KEYED.values(), ids=KEYED)


def run(net, params, x, d_h, lengths=None):
    h, _, cache = net.forward(params, x, lengths=lengths)
    d_x, grads, _ = net.backward(cache, d_h)
    return h, d_x, *(grad for _, grad in _tree.leaves(grads))


@each
@pytest.mark.parametrize("size", [(1, 1, 1, 1), (5, 3, 2, 4), (4, 2, 3, 3)], ids=str)
def test_every_gradient_measured(net, size):
    report = check_gradients(net, *size)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@each
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize(("dtype", "by", "of"), [("f8", 1e-12, 1e-12), ("f4", 1e-5, 5e-5)])
def test_the_pytorch_reading(net, padded, dtype, by, of):
    rng = np.random.default_rng(0)
    params = net.init(rng, 2, 4, dtype=dtype)
    x, d_h = (rng.standard_normal((9, 3, n)).astype(dtype) for n in (2, 4))
    lengths = [9, 0, 4] if padded else None
    if padded:
        x[np.arange(9)[:, None] >= np.array(lengths)] = np.nan
    h, d_x, *grads = run(net, params, x, d_h, lengths)
    assert {a.dtype for a in (h, d_x, *grads)} == {np.dtype(dtype)}
    module, inputs = _layers.reading(net, params), torch.tensor(x, requires_grad=True)
    assert module.training == (net.key is not None)
    theirs, _ = module(inputs, lengths=lengths)
    theirs.backward(torch.tensor(d_h))
    assert close(h, theirs.detach(), by)
    assert close(d_x, inputs.grad, of)
    for ours, (name, p) in zip(grads, module.named_parameters(), strict=True):
        assert close(ours, p.grad, of), name
    kept = zip(_tree.leaves(params), _tree.leaves(module.to_params()), strict=True)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in kept)


@each
@steady
@given(T=st.integers(0, 8), B=st.integers(1, 3), data=st.data())
def test_padding_changes_nothing(net, T, B, data):
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    rng = np.random.default_rng([T, B])
    params = net.init(rng, 2, 3)
    x, d_h = (rng.standard_normal((T, B, n)) for n in (2, 3))
    clean = run(net, params, x, d_h, lengths)
    beyond = np.arange(T)[:, None] >= np.array(lengths)
    x[beyond] = d_h[beyond] = np.nan
    dirty = run(net, params, x, d_h, lengths)
    assert all(np.array_equal(a, b) for a, b in zip(clean, dirty, strict=True))
    assert not dirty[0][beyond].any()
    assert not dirty[1][beyond].any()
    n = max(lengths)  # the masks of the first steps do not depend on how many follow
    short = run(net, params, x[:n], d_h[:n], lengths)
    assert all(close(a[:n], b) for a, b in zip(dirty[:2], short[:2], strict=True))
    assert all(close(a, b) for a, b in zip(dirty[2:], short[2:], strict=True))


def test_without_a_key_it_is_the_plain_network_with_its_kernels_joined():
    rng = np.random.default_rng(0)
    params, x = DropoutTCN(0.5, levels=3).init(rng, 2, 4), rng.standard_normal((9, 2, 2))
    plain = tcn.TCNParams(
        tuple(
            tcn.BlockParams(*(weight_norm.joined(p)[0] for p in block[:2]), block.residual)
            for block in params.blocks
        )
    )
    h = DropoutTCN(0.5, levels=3).forward(params, x)[0]
    assert close(h, tcn.forward(plain, x)[0])
    # what `init` splits computes what it would have computed
    first, second = (tcn.init(np.random.default_rng(3), 2, 4, normed=n) for n in (False, True))
    assert close(tcn.forward(first, x)[0], tcn.forward(second, x)[0])


def test_whole_channels_vanish_and_the_mean_is_one():
    net = with_masks(DropoutTCN(0.25, levels=3), np.random.default_rng(0))
    masks = net.masks(7, 400, 5)
    assert {mask.shape for pair in masks for mask in pair} == {(1, 400, 5)}
    whole = np.stack([mask for pair in masks for mask in pair])
    assert set(np.unique(whole)) == {0, 1 / 0.75}
    assert whole.mean() == pytest.approx(1, abs=0.02)
    assert np.abs(np.corrcoef(whole.reshape(6, -1)) - np.eye(6)).max() < 0.1  # none is another's
    by_step = with_masks(DropoutTCN(0.25, levels=3, per="step"), np.random.default_rng(0))
    assert by_step.masks(7, 4, 5)[0][0].shape == (7, 4, 5)
    rng = np.random.default_rng(1)
    params, x = net.init(rng, 2, 5), rng.standard_normal((7, 2, 2))
    _, _, cache = net.forward(params, x)
    gone = cache.blocks[1].masks[0][0] == 0
    assert gone.any()
    assert not cache.blocks[1].u[:, gone].any()


def test_goes_where_a_cell_goes():
    rng = np.random.default_rng(0)
    net = Deep([DropoutTCN(levels=1), DropoutTCN(levels=2)])
    params = network.init(net, rng, 2, 4, 3)
    x, y = rng.standard_normal((6, 2, 2)), rng.integers(3, size=(6, 2))
    losses = [
        network.loss_and_gradients(with_masks(net, np.random.default_rng(n)), params, x, y)[0]
        for n in (0, 0, 1)
    ]
    assert losses[0] == losses[1] != losses[2]
    torch.manual_seed(0)
    module = nn.Network(nn.DropoutTCN(2, 4, 0.5, levels=2), 3)
    inputs = torch.tensor(x, dtype=torch.float32)
    first, second = (module(inputs)[0] for _ in range(2))
    assert not torch.equal(first, second)
    module.eval()
    assert torch.equal(module(inputs)[0], module(inputs)[0])
    keyed = nn.DropoutTCN(2, 4, 0.5, levels=2, key=5)
    assert torch.equal(keyed(inputs)[0], keyed(inputs)[0])


MISTAKES = [
    ("backward", "cache, d_h, d_state", "cache, -d_h, d_state"),
    ("forward", "masks=masks)", "masks=self.masks(T, B, 4, x.dtype)[::-1])"),
    ("masks", "self.key, np.zeros", "self.key + 1, np.zeros"),
]


@pytest.mark.parametrize(("function", "right", "wrong"), MISTAKES, ids=str)
def test_the_checks_notice_each_mistake(function, right, wrong, monkeypatch):
    source = textwrap.dedent(inspect.getsource(getattr(DropoutTCN, function)))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(inspect.getmodule(DropoutTCN)))
    exec(source.replace(right, wrong), scope)
    net = KEYED["as published"]
    rng = np.random.default_rng(0)
    params, x = net.init(rng, 2, 4), rng.standard_normal((5, 3, 2))
    theirs = _layers.reading(net, params)(torch.tensor(x))[0].detach().numpy()
    monkeypatch.setattr(DropoutTCN, function, scope[function])
    measured = check_gradients(net, 5, 3, 2, 4).worst if function != "forward" else 0.0
    apart = np.abs(net.forward(params, x)[0] - theirs).max()
    assert not max(measured, apart) < 1e-3
