"""The temporal convolutional network: gradients, its PyTorch reading, what it sees and learns."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import gradcheck, losses, network, nn, optim, tcn
from rnncourse.conv import ConvParams

steady = settings(derandomize=True, deadline=None, max_examples=20)
shapes = st.tuples(
    st.integers(0, 9), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)
)  # T, B, I, H
HOW = [{"levels": 1, "kernel_size": 1}, {"levels": 3, "kernel_size": 2}, {"levels": 2}]


def close(ours, theirs):
    return ours == pytest.approx(np.asarray(theirs), rel=1e-12, abs=1e-13)


def draw(size=(7, 3, 2, 4), dtype=np.float64, **how):
    T, B, I, H = size
    rng = np.random.default_rng(size)
    params = tcn.init(rng, I, H, dtype=dtype, **how)
    x, d_h = (rng.standard_normal((T, B, n)).astype(dtype) for n in (I, H))
    return params, x, d_h


def leaves(params):
    for block in params.blocks:
        for part in block:
            yield from part


@pytest.mark.parametrize("how", HOW, ids=str)
@pytest.mark.parametrize("size", [(7, 3, 2, 4), (1, 1, 1, 1), (5, 2, 3, 3)], ids=str)
@pytest.mark.parametrize("padded", [False, True])
def test_every_gradient_and_the_pytorch_reading(size, how, padded):
    params, x, d_h = draw(size, **how)
    lengths = [max(0, size[0] - 3 * b) for b in range(size[1])] if padded else None
    if padded:
        x[np.arange(size[0])[:, None] >= np.array(lengths)] = np.nan
    h, state, cache = tcn.forward(params, x, lengths=lengths)
    d_x, grads, d_state = tcn.backward(cache, d_h)
    assert (state, d_state) == (None, None)
    report = gradcheck.compare(
        lambda at: (tcn.forward(*at, lengths=lengths)[0] * d_h).sum(),
        (params, np.nan_to_num(x)),
        (grads, d_x),
    )
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report

    module, inputs = nn.TCN.from_params(params), torch.tensor(x, requires_grad=True)
    theirs, _ = module(inputs, lengths=lengths)
    theirs.backward(torch.tensor(d_h))
    assert close(h, theirs.detach())
    assert close(d_x, inputs.grad)
    for ours, (name, p) in zip(leaves(grads), module.named_parameters(), strict=True):
        assert close(ours, p.grad), name
    for a, b in zip(leaves(params), leaves(module.to_params()), strict=True):
        assert np.array_equal(a, b)


@steady
@given(size=shapes, data=st.data())
def test_a_padded_batch_is_its_sequences_one_by_one(size, data):
    T, B, _, _ = size
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    params, x, d_h = draw(size, levels=2, kernel_size=2)
    beyond = np.arange(T)[:, None] >= np.array(lengths)
    x[beyond] = d_h[beyond] = np.nan
    h, _, cache = tcn.forward(params, x, lengths=lengths)
    d_x, grads, _ = tcn.backward(cache, d_h)
    assert not h[beyond].any()
    assert not d_x[beyond].any()
    total = [np.zeros_like(p) for p in leaves(params)]
    for b, n in enumerate(lengths):
        alone, _, one = tcn.forward(params, x[:n, [b]])
        d_alone, share, _ = tcn.backward(one, d_h[:n, [b]])
        assert close(h[:n, [b]], alone)
        assert close(d_x[:n, [b]], d_alone)
        total = [a + part for a, part in zip(total, leaves(share), strict=True)]
    assert all(close(a, b) for a, b in zip(total, leaves(grads), strict=True))


@pytest.mark.parametrize("t", [0, 1, 6, 12])
def test_no_output_sees_the_future(t):
    params, x, _ = draw((13, 2, 2, 4))
    h, _, _ = tcn.forward(params, x)
    later = x.copy()
    later[t:] = np.random.default_rng(1).standard_normal(later[t:].shape)
    assert np.array_equal(tcn.forward(params, later)[0][:t], h[:t])


@pytest.mark.parametrize(("k", "levels"), [(1, 3), (2, 1), (2, 3), (3, 2), (4, 3)])
def test_the_receptive_field_is_what_the_formula_says(k, levels):
    seen = tcn.receptive_field(k, levels)
    params = tcn.init(np.random.default_rng(0), 1, 8, levels=levels, kernel_size=k)
    T = seen + 5
    # every weight positive and every unit on: whatever is connected, is felt
    params = tcn.TCNParams(
        tuple(
            type(block)(*(ConvParams(*map(np.abs, part)) if part else () for part in block))
            for block in params.blocks
        )
    )
    h, _, cache = tcn.forward(params, np.ones((T, 1, 1)))
    d_h = np.zeros_like(h)
    d_h[-1] = 1
    felt = np.flatnonzero(tcn.backward(cache, d_h)[0])
    assert felt.tolist() == list(range(T - seen, T))


def test_a_kernel_of_one_tap_sees_one_step():
    params, x, _ = draw(kernel_size=1)
    assert tcn.receptive_field(1, 4) == 1
    h, _, _ = tcn.forward(params, x)
    assert close(tcn.forward(params, x[::-1])[0][::-1], h)


@pytest.mark.parametrize("T", [0, 1, 2, 5])
def test_sequences_shorter_than_the_receptive_field(T):
    params, x, _ = draw((9, 2, 2, 4))
    assert tcn.receptive_field(3, 4) == 61
    whole, _, _ = tcn.forward(params, x)
    h, _, cache = tcn.forward(params, x[:T])
    assert close(h, whole[:T])
    d_x, grads, _ = tcn.backward(cache, np.ones_like(h))
    assert d_x.shape == (T, 2, 2)
    assert all(np.isfinite(g).all() for g in leaves(grads))
    module = nn.TCN.from_params(params)
    assert close(h, module(torch.tensor(x[:T]))[0].detach())


@pytest.mark.parametrize("lengths", [None, [2, 4]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(dtype, lengths):
    params, x, d_h = draw((4, 2, 3, 5), dtype)
    arrays = [*leaves(params), x, d_h]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    h, _, cache = tcn.forward(params, x, lengths=lengths)
    d_x, grads, _ = tcn.backward(cache, d_h)
    assert {a.dtype for a in (h, d_x, *leaves(grads))} == {np.dtype(dtype)}
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


def test_the_order_of_the_batch_does_not_matter():
    params, x, d_h = draw()
    order = [2, 0, 1]
    h, _, cache = tcn.forward(params, x)
    moved, _, other = tcn.forward(params, x[:, order])
    assert close(moved, h[:, order])
    d_x, grads, _ = tcn.backward(cache, d_h)
    d_moved, same, _ = tcn.backward(other, d_h[:, order])
    assert close(d_moved, d_x[:, order])
    assert all(close(a, b) for a, b in zip(leaves(same), leaves(grads), strict=True))


def test_learns_what_lies_further_back_than_its_kernel():
    # copy the input of seven steps ago: one convolution of three taps cannot see it, two blocks can
    def right_with(levels):
        rng, adam = np.random.default_rng(0), optim.Adam(lr=0.01)
        params = network.init(tcn, rng, 2, 12, 2)
        params = params._replace(cell=tcn.init(rng, 2, 12, levels=levels))
        for _ in range(150):
            ids = rng.integers(2, size=(30, 16))
            x, y = np.eye(2)[ids], np.roll(ids, 7, axis=0)
            late = (np.arange(30) >= 7)[:, None, None]

            def loss(o, y, lengths, late=late):
                value, d_o = losses.softmax_cross_entropy(np.where(late, o, 0), y, lengths)
                return value, np.where(late, d_o, 0)

            _, grads, _ = network.loss_and_gradients(tcn, params, x, y, loss=loss)
            params = adam.step(params, grads)
        o, _ = network.predict(tcn, params, x)
        return (o.argmax(axis=2)[7:] == y[7:]).mean()

    assert right_with(levels=1) < 0.6  # a guess: 0.5
    assert right_with(levels=2) > 0.99


def test_the_seed_rules_in_pytorch():
    modules = []
    for _ in range(2):
        torch.manual_seed(0)
        modules.append(nn.TCN(2, 3))
    one, two = (list(leaves(m.to_params())) for m in modules)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert {a.dtype for a in one} == {np.dtype(np.float32)}


def test_refusals():
    params, x, d_h = draw()
    _, _, cache = tcn.forward(params, x)
    for call, message in [
        (lambda: tcn.forward(params, x[0]), "x must have shape (T, B, I), got (3, 2)"),
        (lambda: tcn.forward(params, x[:, :, :1]), "x must have shape (T, B, 2) (I as in W (3, 4"),
        (lambda: tcn.forward(params, x * np.nan), "x[0, 0, 0] must be finite, got nan"),
        (lambda: tcn.forward(params, x, lengths=[8, 1, 1]), "lengths[0] must lie between 0 and T"),
        (lambda: tcn.forward(params, x, x), "state must be None: a TCN carries none, got ndarray"),
        (lambda: tcn.backward(cache, d_h[1:]), "d_h must have shape (7, 3, 4) (that of h), got (6"),
        (lambda: tcn.backward(cache, d_h.astype("f4")), "d_h has dtype float32, but h has float64"),
        (lambda: tcn.init(np.random.default_rng(0), 1, 1, levels=0), "levels must be at least 1, "),
        (lambda: tcn.receptive_field(0, 1), "kernel_size must be at least 1, got 0"),
        (lambda: nn.TCN(2, 3)(torch.zeros(4, 2)), "x must have shape (T, B, 2), got (4, 2)"),
        (
            lambda: nn.TCN(2, 3)(torch.zeros(4, 1, 2), lengths=[1, 2]),
            "lengths must have shape (1,), got (2,)",
        ),
        (
            lambda: tcn.block(params.blocks[0]._replace(residual=()), x, dilation=1),
            "x must have shape (7, 3, 4) (without weights of its own the path around needs I = H)",
        ),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()
