"""1-D convolution: against torch, np.convolve and its banded matrix."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import conv, gradcheck, nn
from rnncourse.conv import ConvParams

F = torch.nn.functional
MODES = ["causal", "same", "valid", "full"]
steady = settings(derandomize=True, deadline=None, max_examples=40)
shapes = st.tuples(
    st.integers(0, 9), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)
)  # T, B, I, O, k


def close(ours, theirs):
    return ours == pytest.approx(np.asarray(theirs), rel=1e-12, abs=1e-13)


def draw(size, dtype=np.float64):
    T, B, I, O, k = size
    rng = np.random.default_rng(size)
    params = conv.init(rng, I, O, k, dtype=dtype)
    return params, rng.standard_normal((T, B, I)).astype(dtype), rng


def by_torch(params, x, dilation, mode, d_y):
    reach = (len(params.W) - 1) * dilation
    left = {"causal": reach, "same": reach - reach // 2, "valid": 0, "full": reach}[mode]
    right = {"causal": 0, "same": reach // 2, "valid": 0, "full": reach}[mode]
    given, W, b = (torch.tensor(a, requires_grad=True) for a in (x, *params))
    kernel = W.flip(0).permute(1, 2, 0)
    y = F.conv1d(F.pad(given.permute(1, 2, 0), (left, right)), kernel, b, dilation=dilation)
    y = y.permute(2, 0, 1)
    y.backward(torch.tensor(d_y))
    return y.detach().numpy(), given.grad, W.grad, b.grad


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "size", [(1, 1, 1, 1, 1), (13, 4, 5, 6, 3), (9, 2, 1, 3, 4), (20, 3, 4, 1, 7)], ids=str
)
@pytest.mark.parametrize("dilation", [1, 2])
def test_equals_torch_in_float64(size, dilation, mode):
    params, x, rng = draw(size)
    y, cache = conv.forward(params, x, dilation=dilation, mode=mode)
    d_y = rng.standard_normal(y.shape)
    d_x, grads = conv.backward(cache, d_y)
    for ours, theirs in zip(
        (y, d_x, *grads), by_torch(params, x, dilation, mode, d_y), strict=True
    ):
        assert close(ours, theirs)


def test_float32_over_a_thousand_steps():
    params, x, rng = draw((1000, 4, 8, 16, 5), np.float32)
    y, cache = conv.forward(params, x, dilation=8)
    d_y = rng.standard_normal(y.shape).astype(np.float32)
    wanted = by_torch(params, x, 8, "causal", d_y)
    d_x, grads = conv.backward(cache, d_y)
    for ours, theirs, tolerance in zip(
        (y, d_x, *grads), wanted, (1e-5, 5e-5, 5e-5, 5e-5), strict=True
    ):
        assert ours.dtype == np.float32
        assert np.abs(ours - np.asarray(theirs)).max() < tolerance * np.abs(ours).max()


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_one_channel_is_numpys_convolution(k, mode):
    rng = np.random.default_rng(k)
    w, x = rng.standard_normal(k), rng.standard_normal(8)
    y, _ = conv.forward(ConvParams(w.reshape(k, 1, 1), np.zeros(1)), x.reshape(8, 1, 1), mode=mode)
    assert close(y.ravel(), np.convolve(x, w, mode))


@steady
@given(size=shapes, dilation=st.integers(1, 3), mode=st.sampled_from(MODES))
def test_is_the_banded_matrix(size, dilation, mode):
    T, B, I, O, k = size
    params, x, _ = draw(size)
    y, _ = conv.forward(params, x, dilation=dilation, mode=mode)
    M = conv.banded(params.W, T, dilation=dilation, mode=mode)
    N = conv.output_steps(T, k, dilation=dilation, mode=mode)
    assert M.shape == (N * O, T * I)
    for b in range(B):
        assert close(y[:, b].ravel(), M @ x[:, b].ravel() + np.tile(params.b, N))
    blocks = M.reshape(N, O, T, I)
    if N > 1 and T > 1:  # the same along every diagonal, zero off the band
        assert np.array_equal(blocks[1:, :, 1:], blocks[:-1, :, :-1])
    assert np.count_nonzero(M) <= N * O * I * k


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lengths", [None, [7, 0, 3, 1]], ids=str)
@pytest.mark.parametrize(("k", "dilation"), [(1, 1), (3, 1), (3, 2), (4, 5)])
def test_every_gradient(k, dilation, lengths, mode):
    params, x, rng = draw((7, 4, 2, 3, k))
    how = {"dilation": dilation, "mode": mode, "lengths": lengths}
    y, cache = conv.forward(params, x, **how)
    d_y = rng.standard_normal(y.shape)
    d_x, grads = conv.backward(cache, d_y)
    report = gradcheck.compare(
        lambda at: (conv.forward(*at, **how)[0] * d_y).sum(), (params, x), (grads, d_x)
    )
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@steady
@given(size=shapes, dilation=st.integers(1, 3), mode=st.sampled_from(MODES), data=st.data())
def test_a_padded_batch_is_its_sequences_one_by_one(size, dilation, mode, data):
    T, B = size[:2]
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    params, x, rng = draw(size)
    x[np.arange(T)[:, None] >= np.array(lengths)] = np.nan
    how = {"dilation": dilation, "mode": mode}
    y, cache = conv.forward(params, x, lengths=lengths, **how)
    d_y = rng.standard_normal(y.shape)
    dirty = d_y.copy()
    for b, n in enumerate(lengths):
        dirty[conv.output_steps(n, size[4], **how) :, b] = np.nan
    d_x, grads = conv.backward(cache, dirty)
    total = [np.zeros_like(p) for p in params]
    for b, n in enumerate(lengths):
        alone, one = conv.forward(params, x[:n, [b]], **how)
        N = len(alone)
        assert close(y[:N, [b]], alone)
        assert not y[N:, b].any()
        d_alone, share = conv.backward(one, d_y[:N, [b]])
        assert close(d_x[:n, [b]], d_alone)
        assert not d_x[n:, b].any()
        total = [a + part for a, part in zip(total, share, strict=True)]
    assert all(close(a, b) for a, b in zip(total, grads, strict=True))


@steady
@given(size=shapes, dilation=st.integers(1, 3), data=st.data())
def test_no_output_sees_the_future(size, dilation, data):
    params, x, _ = draw(size)
    y, _ = conv.forward(params, x, dilation=dilation)
    t = data.draw(st.integers(0, size[0]))
    later = x.copy()
    later[t:] += 1
    assert np.array_equal(conv.forward(params, later, dilation=dilation)[0][:t], y[:t])


@pytest.mark.parametrize("lengths", [None, [2, 4]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(dtype, lengths):
    params, x, rng = draw((4, 2, 3, 5, 2), dtype)
    d_y = rng.standard_normal((4, 2, 5)).astype(dtype)
    arrays = [*params, x, d_y]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    y, cache = conv.forward(params, x, lengths=lengths)
    d_x, grads = conv.backward(cache, d_y)
    assert {a.dtype for a in (y, d_x, *grads)} == {np.dtype(dtype)}
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))
    other, _ = conv.forward(params, np.asfortranarray(x), lengths=lengths)
    assert np.allclose(other, y, rtol=1e-6)


def test_to_and_from_torch():
    params, x, _ = draw((9, 2, 3, 5, 4))
    module = conv.to_torch(params, dilation=2)
    theirs = module(torch.tensor(x).permute(1, 2, 0)).permute(2, 0, 1)
    assert close(conv.forward(params, x, dilation=2, mode="valid")[0], theirs.detach())
    again = conv.from_torch(module)
    assert all(np.array_equal(a, b) for a, b in zip(params, again, strict=True))
    assert not conv.from_torch(torch.nn.Conv1d(2, 3, 4, bias=False)).b.any()
    with pytest.raises(ValueError, match="module must have stride 1 and 1 group, got 2 and 1"):
        conv.from_torch(torch.nn.Conv1d(2, 3, 4, stride=2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.zeros((4, 3))}, "x must have shape (T, B, 3) (I as in W (2, 5, 3)), got (4, 3)"),
        ({"x": np.zeros((4, 2, 3), "f4")}, "x has dtype float32, but the weights have float64"),
        ({"x": np.full((4, 2, 3), np.nan)}, "x[0, 0, 0] must be finite, got nan"),
        ({"lengths": [5, 0]}, "lengths[0] must lie between 0 and T = 4, got 5"),
        ({"mode": "left"}, "mode must be one of causal, same, valid, full, got 'left'"),
        ({"dilation": 0}, "dilation must be at least 1, got 0"),
        ({"params": ConvParams(np.zeros((2, 5)), np.zeros(5))}, "ConvParams.W must have shape (k"),
        ({"params": ConvParams(np.zeros((2, 5, 3)), np.zeros(3))}, "ConvParams.b must have shape"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(change, message):
    params, x, _ = draw((4, 2, 3, 5, 2))
    with pytest.raises(ValueError, match=re.escape(message)):
        conv.forward(**{"params": params, "x": x, **change})


def test_backward_and_init_refuse():
    params, x, _ = draw((4, 2, 3, 5, 2))
    _, cache = conv.forward(params, x)
    with pytest.raises(ValueError, match=re.escape("d_y must have shape (4, 2, 5) (that of y)")):
        conv.backward(cache, x)
    with pytest.raises(ValueError, match="d_y has dtype float32"):
        conv.backward(cache, np.zeros((4, 2, 5), np.float32))
    with pytest.raises(ValueError, match="kernel_size must be at least 1, got 0"):
        conv.init(np.random.default_rng(0), 1, 1, 0)


def test_the_pytorch_reading():
    params, x, rng = draw((9, 2, 3, 5, 4))
    module, given = nn.CausalConv(params, dilation=2), torch.tensor(x, requires_grad=True)
    y, cache = conv.forward(params, x, dilation=2)
    theirs = module(given)
    d_y = rng.standard_normal(y.shape)
    theirs.backward(torch.tensor(d_y))
    d_x, grads = conv.backward(cache, d_y)
    for a, b in zip(
        (y, d_x, *grads), (theirs.detach(), given.grad, module.W.grad, module.b.grad), strict=True
    ):
        assert close(a, b)
    assert all(np.array_equal(a, b) for a, b in zip(params, module.to_params(), strict=True))


@pytest.mark.parametrize("mode", conv.MODES)
def test_a_batch_of_no_sequences(mode):
    params, x, _ = draw((4, 0, 2, 3, 2))
    y, cache = conv.forward(params, x, mode=mode)
    assert y.shape == (conv.output_steps(4, 2, mode=mode), 0, 3)
    d_x, grads = conv.backward(cache, y)
    assert d_x.shape == x.shape
    assert not any(g.any() for g in grads)
