"""Elman's network: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one hidden unit", {"T": 5, "B": 3, "H": 1}),
    HiddenCase("no initial state", {"T": 4, "B": 3, "initial_state": False}),
    HiddenCase("as many inputs as units", {"T": 4, "B": 3, "I": 5}),
    HiddenCase("larger", {"T": 60, "B": 8, "I": 20, "H": 50, "K": 11}),
)

MISTAKES = (
    Mistake(
        "w-not-transposed",
        "With one sequence in each row, W h becomes h @ W.T. A square W hides a missing transpose.",
        edits=(("before @ W_hh.T", "before @ W_hh"),),
        taught="mistake-networks-not-transposed",
    ),
    Mistake(
        "initial-state-ignored",
        "The recurrence starts from the h0 that it is given, and from zeros only where it is None.",
        edits=(("    if h0 is None:\n        h0 = ", "    if True:\n        h0 = "),),
    ),
    Mistake(
        "no-start-is-half",
        "Where nothing is given the state before the first step is zero.",
        edits=(("np.zeros((B, H))\n", "np.full((B, H), 0.5)\n"),),
    ),
    Mistake(
        "state-not-carried",
        "Every step here starts from h0: the state of one step has to reach the next.",
        edits=(("        before = h[t]\n", ""),),
        taught="mistake-networks-state-reset",
    ),
    Mistake(
        "pre-activation-carried",
        "What goes from step to step is the state h, not the pre-activation a.",
        edits=(("        before = h[t]\n", "        before = a\n"),),
    ),
    Mistake(
        "no-tanh",
        "The state is tanh of the pre-activation a, and it is the state that is handed on.",
        edits=(("h[t] = np.tanh(a)", "h[t] = a"),),
    ),
    Mistake(
        "logistic-for-tanh",
        "The hidden units are tanh: their states lie between -1 and 1, not between 0 and 1.",
        edits=(("np.tanh(a)", "1 / (1 + np.exp(-a))"),),
    ),
    Mistake(
        "hidden-bias-missing",
        "Something constant is missing in the pre-activation.",
        edits=(('params["b_h"] + ', ""),),
    ),
    Mistake(
        "hidden-bias-after-tanh",
        "All that reaches a unit is added up before the tanh, the bias with it.",
        edits=(
            ('params["b_h"] + ', ""),
            ("np.tanh(a)", 'np.tanh(a) + params["b_h"]'),
        ),
    ),
    Mistake(
        "output-bias-missing",
        "Something constant is missing in the outputs.",
        edits=(('params["b_o"] + ', ""),),
    ),
    Mistake(
        "output-from-the-state-before",
        "The output at step t is made from the state of the same step.",
        edits=(("h[t] @ W_ho.T", "before @ W_ho.T"),),
    ),
    Mistake(
        "output-squashed",
        "The outputs asked for are linear: o, before any softmax or tanh.",
        edits=(("o[t] = params", "o[t] = np.tanh(params"), ("@ W_ho.T\n", "@ W_ho.T)\n")),
    ),
    Mistake(
        "inputs-in-reverse",
        "The first input is the first to be read.",
        edits=(("x[t] @", "x[T - 1 - t] @"),),
    ),
    Mistake(
        "starts-with-the-given-state",
        "h0 is the state before the first step and no state of the sequence: h[0] in code is "
        "what comes out of step 1.",
        edits=(("    return h, o", "    h = np.concatenate([h0[None], h[:-1]])\n    return h, o"),),
    ),
)

VARIANTS = (
    Variant("dict", edits=(("return h, o", 'return {"o": o, "h": h}'),)),
    Variant("nested-lists", edits=(("return h, o", "return [h.tolist(), o.tolist()]"),)),
    Variant("float32", edits=(("return h, o", "return np.float32(h), np.float32(o)"),)),
    Variant(
        "context-units",
        source="""
def elman_forward(params, x, h0=None):
    layer = np.hstack([params["W_ih"], params["W_hh"]])
    context = np.zeros((x.shape[1], len(layer))) if h0 is None else h0
    hidden, out = [], []
    for x_t in x:
        context = np.tanh(np.hstack([x_t, context]) @ layer.T + params["b_h"])
        hidden.append(context)
        out.append(context @ params["W_ho"].T + params["b_o"])
    return hidden, out
""",
    ),
    Variant(
        "vectorised-around-the-loop",
        source="""
def elman_forward(params, x, h0):
    h = x @ params["W_ih"].T + params["b_h"]
    before = 0 * h[0] if h0 is None else h0
    for a in h:
        a += before @ params["W_hh"].T
        before = np.tanh(a, out=a)
    return h, h @ params["W_ho"].T + params["b_o"]
""",
    ),
    Variant(
        "batch-first",
        source="""
from rnncourse.checks import batch_first


@batch_first
def elman_forward(params, x, h0):
    B, T, _ = x.shape
    h = np.zeros((B, T + 1, len(params["b_h"])))
    if h0 is not None:
        h[:, 0] = h0
    for t in range(T):
        a = x[:, t] @ params["W_ih"].T + h[:, t] @ params["W_hh"].T + params["b_h"]
        h[:, t + 1] = np.tanh(a)
    return h[:, 1:], h[:, 1:] @ params["W_ho"].T + params["b_o"]
""",
    ),
    Variant(
        "columns-one-sequence-at-a-time",
        source="""
def elman_forward(params, x, h0):
    U, W, V = params["W_ih"], params["W_hh"], params["W_ho"]
    T, B, _ = x.shape
    h, o = np.empty((T, B, len(W))), np.empty((T, B, len(V)))
    for b in range(B):
        state = np.zeros(len(W)) if h0 is None else h0[b]
        for t in range(T):
            state = np.tanh(params["b_h"] + W @ state + U @ x[t, b])
            h[t, b], o[t, b] = state, params["b_o"] + V @ state
    return h, o
""",
    ),
)

ITEM = CodeItem(
    cell="elman-check",
    answer="elman",
    title="Elman's network, forward",
    exercise=registry.find("forward.elman"),
    points={"h": 4, "o": 2},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
