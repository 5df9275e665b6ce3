"""Bidirectional and deep networks against their PyTorch readings and whole modules of torch.nn."""

import re
from itertools import product

import numpy as np
import pytest
import torch

from rnncourse import (
    _tree,
    check_gradients,
    elman,
    gru,
    lstm,
    nn,
    relu_rnn,
    skip,
    slstm,
    tdnn,
)
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep, DeepParams
from rnncourse.dropout import Dropout


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


NETS = [
    *(Bidirectional(lstm, how) for how in ("concatenate", "sum", "product")),
    Bidirectional(slstm, "product"),
    Bidirectional(tdnn),
    Deep([elman, slstm, gru]),
    Deep([lstm, Deep([elman, gru])], residual=True),
    Deep(Bidirectional(lstm), layers=3),
    Deep([Bidirectional(elman, "sum"), Bidirectional(gru, "sum")], residual=True),
    Deep([tdnn, lstm], residual=True),
]


def by_reading(module, x, d_h, state, d_end, lengths=None):
    """What `run` gives, by this library's module and automatic differentiation."""
    inputs, start = _tree.apply(lambda part: torch.tensor(part, requires_grad=True), (x, state))
    h, end = module(inputs, start, lengths)
    loss = (h * torch.tensor(d_h)).sum()
    for part, d in zip(leaves(end), leaves(d_end), strict=True):
        loss = loss + (part * torch.tensor(d)).sum()
    loss.backward()
    grads = [p.grad for p in module.parameters()]
    d_start = [torch.zeros_like(p) if p.grad is None else p.grad for p in leaves(start)]
    return [t.detach().numpy() for t in (h, *leaves(end), inputs.grad, *grads, *d_start)]


@pytest.mark.parametrize("net", NETS, ids=str)
@pytest.mark.parametrize("lengths", [None, [5, 0, 2]], ids=str)
def test_equals_the_pytorch_reading(net, lengths):
    params, x, d_h, state, d_end = draw(net)
    if lengths:
        x[np.arange(5)[:, None] >= np.array(lengths)] = np.nan
    ours = run(net, params, x, d_h, state, d_end, lengths)
    module = getattr(nn, type(net).__name__).from_params(net, params)
    assert all_close(ours, by_reading(module, x, d_h, state, d_end, lengths))
    assert all(map(np.array_equal, leaves(params), leaves(module.to_params())))


def test_the_reading_passes_on_how_its_cells_go_back():
    net = Deep([Bidirectional(gru), Dropout(0.5), lstm, gru], residual=True)
    case = draw(net)
    module = nn.Deep.from_params(net, case[0], by_hand=True)
    assert [cell.by_hand for cell in module.modules() if hasattr(cell, "by_hand")] == [True] * 4
    assert all_close(run(net, *case), by_reading(module, *case[1:]))


def test_what_has_no_reading_is_named():
    net = Bidirectional(skip.with_delay(2))
    with pytest.raises(ValueError, match=r"rnncourse\.nn has no reading of SimpleNamespace"):
        nn.Bidirectional.from_params(net, draw(net)[0])


TORCH = {"elman": (elman, "RNN"), "lstm": (lstm, "LSTM"), "gru": (gru, "GRU")}
each_torch = pytest.mark.parametrize("name", TORCH)


def of_torch(name, layers, both, size, *, dtype=torch.float64, **how):
    """A module of torch.nn, and the net that its weights are for."""
    cell, kind = TORCH[name]
    torch.manual_seed(0)
    module = getattr(torch.nn, kind)(
        *size[2:], num_layers=layers, bidirectional=both, dtype=dtype, **how
    )
    return module, Deep(Bidirectional(cell) if both else cell, layers=layers)


