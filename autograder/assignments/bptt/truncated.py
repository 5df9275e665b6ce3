"""Truncated back-propagation: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary", {"T": 9, "k": 3}),
    HiddenCase("a shorter last window", {"T": 8, "k": 3}),
    HiddenCase("windows of one step", {"T": 4, "k": 1}),
    HiddenCase("one window over everything", {"T": 5, "k": 5}),
    HiddenCase("a window longer than the sequence", {"T": 4, "k": 7}),
    HiddenCase("one sequence, one unit", {"T": 7, "k": 2, "B": 1, "H": 1}),
    HiddenCase("no initial state", {"T": 6, "k": 4, "initial_state": False}),
    # as in backward: moving each weight a little takes more than a call's time
    HiddenCase("larger", {"T": 60, "k": 8, "B": 8, "I": 50, "H": 80, "K": 70}),
)

MISTAKES = (
    Mistake(
        "gradient-carried-across",
        "This is the gradient of the whole sequence: at the start of a window it has to stop.",
        edits=(("range(0, len(x), k)", "range(0, len(x), len(x))"), ("start + k", "len(x)")),
    ),
    Mistake(
        "state-reset-to-the-first",
        "Every window here starts from the same h0. Only the gradient is cut, the state goes on.",
        edits=(("        h0 = h[-1]\n", ""),),
        taught="mistake-bptt-state-reset",
    ),
    Mistake(
        "state-reset-to-zero",
        "A new window is not a new sequence: it starts from the state in which the last one ended.",
        edits=(("h0 = h[-1]", "h0 = np.zeros_like(h0)"),),
        taught="mistake-bptt-state-reset",
    ),
    Mistake(
        "wrong-state-handed-on",
        "The next window starts from the state at the end of this one.",
        edits=(("h0 = h[-1]", "h0 = h[0]"),),
    ),
    Mistake(
        "remainder-dropped",
        "Where k does not divide T, some steps at the end are in no window of yours.",
        edits=(("range(0, len(x), k)", "range(0, len(x) - k + 1, k)"),),
    ),
    Mistake(
        "last-window-only",
        "Each window's gradients overwrite those before: they are added up.",
        edits=(("total[name] + grads[name]", "grads[name]"),),
    ),
    Mistake(
        "first-window-only",
        "The function returns after its first window.",
        edits=(("        h0 = h[-1]\n", "        break\n"),),
    ),
    Mistake(
        "mean-over-windows",
        "The loss is a sum over all steps, so the windows' gradients are added, not averaged.",
        edits=(
            (
                "    return total",
                "    count = -(-len(x) // k)\n"
                "    return {name: value / count for name, value in total.items()}",
            ),
        ),
    ),
    Mistake(
        "mean-over-the-window",
        "The loss is a sum over time, in a window too: its length divides nothing.",
        edits=(("total[name] + grads[name]", "total[name] + grads[name] / len(x[window])"),),
        taught="mistake-bptt-mean-or-sum",
    ),
    Mistake(
        "windows-overlap-by-one",
        "The last step of one window is the first of the next in yours: every step belongs to one.",
        edits=(("start + k)", "start + k + 1)"), ("h0 = h[-1]", "h0 = h[:k][-1]")),
    ),
    Mistake(
        "sliding-windows",
        "These windows overlap: yours move on by one step, those asked for by k.",
        source="""
def truncated_gradients(params, x, y, h0, k):
    names = ("d_W_ih", "d_W_hh", "d_W_ho", "d_b_h", "d_b_o")
    total = dict.fromkeys(names, 0.0)
    for start in range(len(x)):
        window = slice(start, start + k)
        grads = rnn_backward(params, x[window], y[window], h0)
        total = {name: total[name] + grads[name] for name in names}
        h, _, _ = rnn_forward(params, x[start : start + 1], y[start : start + 1], h0)
        h0 = h[-1]
    return total
