"""The forward pass: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one hidden unit", {"T": 5, "B": 3, "H": 1}),
    HiddenCase("no initial state", {"T": 4, "B": 3, "initial_state": False}),
    HiddenCase("larger", {"T": 40, "B": 9, "I": 12, "H": 24, "K": 11}),
)

MISTAKES = (
    Mistake(
        "w-not-transposed",
        "With one sequence in each row, W h becomes h @ W.T. A square W hides a missing transpose.",
        edits=(("h_before @ W_hh.T", "h_before @ W_hh"),),
        taught="mistake-networks-not-transposed",
    ),
    Mistake(
        "initial-state-ignored",
        "The recurrence starts from the h0 that it is given, which need not be zero.",
        edits=(("h_before = h0", "h_before = np.zeros_like(h0)"),),
    ),
    Mistake(
        "state-not-carried",
        "Every step here starts from h0: the state of one step has to reach the next.",
        edits=(("        h_before = h[t]", "        h_before = h0"),),
        taught="mistake-networks-state-reset",
    ),
    Mistake(
        "no-tanh",
        "The state is tanh of the pre-activation a, and it is the state that is handed on.",
        edits=(("h[t] = np.tanh(a)", "h[t] = a"),),
    ),
    Mistake(
        "pre-activation-carried",
        "What goes from step to step is the state h, not the pre-activation a.",
        edits=(("        h_before = h[t]", "        h_before = a"),),
    ),
    Mistake(
        "sigmoid-for-tanh",
        "The hidden units are tanh: their states lie between -1 and 1, not between 0 and 1.",
        edits=(("np.tanh(a)", "1 / (1 + np.exp(-a))"),),
    ),
    Mistake(
        "hidden-bias-missing",
        "Something constant is missing in the pre-activation.",
        edits=(('params["b_h"] + ', ""),),
    ),
    Mistake(
        "output-bias-missing",
        "Something constant is missing in the logits.",
        edits=(('params["b_o"] + ', ""),),
    ),
    Mistake(
        "outputs-from-the-state-before",
        "The prediction at step t is made from the state of the same step.",
        edits=(("h[t] @ W_ho.T", "h_before @ W_ho.T"),),
    ),
    Mistake(
        "softmax-over-the-batch",
        "A softmax makes one distribution over the classes for each sequence: mind its axis.",
        edits=(
            ("o.max(axis=1, keepdims=True)", "o.max(axis=0, keepdims=True)"),
            ("e.sum(axis=1, keepdims=True)", "e.sum(axis=0, keepdims=True)"),
        ),
    ),
    Mistake(
        "loss-mean-over-time",
        "The loss is summed over time; only over the batch it is a mean.",
        edits=((".sum() / B", ".sum() / (B * T)"),),
        taught="mistake-bptt-mean-or-sum",
    ),
    Mistake(
        "loss-sum-over-batch",
        "The loss is a mean over the batch: with twice the sequences it should not double.",
        edits=((".sum() / B", ".sum()"),),
    ),
    Mistake(
        "loss-sign",
        "A cross-entropy is never negative: the logarithm of a probability is.",
        edits=(("loss -=", "loss +="),),
    ),
    Mistake(
        "loss-last-step-only",
        "Every step has a prediction and a target, and every step counts in the loss.",
        edits=(("loss -= np", "loss = -np"),),
    ),
)

VARIANTS = (
    Variant(
        "dict", edits=(("return h, y_hat, loss", 'return {"loss": loss, "h": h, "y_hat": y_hat}'),)
    ),
    Variant(
        "nested-lists",
        edits=(("return h, y_hat, loss", "return h.tolist(), y_hat.tolist(), float(loss)"),),
    ),
    Variant(
        "float32",
        edits=(
            (
                "return h, y_hat, loss",
                "return h.astype(np.float32), np.float32(y_hat), np.float32(loss)",
            ),
        ),
    ),
    Variant(
        "lists-of-steps",
        source="""
def rnn_forward(params, x, y, h0):
    states, predictions, losses = [], [], []
    h = h0
    for x_t, y_t in zip(x, y):
        h = np.tanh(h @ params["W_hh"].T + x_t @ params["W_ih"].T + params["b_h"])
        o = h @ params["W_ho"].T + params["b_o"]
        p = np.exp(o) / np.exp(o).sum(1, keepdims=True)
        states.append(h)
        predictions.append(p)
        losses.append(np.mean([-np.log(row[k]) for row, k in zip(p, y_t)]))
    return states, predictions, sum(losses)
""",
    ),
    Variant(
        "vectorised-around-the-loop",
        source="""
def rnn_forward(params, x, y, h0):
    h = x @ params["W_ih"].T + params["b_h"]
    before = h0
    for a in h:
        a += before @ params["W_hh"].T
        before = np.tanh(a, out=a)
    o = h @ params["W_ho"].T + params["b_o"]
    log_p = o - np.logaddexp.reduce(o, axis=2, keepdims=True)
    right = np.take_along_axis(log_p, y[:, :, None], axis=2)
    return h, np.exp(log_p), -right.sum() / x.shape[1]
""",
    ),
    Variant(
        "batch-first",
        source="""
from rnncourse.checks import batch_first


@batch_first
def rnn_forward(params, x, y, h0):
    B, T, _ = x.shape
    h = np.zeros((B, T + 1, h0.shape[1]))
    h[:, 0] = h0
    for t in range(T):
        a = x[:, t] @ params["W_ih"].T + h[:, t] @ params["W_hh"].T + params["b_h"]
        h[:, t + 1] = np.tanh(a)
    o = h[:, 1:] @ params["W_ho"].T + params["b_o"]
    e = np.exp(o - o.max(-1, keepdims=True))
    y_hat = e / e.sum(-1, keepdims=True)
    p = y_hat[np.arange(B)[:, None], np.arange(T), y]
    return h[:, 1:], y_hat, -np.log(p).sum(1).mean()
""",
    ),
    Variant(
        "columns-one-sequence-at-a-time",
        source="""
def rnn_forward(params, x, y, h0):
    U, W, V = params["W_ih"], params["W_hh"], params["W_ho"]
    T, B = y.shape
    h, y_hat, loss = np.empty((T, B, len(W))), np.empty((T, B, len(V))), 0
    for b in range(B):
        state = h0[b]
        for t in range(T):
            state = np.tanh(params["b_h"] + W @ state + U @ x[t, b])
            e = np.exp(params["b_o"] + V @ state)
            h[t, b], y_hat[t, b] = state, e / e.sum()
            loss = loss - np.log(y_hat[t, b, y[t, b]])
    return [h, y_hat, loss / B]
""",
    ),
)

ITEM = CodeItem(
    cell="forward-check",
    answer="forward",
    title="Forward in code",
    exercise=registry.find("bptt.forward"),
    points={"h": 1, "y_hat": 1, "loss": 1},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
