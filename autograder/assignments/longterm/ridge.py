"""The read-out of an echo-state network: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("no washout", {"washout": 0}),
    HiddenCase("one output", {"K": 1, "penalty": 3.0}),
    HiddenCase("one unit", {"H": 1, "T": 40}),
    HiddenCase("no penalty", {"penalty": 0.0}),
    HiddenCase("more units than steps", {"H": 30, "T": 25, "washout": 5}),
    HiddenCase("as many outputs as units", {"H": 4, "K": 4}),
    HiddenCase("larger", {"H": 150, "T": 1200, "K": 3, "washout": 100}),
)

_CUT = "h, y = h[washout:], y[washout:]"
_SOLVE = "W_ho = np.linalg.solve(X.T @ X + penalty * np.eye(h.shape[1]), X.T @ Y).T"
_BIAS = "b_o = y.mean(axis=0) - W_ho @ h.mean(axis=0)"

MISTAKES = (
    Mistake(
        "bias-penalised",
        "The bias is to be free: with a large penalty the read-out should still put out the mean "
        "of the targets. A column of ones in the states is penalised with the rest.",
        source="""
def ridge_readout(h, y, penalty, washout):
    h, y = h[washout:], y[washout:]
    X = np.hstack([h, np.ones((len(h), 1))])
    found = np.linalg.solve(X.T @ X + penalty * np.eye(X.shape[1]), X.T @ y).T
    return found[:, :-1], found[:, -1]
""",
        taught="mistake-reservoirs-bias-penalised",
    ),
    Mistake(
        "washout-ignored",
        "In its first steps the state still depends on where it began. They are to be left out.",
        edits=((_CUT, "washout = 0"),),
        taught="mistake-reservoirs-no-washout",
    ),
    Mistake(
        "washout-at-the-end",
        "It is the first steps that are left out, not the last.",
        edits=((_CUT, "h, y = h[: len(h) - washout], y[: len(y) - washout]"),),
    ),
    Mistake(
        "washout-one-too-many",
        "washout says how many steps are left out: step number washout, counted from 0, is the "
        "first that is used.",
        edits=((_CUT, "h, y = h[washout + 1 :], y[washout + 1 :]"),),
    ),
    Mistake(
        "no-bias",
        "The targets have a mean that no state explains. The bias takes it.",
        edits=(
            ("X, Y = h - h.mean(axis=0), y - y.mean(axis=0)", "X, Y = h, y"),
            (_BIAS, "b_o = np.zeros(len(W_ho))"),
        ),
    ),
    Mistake(
        "bias-is-the-mean-alone",
        "The read-out must put out the mean target at the mean state. Is the mean state zero?",
        edits=((_BIAS, "b_o = y.mean(axis=0)"),),
    ),
    Mistake(
        "bias-sign",
        "Put the mean state into the read-out. What must come out?",
        edits=((_BIAS, "b_o = y.mean(axis=0) + W_ho @ h.mean(axis=0)"),),
    ),
    Mistake(
        "states-not-centred",
        "With the bias free, the weights see states and targets without their means. The states "
        "still have theirs.",
        edits=(("X, Y = h - h.mean(axis=0), y", "X, Y = h, y"),),
    ),
    Mistake(
        "penalty-ignored",
        "Without the penalty this is plain least squares.",
        edits=(("penalty * np.eye", "1e-12 * np.eye"),),
    ),
    Mistake(
        "penalty-for-each-step",
        "The error is summed over the steps, not averaged; the penalty is added once.",
        edits=(("penalty * np.eye", "len(h) * penalty * np.eye"),),
    ),
    Mistake(
        "penalty-squared",
        "The penalty multiplies the squares of the weights as it is.",
        edits=(("penalty * np.eye", "penalty**2 * np.eye"),),
    ),
    Mistake(
        "penalty-twice",
        "The penalty weighs too much against the error. Differentiate both: which factor does each "
        "of them bring?",
        edits=(("penalty * np.eye", "2 * penalty * np.eye"),),
    ),
    Mistake(
        "penalty-halved",
        "The penalty weighs too little against the error. Differentiate both: which factor does "
        "each of them bring?",
        edits=(("penalty * np.eye", "0.5 * penalty * np.eye"),),
    ),
    Mistake(
        "not-transposed",
        "The weights are wanted as V stands in the equation, a row for each output.",
        edits=(("    return W_ho, b_o", "    return np.ascontiguousarray(W_ho.T), b_o"),),
    ),
    Mistake(
        "penalty-everywhere",
        "The penalty is added to the diagonal, not to every entry.",
        edits=(("penalty * np.eye(h.shape[1])", "penalty"),),
    ),
)

VARIANTS = (
    Variant("dict", edits=(("return W_ho, b_o", 'return {"b_o": b_o, "W_ho": W_ho}'),)),
    Variant("nested-lists", edits=(("return W_ho, b_o", "return W_ho.tolist(), b_o.tolist()"),)),
    Variant("float32", edits=(("return W_ho, b_o", "return np.float32(W_ho), np.float32(b_o)"),)),
    Variant(
        "by-singular-values",
        source="""
def ridge_readout(h, y, penalty, washout):
    h, y = h[washout:], y[washout:]
    U, S, Vt = np.linalg.svd(h - h.mean(0), full_matrices=False)
    W = (Vt.T * (S / (S**2 + penalty))) @ U.T @ (y - y.mean(0))
    return W.T, y.mean(0) - h.mean(0) @ W
""",
    ),
    Variant(
        "a-column-of-ones-that-is-free",
        source="""
def ridge_readout(h, y, penalty, washout):
    X = np.column_stack([np.ones(len(h)), h])[washout:]
    free = penalty * np.eye(X.shape[1])
    free[0, 0] = 0
    found = np.linalg.solve(X.T @ X + free, X.T @ y[washout:])
    return found[1:].T, found[0]
""",
    ),
    Variant(
        "least-squares-with-rows-added",
        source="""
def ridge_readout(h, y, penalty, washout):
    h, y, H = h[washout:], y[washout:], h.shape[1]
    X = np.vstack([h - h.mean(0), np.sqrt(penalty) * np.eye(H)])
    Y = np.vstack([y - y.mean(0), np.zeros((H, y.shape[1]))])
    W = np.linalg.lstsq(X, Y, rcond=None)[0].T
    return W, y.mean(0) - W @ h.mean(0)
""",
    ),
)

ITEM = CodeItem(
    cell="ridge-check",
    answer="ridge",
    title="An echo-state read-out",
    exercise=registry.find("longterm.ridge"),
    points={"W_ho": 4, "b_o": 2},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