""",
    ),
    Mistake(
        "every-loss-looks-back-k-steps",
        "That is another truncation, in which every step's loss looks back over its own last k "
        "steps. Here a loss looks back to the start of its window, wherever it stands in it.",
        source="""
def truncated_gradients(params, x, y, h0, k):
    names = ("d_W_ih", "d_W_hh", "d_W_ho", "d_b_h", "d_b_o")
    h, _, _ = rnn_forward(params, x, y, h0)
    states = [h0, *h]
    total = dict.fromkeys(names, 0.0)
    for t in range(len(x)):
        first = max(0, t + 1 - k)
        whole = rnn_backward(params, x[first : t + 1], y[first : t + 1], states[first])
        total = {name: total[name] + whole[name] for name in names}
        if t > first:
            before = rnn_backward(params, x[first:t], y[first:t], states[first])
            total = {name: total[name] - before[name] for name in names}
    return total
""",
    ),
)

VARIANTS = (
    Variant(
        "tuple",
        edits=(("    return total", "    return tuple(total.values())"),),
    ),
    Variant(
        "nested-lists",
        edits=(("    return total", "    return [value.tolist() for value in total.values()]"),),
    ),
    Variant(
        "float32",
        edits=(
            (
                "    return total",
                "    return {name: np.float32(value) for name, value in total.items()}",
            ),
        ),
    ),
    Variant(
        "extra-names",
        edits=(("    return total", '    return {**total, "h": h, "windows": -(-len(x) // k)}'),),
    ),
    Variant(
        "recursive",
        source="""
def truncated_gradients(params, x, y, h0, k):
    names = ("d_W_ih", "d_W_hh", "d_W_ho", "d_b_h", "d_b_o")
    here = rnn_backward(params, x[:k], y[:k], h0)
    if len(x) <= k:
        return {name: here[name] for name in names}
    h = rnn_forward(params, x[:k], y[:k], h0)[0]
    rest = truncated_gradients(params, x[k:], y[k:], h[-1], k)
    return {name: here[name] + rest[name] for name in names}
""",
    ),
    Variant(
        "one-loop-that-cuts",
        source="""
def truncated_gradients(params, x, y, h0, k):
    h, y_hat, _ = rnn_forward(params, x, y, h0)
    T, B, _ = x.shape
    d_a = np.zeros_like(h)
    d_o = y_hat
    d_o[np.arange(T)[:, None], np.arange(B), y] -= 1
    d_o /= B
    for t in range(T - 1, -1, -1):
        d_h = d_o[t] @ params["W_ho"]
        if (t + 1) % k and t + 1 < T:
            d_h = d_h + d_a[t + 1] @ params["W_hh"]
        d_a[t] = d_h * (1 - h[t] ** 2)
    before = np.concatenate([h0[None], h[:-1]])
    return (
        np.tensordot(d_a, x, [(0, 1), (0, 1)]),
        np.tensordot(d_a, before, [(0, 1), (0, 1)]),
        np.tensordot(d_o, h, [(0, 1), (0, 1)]),
        d_a.sum((0, 1)),
        d_o.sum((0, 1)),
    )
""",
    ),
    Variant(
        "batch-first",
        source="""
from rnncourse.checks import batch_first


@batch_first
def truncated_gradients(params, x, y, h0, k):
    total = None
    for start in range(0, x.shape[1], k):
        part = x[:, start : start + k].swapaxes(0, 1), y[:, start : start + k].T, h0
        grads = rnn_backward(params, *part)
        total = grads if total is None else {n: total[n] + grads[n] for n in grads}
        h0 = rnn_forward(params, *part)[0][-1]
    return total
""",
    ),
)

ITEM = CodeItem(
    cell="truncated-check",
    answer="truncated",
    title="Truncated in code",
    exercise=registry.find("bptt.truncated"),
    points={"d_W_ih": 1, "d_W_hh": 1, "d_W_ho": 1, "d_b_h": 1, "d_b_o": 1},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
