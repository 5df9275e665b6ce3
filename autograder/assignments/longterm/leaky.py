"""Leaky units, forward: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one unit", {"T": 5, "B": 3, "H": 1}),
    HiddenCase("begins at zero", {"T": 4, "B": 3, "initial_state": False}),
    HiddenCase("no leak at all", {"T": 4, "alpha": 1.0}),
    HiddenCase("as many sequences as units", {"T": 4, "B": 5, "H": 5}),
    HiddenCase("larger", {"T": 60, "B": 8, "I": 20, "H": 50}),
)

_H = "before = (1 - alpha) * before + alpha * np.tanh(a)"

MISTAKES = (
    Mistake(
        "shares-exchanged",
        "α is the part that is replaced: with α = 1 nothing of the old state is left.",
        edits=((_H, "before = alpha * before + (1 - alpha) * np.tanh(a)"),),
        taught="mistake-time-scales-alpha-swapped",
    ),
    Mistake(
        "leak-inside-the-tanh",
        "What is kept of the old state goes past the tanh, not through it.",
        edits=((_H, "before = np.tanh((1 - alpha) * before + alpha * a)"),),
        taught="mistake-time-scales-leak-inside",
    ),
    Mistake(
        "no-leak",
        "That is an Elman unit. Where does α come in?",
        edits=((_H, "before = np.tanh(a)"),),
    ),
    Mistake(
        "all-of-the-old-kept",
        "What comes in replaces a part of what was there. Yours adds and takes nothing away.",
        edits=((_H, "before = before + alpha * np.tanh(a)"),),
    ),
    Mistake(
        "all-of-the-new-taken",
        "Only the part α of the new value gets into the state.",
        edits=((_H, "before = (1 - alpha) * before + np.tanh(a)"),),
    ),
    Mistake(
        "nothing-kept",
        "What became of the old state that is not replaced?",
        edits=((_H, "before = alpha * np.tanh(a)"),),
    ),
    Mistake(
        "tanh-missing",
        "The new value is tanh of what goes into the unit.",
        edits=((_H, "before = (1 - alpha) * before + alpha * a"),),
    ),
    Mistake(
        "leaks-from-the-start",
        "The part that is kept is that of the state just before, not of h0.",
        edits=((_H, "before = (1 - alpha) * h0 + alpha * np.tanh(a)"),),
    ),
    Mistake(
        "new-value-fed-back",
        "W reads the state, of which the new value is only a part.",
        edits=(
            ("before @ ", "new @ "),
            ("before = h0", "before = new = h0"),
            (_H, "new = np.tanh(a)\n        before = (1 - alpha) * before + alpha * new"),
        ),
    ),
    Mistake(
        "w-not-transposed",
        "With one sequence in each row, W h becomes h @ W.T. A square W hides a missing transpose.",
        edits=(('@ params["W_hh"].T', '@ params["W_hh"]'),),
        taught="mistake-networks-not-transposed",
    ),
    Mistake(
        "initial-state-ignored",
        "The recurrence starts from the h0 that it is given, which need not be zero.",
        edits=(("before = h0", "before = np.zeros_like(h0)"),),
    ),
    Mistake(
        "bias-missing",
        "Something constant is missing in what goes into the units.",
        edits=(('params["b_h"] + ', ""),),
    ),
    Mistake(
        "one-leak-for-all",
        "Each unit has a time scale of its own: α is a vector.",
        edits=(('alpha = params["alpha"]', 'alpha = params["alpha"].mean()'),),
    ),
)

VARIANTS = (
    Variant("nested-lists", edits=(("    return h", "    return h.tolist()"),)),
    Variant("float32", edits=(("    return h", "    return h.astype(np.float32)"),)),
    Variant(
        "a-step-towards-the-new-value",
        edits=((_H, "before = before + alpha * (np.tanh(a) - before)"),),
    ),
    Variant(
        "batch-first",
        source="""
from rnncourse.checks import batch_first


@batch_first
def leaky_forward(params, x, h0):
    states, h, alpha = [], h0, params["alpha"]
    for t in range(x.shape[1]):
        g = np.tanh(x[:, t] @ params["W_ih"].T + h @ params["W_hh"].T + params["b_h"])
        h = h * (1 - alpha) + g * alpha
        states.append(h)
    return np.stack(states, axis=1)
""",
    ),
    Variant(
        "columns-one-sequence-at-a-time",
        source="""
def leaky_forward(params, x, h0):
    leak = np.diag(params["alpha"])
    h = np.empty((len(x), *h0.shape))
    for b, state in enumerate(h0):
        for t in range(len(x)):
            g = np.tanh(params["b_h"] + params["W_hh"] @ state + params["W_ih"] @ x[t, b])
            state = state - leak @ state + leak @ g
            h[t, b] = state
    return {"h": h}
""",
    ),
)

ITEM = CodeItem(
    cell="leaky-check",
    answer="leaky",
    title="Leaky units, forward",
    exercise=registry.find("longterm.leaky"),
    points={"h": 3},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
