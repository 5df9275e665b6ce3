"""Known answers of the mLSTM: decaying attention, retrieval, its scale that cancels, its heads."""

import inspect

import numpy as np
import pytest
import torch

from rnncourse import gradcheck, mlstm, nn
from rnncourse.mlstm import MLSTMParams

SIGN_LOST = "d_s = sign * d_d", "d_s = abs(sign) * d_d"
LARGER_LOST = "f[..., None] * d_n, d_kept", "f[..., None] * d_n, by_f"


def draw(heads=1, scale=1.0, size=(6, 2, 3, 4)):
    T, B, I, H = size
    rng = np.random.default_rng(0)
    params = mlstm.init(rng, I, H, heads=heads)
    params = MLSTMParams(*(p * scale for p in params))
    return params, rng.standard_normal((T, B, I)), rng.standard_normal((T, B, H))


def in_parallel(params, x):
    """The source's quadratic form: every step attends to the ones before it; plain exp."""
    T, B, _ = x.shape
    N, H = len(params.b_g) // 2, len(params.b) // 4
    D = H // N
    W_q, W_k, W_v, W_o = np.split(params.W_ih, 4)
    b_q, b_k, b_v, b_o = np.split(params.b, 4)
    q, v, a_o = x @ W_q.T + b_q, x @ W_v.T + b_v, x @ W_o.T + b_o
    k = x @ W_k.T / np.sqrt(D) + b_k
    q, k, v = (a.reshape(T, B, N, D) for a in (q, k, v))
    a_i, a_f = np.split(x @ params.W_g.T + params.b_g, 2, axis=2)  # (T, B, N)
    log_f = np.cumsum(-np.log1p(np.exp(-a_f)), axis=0)
    decay = np.exp(log_f[:, None] - log_f[None] + a_i[None])  # (t, s, B, N)
    scores = np.einsum("tbnd,sbnd->tsbn", q, k) * decay * np.tri(T)[:, :, None, None]
    read = np.einsum("tsbn,sbnd->tbnd", scores, v)
    count = np.maximum(np.abs(scores.sum(axis=1)), 1)
    return (read / count[..., None]).reshape(T, B, H) / (1 + np.exp(-a_o))


@pytest.mark.parametrize("scale", [1, 4])  # at 4, |n·q| is often above 1
@pytest.mark.parametrize("heads", [1, 2, 4])
def test_is_attention_that_decays(heads, scale):
    params, x, _ = draw(heads, scale)
    h, _, _ = mlstm.forward(params, x)
    assert np.allclose(h, in_parallel(params, x), rtol=1e-12, atol=1e-14)


def loss_of(d_h, d_end):
    def loss(at):
        h, end, _ = mlstm.forward(at["params"], at["x"])
        return sum((a * d).sum() for a, d in zip((h, *end), (d_h, *d_end), strict=True))

    return loss


@pytest.mark.parametrize("mistake", [None, SIGN_LOST, LARGER_LOST], ids=str)
def test_the_gradient_on_every_branch(mistake, monkeypatch):
    """Any sign of n·q, above 1 and below; log f + m, a_i and 0 each the largest somewhere."""
    params, x, d_h = draw(heads=2, scale=1.5)
    _, end, cache = mlstm.forward(params, x)
    rng = np.random.default_rng(1)
    d_end = type(end)(*(rng.standard_normal(part.shape) for part in end))
    taken = [np.concatenate([getattr(c, part).ravel() for c in cache.steps.steps])
             for part in ("sign", "largest")]  # fmt: skip
    assert [set(t) for t in taken] == [{-1, 0, 1}, {0, 1, 2}]
    if mistake:
        source, scope = inspect.getsource(mlstm.step_backward), dict(vars(mlstm))
        assert source.count(mistake[0]) == 1
        exec(source.replace(*mistake), scope)
        monkeypatch.setattr(mlstm, "step_backward", scope["step_backward"])
    d_x, grads, _ = mlstm.backward(cache, d_h, d_end)
    at, derived = {"params": params, "x": x}, {"params": grads, "x": d_x}

    report = gradcheck.compare(loss_of(d_h, d_end), at, derived)
    if mistake:
        assert report.worst > 1e-3
    else:
        assert report.worst < 1e-13, report
        assert report.worst_difference < 1e-7, report


def test_several_heads_in_pytorch():
    params, x, _ = draw(heads=2, scale=1.5)
    h, _ = nn.MLSTM.from_params(params)(torch.tensor(x))
    assert np.allclose(h.detach().numpy(), mlstm.forward(params, x)[0], rtol=1e-12, atol=1e-13)


def test_finds_the_value_that_was_stored_under_a_key():
    """Four orthogonal keys, each with a value of its own, asked for in another order."""
    H, rng = 4, np.random.default_rng(0)
    keys, values, order = np.eye(H) * 2, rng.standard_normal((H, H)), [2, 0, 3, 1]
    W_ih = np.zeros((4 * H, 3 * H))  # x holds q, k, v
    W_ih[: 3 * H] = np.diag(np.repeat([1.0, np.sqrt(H), 1], H))
    b = np.repeat([0.0, 0, 0, 99], H)
    params = MLSTMParams(W_ih, b, np.zeros((2, 3 * H)), np.array([0.0, 99]))
    none = np.zeros((H, H))
    store, ask = np.hstack([none, keys, values]), np.hstack([keys[order], none, none])
    h, _, _ = mlstm.forward(params, np.concatenate([store, ask])[:, None])
    assert np.allclose(h[H:, 0], values[order], rtol=1e-12)


def test_gates_that_would_overflow_do_not():
    params = MLSTMParams(np.ones((4, 1)), np.zeros(4), np.array([[1.0], [-1.0]]), np.zeros(2))
    x = np.array([1e5, -1e5, 1e5, 0.0]).reshape(4, 1, 1)
    h, end, cache = mlstm.forward(params, x)
    d_x, _, _ = mlstm.backward(cache, np.ones_like(h))
    assert np.isfinite([*h.ravel(), *np.ravel([p.ravel() for p in end]), *d_x.ravel()]).all()


def test_a_memory_of_nothing_shows_nothing_however_large_the_gate():
    """0 / 0 but for the bound on the scale."""
    params = MLSTMParams(np.zeros((4, 1)), np.zeros(4), np.array([[1e4], [0.0]]), np.zeros(2))
    h, _, cache = mlstm.forward(params, np.ones((3, 1, 1)))
    assert not h.any()
    assert np.isfinite(mlstm.backward(cache, np.ones_like(h))[0]).all()


@pytest.mark.parametrize("kind", [nn.MLSTM, lambda *a, **k: mlstm.init(
    np.random.default_rng(0), *a, **k)], ids=["PyTorch", "NumPy"])  # fmt: skip
def test_refuses_heads_that_do_not_divide_the_units(kind):
    with pytest.raises(ValueError, match="heads must divide hidden_size = 4, got 3"):
        kind(2, 4, heads=3)
    with pytest.raises(ValueError, match="heads must be at least 1, got 0"):
        kind(2, 4, heads=0)


def test_refuses_weights_whose_heads_do_not_divide_the_units():
    params = draw()[0]._replace(W_g=np.zeros((6, 3)), b_g=np.zeros(6))
    with pytest.raises(ValueError, match=r"the heads must divide.*\(16, 3\) and \(6, 3\)"):
        mlstm.forward(params, np.zeros((1, 1, 3)))
