"""Full back-propagation through time: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from autograder.assignments.bptt import forward
from rnncourse.checks import registry

# "larger" also tells back-propagation from moving each weight a little: that takes some 16,000
# forward passes here, more than a call's time
CASES = (
    *(case for case in forward.CASES if case.name != "larger"),
    HiddenCase("larger", {"T": 60, "B": 8, "I": 50, "H": 80, "K": 70}),
)

# where two explain the same outputs the judge names the first: narrow ones stand before wide ones
MISTAKES = (
    Mistake(
        "initial-state-ignored",
        "At the first step W multiplies h0, which need not be zero.",
        edits=(("if t > 0 else h0", "if t > 0 else np.zeros_like(h0)"),),
    ),
    Mistake(
        "bias-averaged-over-the-batch",
        "The mean over the batch is in d_o already; over the sequences the bias only adds up.",
        edits=(
            ("d_b_h += d_a.sum(axis=0)", "d_b_h += d_a.mean(axis=0)"),
            ("d_b_o += d_o.sum(axis=0)", "d_b_o += d_o.mean(axis=0)"),
        ),
    ),
    Mistake(
        "w-not-transposed",
        "Going back, the transpose of W acts on the gradient's column; on rows that is d_a @ W. "
        "A square W hides the difference.",
        edits=(
            ("d_o @ W_ho + d_a @ W_hh", "d_o @ W_ho + d_a @ W_hh.T"),
            ("d_h0 = d_a @ W_hh", "d_h0 = d_a @ W_hh.T"),
        ),
    ),
    Mistake(
        "state-one-step-late",
        "Which state did W multiply at step t? Not the one that came out of it.",
        edits=(("d_a.T @ h_before", "d_a.T @ h[t]"),),
    ),
    Mistake(
        "future-dropped",
        "The state acts on the loss along two paths: through this step's output and through the "
        "next state. One of them is missing.",
        edits=(("d_h = d_o @ W_ho + d_a @ W_hh", "d_h = d_o @ W_ho"),),
    ),
    Mistake(
        "tanh-slope-dropped",
        "Between the state and the pre-activation stands a tanh, and its slope is a factor.",
        edits=(("d_a = (1 - h[t] ** 2) * d_h", "d_a = d_h"),),
    ),
    Mistake(
        "tanh-slope-of-the-step-before",
        "The slope of tanh belongs to the step whose pre-activation you differentiate by.",
        edits=(("(1 - h[t] ** 2)", "(1 - h_before**2)"),),
    ),
    Mistake(
        "tanh-slope-dropped-on-the-way-back",
        "From one state to the one before it, the gradient passes the tanh, too, not only W.",
        edits=(
            ("d_a = np.zeros_like(h0)", "d_h = np.zeros_like(h0)"),
            ("d_o @ W_ho + d_a @ W_hh", "d_o @ W_ho + d_h @ W_hh"),
            ("d_h0 = d_a @ W_hh", "d_h0 = d_h @ W_hh"),
        ),
    ),
    Mistake(
        "tanh-slope-without-the-square",
        "Look up the derivative of tanh, written in terms of its value.",
        edits=(("(1 - h[t] ** 2)", "(1 - h[t])"),),
    ),
    Mistake(
        "tanh-taken-twice",
        "h is the tanh already: its slope needs no second tanh.",
        edits=(("(1 - h[t] ** 2)", "(1 - np.tanh(h[t]) ** 2)"),),
    ),
    Mistake(
        "assigned-instead-of-added",
        "Each turn of the loop overwrites what the one before it found: a gradient is the sum over "
        "the steps.",
        edits=(
            ("d_W_ih += ", "d_W_ih = "),
            ("d_W_hh += ", "d_W_hh = "),
            ("d_W_ho += ", "d_W_ho = "),
            ("d_b_h += ", "d_b_h = "),
            ("d_b_o += ", "d_b_o = "),
        ),
    ),
    Mistake(
        "last-step-only",
        "Only the last step is gone back over. The same weights were used at every step.",
        edits=(("in reversed(range(T))", "in [T - 1]"),),
    ),
    Mistake(
        "first-step-forgotten",
        "Count the turns of the loop: the first step is a step, too.",
        edits=(("reversed(range(T))", "range(T - 1, 0, -1)"),),
    ),
    Mistake(
        "loss-at-the-end-only",
        "Every step has a loss of its own; here only the last one sends a gradient back.",
        edits=(("        d_o /= B", "        d_o *= (t == T - 1) / B"),),
    ),
    Mistake(
        "batch-mean-missing",
        "The loss is a mean over the batch, so each sequence counts with 1/B.",
        edits=(("        d_o /= B\n", ""),),
    ),
    Mistake(
        "batch-mean-twice",
        "The mean over the batch enters once: after that the products over the batch are sums.",
        edits=(("d_o /= B", "d_o /= B * B"),),
    ),
    Mistake(
        "mean-over-time",
        "The loss is a sum over time, so nothing is divided by the number of steps.",
        edits=(("d_o /= B", "d_o /= B * T"),),
    ),
    Mistake(
        "sign",
        "Check with one number: where the right class gets too little, its logit must have a "
        "negative gradient.",
        edits=(("        d_o /= B", "        d_o /= -B"),),
    ),
    Mistake(
        "softmax-slope-twice",
        "Prediction minus target is the gradient by the logits already: the slope of the softmax "
        "is in it.",
        edits=(
            (
                "        d_o /= B",
                "        d_o = y_hat[t] * (d_o - (d_o * y_hat[t]).sum(1, keepdims=True)) / B",
            ),
        ),
    ),
    Mistake(
        "target-not-subtracted",
        "The gradient by the logits is the difference between two distributions.",
        edits=(("        d_o[np.arange(B), y[t]] -= 1\n", ""),),
    ),
    Mistake(
        "weight-gradient-transposed",
        "A gradient has its matrix's shape and places: rows are where the weight leads to. W is "
        "square, so only the values tell.",
        edits=(("d_W_hh += d_a.T @ h_before", "d_W_hh += h_before.T @ d_a"),),
    ),
    Mistake(
        "bias-as-a-row",
        "A gradient has the shape of what it is the gradient by: a bias has one axis.",
        edits=(
            ("d_b_h += d_a.sum(axis=0)", "d_b_h = d_b_h + d_a.sum(axis=0, keepdims=True)"),
            ("d_b_o += d_o.sum(axis=0)", "d_b_o = d_b_o + d_o.sum(axis=0, keepdims=True)"),
        ),
    ),
    Mistake(
        "bias-not-summed-over-the-batch",
        "The same bias serves every sequence, so its gradient collects from all of them.",
        edits=(
            ("d_b_h += d_a.sum(axis=0)", "d_b_h = d_b_h + d_a"),
            ("d_b_o += d_o.sum(axis=0)", "d_b_o = d_b_o + d_o"),
        ),
    ),
    Mistake(
        "bias-without-tanh-slope",
        "The bias stands inside the tanh, beside W h.",
        edits=(("d_b_h += d_a.sum(axis=0)", "d_b_h += d_h.sum(axis=0)"),),
    ),
    Mistake(
        "last-state-for-the-initial",
        "At the first step h[t - 1] is h[-1], the last state: Python counts from the end.",
        edits=(("h[t - 1] if t > 0 else h0", "h[t - 1]"),),
    ),
    Mistake(
        "initial-gradient-one-step-off",
        "What you return as d_h0 belongs to the state after the first step, not before it.",
        edits=(("d_h0 = d_a @ W_hh", "d_h0 = d_h"),),
    ),
    Mistake(
        "initial-gradient-without-w",
        "From the first pre-activation back to h0 there is one more matrix.",
        edits=(("d_h0 = d_a @ W_hh", "d_h0 = d_a"),),
    ),
)

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

ITEM = CodeItem(
    cell="backward-check",
    answer="backward",
    title="Backward in code",
    exercise=registry.find("bptt.backward"),
    points={"d_W_ih": 2, "d_W_hh": 3, "d_W_ho": 1, "d_b_h": 1, "d_b_o": 1, "d_h0": 1},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
