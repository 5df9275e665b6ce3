"""Full back-propagation through time: other right answers."""

from autograder.assignment import Variant

_RETURN_DICT = """    return {
        "d_W_ih": d_W_ih,
        "d_W_hh": d_W_hh,
        "d_W_ho": d_W_ho,
        "d_b_h": d_b_h,
        "d_b_o": d_b_o,
        "d_h0": d_h0,
    }"""

VARIANTS = (
    Variant(
        "tuple",
        edits=((_RETURN_DICT, "    return d_W_ih, d_W_hh, d_W_ho, d_b_h, d_b_o, d_h0"),),
    ),
    Variant(
        "nested-lists",
        edits=(
            (
                _RETURN_DICT,
                "    grads = d_W_ih, d_W_hh, d_W_ho, d_b_h, d_b_o, d_h0\n"
                "    return [g.tolist() for g in grads]",
            ),
        ),
    ),
    Variant(
        "float32",
        edits=(
            (
                "    W_ih, W_hh, W_ho = params",
                "    params = {name: value.astype(np.float32) for name, value in params.items()}\n"
                "    x, h0 = x.astype(np.float32), h0.astype(np.float32)\n"
                "    W_ih, W_hh, W_ho = params",
            ),
        ),
    ),
    Variant(
        "in-place",
        source="""
def rnn_backward(params, x, y, h0):
    h, d_o, _ = rnn_forward(params, x, y, h0)
    T, B, _ = x.shape
    np.subtract.at(d_o, (np.arange(T)[:, None], np.arange(B), y), 1)
    d_o /= B
    grads = {"d_" + name: np.zeros_like(value) for name, value in params.items()}
    future = np.zeros_like(h0)
    for t in range(T - 1, -1, -1):
        future += d_o[t] @ params["W_ho"]
        future *= 1 - h[t] * h[t]
        before = h0 if t == 0 else h[t - 1]
        for b in range(B):
            grads["d_W_hh"] += np.outer(future[b], before[b])
            grads["d_W_ih"] += np.outer(future[b], x[t, b])
            grads["d_W_ho"] += np.outer(d_o[t, b], h[t, b])
            grads["d_b_h"] += future[b]
            grads["d_b_o"] += d_o[t, b]
        np.matmul(future, params["W_hh"], out=future)
    grads["d_h0"] = future
    return grads
""",
    ),
    Variant(
        "vectorised-after-the-loop",
        source="""
def rnn_backward(params, x, y, h0):
    h, y_hat, _ = rnn_forward(params, x, y, h0)
    d_o = (y_hat - np.eye(len(params["b_o"]))[y]) / x.shape[1]
    d_h = d_o @ params["W_ho"]
    d_a = np.empty_like(h)
    carried = np.zeros_like(h0)
    for t in reversed(range(len(x))):
        d_a[t] = (d_h[t] + carried) * (1 - h[t] ** 2)
        carried = d_a[t] @ params["W_hh"]
    before = np.concatenate([h0[None], h[:-1]])
    return (
        np.einsum("tbh,tbi->hi", d_a, x),
        np.einsum("tbh,tbj->hj", d_a, before),
        np.einsum("tbk,tbh->kh", d_o, h),
        d_a.sum((0, 1)),
        d_o.sum((0, 1)),
        carried,
    )
""",
    ),
    Variant(
        "forward-states-recomputed-in-rows-of-columns",
        source="""
def rnn_backward(params, x, y, h0):
    U, W, V = params["W_ih"], params["W_hh"], params["W_ho"]
    T, B = y.shape
    d_U, d_W, d_V, d_b, d_c = (np.zeros(s) for s in (U.shape, W.shape, V.shape, len(W), len(V)))
    d_h0 = np.zeros_like(h0)
    for b in range(B):
        h = [h0[b]]
        for t in range(T):
            h.append(np.tanh(params["b_h"] + W @ h[-1] + U @ x[t, b]))
        d_h = np.zeros(len(W))
        for t in range(T, 0, -1):
            e = np.exp(params["b_o"] + V @ h[t])
            d_o = e / e.sum()
            d_o[y[t - 1, b]] -= 1
            d_a = np.diag(1 - h[t] ** 2) @ (V.T @ d_o + d_h)
            d_U += np.outer(d_a, x[t - 1, b]) / B
            d_W += np.outer(d_a, h[t - 1]) / B
            d_V += np.outer(d_o, h[t]) / B
            d_b += d_a / B
            d_c += d_o / B
            d_h = W.T @ d_a
        d_h0[b] = d_h / B
    return {"d_W_ih": d_U, "d_W_hh": d_W, "d_W_ho": d_V, "d_b_h": d_b, "d_b_o": d_c, "d_h0": d_h0}
""",
    ),
    Variant(
        "batch-first",
        source="""
from rnncourse.checks import batch_first


@batch_first
def rnn_backward(params, x, y, h0):
    B, T, _ = x.shape
    h = [h0]
    for t in range(T):
        a = x[:, t] @ params["W_ih"].T + h[-1] @ params["W_hh"].T + params["b_h"]
        h.append(np.tanh(a))
    grads = {"d_" + name: 0 for name in params}
    carried = 0
    for t in range(T, 0, -1):
        o = h[t] @ params["W_ho"].T + params["b_o"]
        d_o = np.exp(o - o.max(1, keepdims=True))
        d_o /= d_o.sum(1, keepdims=True)
        d_o[range(B), y[:, t - 1]] -= 1
        d_a = (d_o @ params["W_ho"] + carried) * (1 - h[t] ** 2)
        grads["d_W_ih"] = grads["d_W_ih"] + d_a.T @ x[:, t - 1] / B
        grads["d_W_hh"] = grads["d_W_hh"] + d_a.T @ h[t - 1] / B
        grads["d_W_ho"] = grads["d_W_ho"] + d_o.T @ h[t] / B
        grads["d_b_h"] = grads["d_b_h"] + d_a.mean(0)
        grads["d_b_o"] = grads["d_b_o"] + d_o.mean(0)
        carried = d_a @ params["W_hh"]
    return {**grads, "d_h0": carried / B}
""",
    ),
)