def by_torch(net, module, x, d_h, state, d_end, lengths):
    """What `run` gives, by torch.nn and its packed sequences."""
    kinds = 2 if module.mode == "LSTM" else 1

    def grouped(tree):
        return [torch.tensor(np.stack(leaves(tree)[k::kinds])) for k in range(kinds)]

    def tree(groups):
        each = iter(range(len(leaves(state))))
        return _tree.apply(lambda _: groups[(k := next(each)) % kinds][k // kinds].numpy(), state)

    inputs, start = torch.tensor(x, requires_grad=True), grouped(state)
    for part in start:
        part.requires_grad_()
    packed = inputs
    if lengths is not None:
        packed = torch.nn.utils.rnn.pack_padded_sequence(inputs, lengths, enforce_sorted=False)
    h, end = module(packed, start[0] if kinds == 1 else tuple(start))
    if lengths is not None:
        h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, total_length=len(x))
    ends = [end] if kinds == 1 else list(end)
    loss = (h * torch.tensor(d_h)).sum()
    for part, d in zip(ends, grouped(d_end), strict=True):
        loss = loss + (part * d).sum()
    loss.backward()
    with torch.no_grad():  # the gradients in the weights' places, to be read as weights are
        for key, p in module.named_parameters():
            p.copy_(p.grad)
            if key.startswith("bias_hh"):
                p[: -module.hidden_size if module.mode == "GRU" else None] = 0
    grads, starts = net.from_torch(module), tree([part.grad for part in start])
    return h.detach().numpy(), tree([p.detach() for p in ends]), inputs.grad.numpy(), grads, starts


GRID = list(product([1, 2, 13], [1, 4], [(1, 6), (5, 1), (5, 6)]))


@each_torch
@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("layers", [1, 2])
def test_equals_a_whole_module_of_torch_nn(name, layers, both):
    for k, (T, B, (I, H)) in enumerate(GRID):
        module, net = of_torch(name, layers, both, (T, B, I, H), bias=k % 3 > 0)
        params = net.from_torch(module)
        _, x, d_h, state, d_end = draw(net, (T, B, I, H))
        if k % 2:
            state = _tree.apply(np.zeros_like, state)
        ours = run(net, params, x, d_h, state, d_end)
        theirs = by_torch(net, module, x, d_h, state, d_end, None)
        if not module.bias:  # whose gradient torch.nn does not have
            ours, theirs = (r[:3] + r[4:] for r in (ours, theirs))
        for mine, true in zip(leaves(ours), leaves(theirs), strict=True):
            scale = np.abs(true).max() or 1.0
            assert np.abs(mine - true).max() < 1e-12 * scale


@each_torch
@pytest.mark.parametrize("lengths", [[5, 1, 3], [2, 5, 5]], ids=str)
def test_padding_equals_packed_sequences_in_every_gradient(name, lengths):
    module, net = of_torch(name, 2, True, (5, 3, 2, 4))
    params = net.from_torch(module)
    _, x, d_h, state, d_end = draw(net)
    reading = nn.Deep.from_params(net, params)
    ours = run(net, params, x, d_h, state, d_end, lengths)
    theirs = by_torch(net, module, x, d_h, state, d_end, lengths)
    assert all_close(ours, theirs)
    assert all_close(by_reading(reading, x, d_h, state, d_end, lengths), theirs)


@each_torch
def test_float32_over_a_thousand_steps(name):
    size = (1000, 2, 3, 8)
    module, net = of_torch(name, 2, True, size, dtype=torch.float32)
    params = net.from_torch(module)
    _, x, d_h, state, d_end = draw(net, size, np.float32)
    ours = run(net, params, x, d_h, state, d_end)
    theirs = by_torch(net, module, x, d_h, state, d_end, None)
    bounds = [1e-5] * (1 + len(leaves(state)))
    for k, (mine, true) in enumerate(zip(leaves(ours), leaves(theirs), strict=True)):
        assert mine.dtype == np.float32
        bound = bounds[k] if k < len(bounds) else 5e-5
        assert np.abs(mine - true).max() < bound * np.abs(true).max()


@each_torch
def test_the_gradient_check_compares_with_torch_on_request(name):
    report = check_gradients(Deep(Bidirectional(TORCH[name][0])), 2, 1, 1, 2, pytorch=True)
    assert [row.name for row in report.pytorch] == [row.name for row in report.exact]
    assert "layers.1.backward.W_hh" in repr(report)
    assert report.worst < 1e-12


@each_torch
@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
def test_conversion_is_exact(name, both):
    _, net = of_torch(name, 3, both, (1, 1, 2, 3))
    params = net.init(np.random.default_rng(0), 2, 3)
    module = net.to_torch(params)
    assert (module.num_layers, module.bidirectional) == (3, both)
    assert all(map(np.array_equal, leaves(params), leaves(net.from_torch(module))))


def test_relu_units_survive_the_conversion():

    net = Deep(Bidirectional(relu_rnn))
    params, x, _, _, _ = draw(net)
    theirs = net.to_torch(params)(torch.tensor(x))[0].detach()
    assert np.allclose(net.forward(params, x)[0], theirs, rtol=1e-12, atol=1e-13)


def test_conversion_refuses_what_torch_nn_has_not():
    rng = np.random.default_rng(0)
    module = torch.nn.LSTM(2, 3, 2, bidirectional=True)
    mixed = Deep([lstm, Bidirectional(lstm)])
    for call, message in [
        (lambda: Deep(Bidirectional(lstm), layers=3).from_torch(module), "must have 3 layers, got"),
        (lambda: Deep(lstm).from_torch(module), "module must have bidirectional=False, got True"),
        (lambda: Deep(lstm, residual=True).from_torch(module), "residual must be False: torch.nn"),
        (lambda: Deep(slstm).from_torch(module), "one that torch.nn has too, as elman, gru and ls"),
        (lambda: Deep([lstm, Deep(lstm)]).from_torch(module), "got Deep([lstm, lstm])"),
        (lambda: mixed.to_torch(mixed.init(rng, 2, 3)), "params must fit one module of torch.nn, "),
        (lambda: Deep(lstm).to_torch(DeepParams(())), "params.layers must have 2 parts, one a l"),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()
