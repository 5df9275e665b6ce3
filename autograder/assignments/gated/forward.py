"""The LSTM's forward pass: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one hidden unit", {"T": 5, "B": 3, "H": 1}),
    HiddenCase("no initial state", {"T": 4, "B": 3, "initial_state": False}),
    HiddenCase("larger", {"T": 40, "B": 9, "I": 12, "H": 24}),
)

_ROWS = "i, f, g, o = np.split(b + x[t] @ W_ih.T + h_before @ W_hh.T, 4, axis=1)"
_GATES = "i, f, o = sigmoid(i), sigmoid(f), sigmoid(o)"

MISTAKES = (
    Mistake(
        "input-and-forget-rows-swapped",
        "In which order do the four parts stand in the weights' rows?",
        edits=((_ROWS, _ROWS.replace("i, f, g, o", "f, i, g, o")),),
        taught="mistake-lstm-forget-input-swapped",
    ),
    Mistake(
        "candidate-and-output-rows-swapped",
        "Papers stack i, f, o, g; here the candidate stands third, as in PyTorch.",
        edits=((_ROWS, _ROWS.replace("i, f, g, o", "i, f, o, g")),),
        taught="mistake-lstm-forget-input-swapped",
    ),
    Mistake(
        "forget-bias-added-again",
        "A forget bias of one is a way to start training. Where do the weights have it already?",
        edits=(("sigmoid(f)", "sigmoid(f + 1)"),),
        taught="mistake-lstm-two-biases",
    ),
    Mistake(
        "cell-shown-without-tanh",
        "The cell may be large: what bends it before it is shown?",
        edits=(("o * np.tanh(c_before)", "o * c_before"),),
        taught="mistake-lstm-tanh-of-cell",
    ),
    Mistake(
        "cell-not-carried",
        "Two things go from step to step, the state and the cell.",
        edits=(("c_before = f * c_before", "c_before = f * c0"),),
        taught="mistake-lstm-state-lost",
    ),
    Mistake(
        "state-not-carried",
        "The gates of a step read the state of the one before it.",
        edits=(("h_before @ W_hh.T", "h0 @ W_hh.T"),),
        taught="mistake-lstm-state-lost",
    ),
    Mistake(
        "initial-cell-ignored",
        "The cell starts from the c0 that it is given, which need not be zero.",
        edits=(("h_before, c_before = h0, c0", "h_before, c_before = h0, 0 * c0"),),
        taught="mistake-lstm-state-lost",
    ),
    Mistake(
        "initial-state-ignored",
        "The recurrence starts from the h0 that it is given, which need not be zero.",
        edits=(("h_before, c_before = h0, c0", "h_before, c_before = 0 * h0, c0"),),
    ),
    Mistake(
        "cell-for-state",
        "The gates read what the cell shows, not the cell itself.",
        edits=(("h_before @ W_hh.T", "c_before @ W_hh.T"),),
    ),
    Mistake(
        "sigmoid-for-candidate",
        "What enters may be negative: the candidate is no gate.",
        edits=(("np.tanh(g)", "sigmoid(g)"),),
    ),
    Mistake(
        "input-gate-missing",
        "How much of the candidate gets in is a gate's to say.",
        edits=(("+ i * np.tanh(g)", "+ np.tanh(g)"),),
    ),
    Mistake(
        "input-coupled-to-forget",
        "That is another cell, in which one gate does for both. Here two gates are asked for.",
        edits=(("+ i * np.tanh(g)", "+ (1 - f) * np.tanh(g)"),),
    ),
    Mistake(
        "old-cell-shown",
        "First the cell, then what it shows: the state of a step shows the cell of that step.",
        edits=(
            (
                "        c_before = f * c_before + i * np.tanh(g)\n"
                "        h_before = o * np.tanh(c_before)\n",
                "        h_before = o * np.tanh(c_before)\n"
                "        c_before = f * c_before + i * np.tanh(g)\n",
            ),
        ),
    ),
    Mistake(
        "bias-missing",
        "Something constant is missing in what goes into the gates.",
        edits=(("np.split(b + x[t]", "np.split(x[t]"),),
    ),
)

VARIANTS = (
    Variant("dict", edits=(("return h, c", 'return {"c": c, "h": h}'),)),
    Variant("nested-lists", edits=(("return h, c", "return h.tolist(), c.tolist()"),)),
    Variant("float32", edits=(("return h, c", "return np.float32(h), c.astype(np.float32)"),)),
    Variant(
        "gates-by-tanh",
        edits=(("1 / (1 + np.exp(-a))", "(1 + np.tanh(a / 2)) / 2"),),
    ),
    Variant(
        "columns-one-sequence-at-a-time",
        source="""
def lstm_forward(params, x, h0, c0):
    W, U, b = params["W_hh"], params["W_ih"], params["b"]
    T, B, _ = x.shape
    H = W.shape[1]
    h, c = np.empty((T, B, H)), np.empty((T, B, H))
    for k in range(B):
        state, cell = h0[k], c0[k]
        for t in range(T):
            a = b + W @ state + U @ x[t, k]
            i, f, o = (1 / (1 + np.exp(-a[n * H : (n + 1) * H])) for n in (0, 1, 3))
            cell = f * cell + i * np.tanh(a[2 * H : 3 * H])
            state = o * np.tanh(cell)
            h[t, k], c[t, k] = state, cell
    return h, c
""",
    ),
    Variant(
        "batch-first",
        source="""
from rnncourse.checks import batch_first


@batch_first
def lstm_forward(params, x, h0, c0):
    sums = x @ params["W_ih"].T + params["b"]
    h, c, states, cells = h0, c0, [], []
    for t in range(x.shape[1]):
        a = (sums[:, t] + h @ params["W_hh"].T).reshape(len(x), 4, -1)
        i, f, o = (1 / (1 + np.exp(-a[:, n])) for n in (0, 1, 3))
        c = f * c + i * np.tanh(a[:, 2])
        h = o * np.tanh(c)
        states.append(h)
        cells.append(c)
    return np.stack(states, 1), np.stack(cells, 1)
""",
    ),
)

ITEM = CodeItem(
    cell="lstm-forward-check",
    answer="lstm-forward",
    title="LSTM forward in code",
    exercise=registry.find("gated.lstm_forward"),
    points={"h": 2, "c": 2},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
