"""Jordan's network: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one hidden unit", {"T": 5, "B": 3, "H": 1}),
    HiddenCase("state units and outputs start at zero", {"T": 5, "initial_state": False}),
    HiddenCase("no self-feedback", {"T": 5, "self_feedback": False}),
    HiddenCase("as many outputs as units", {"T": 5, "B": 3, "H": 5, "K": 5}),
    HiddenCase("larger", {"T": 50, "B": 9, "I": 20, "H": 40, "K": 11}),
)

_STATE = 'state = params["alpha"] * state + last'

MISTAKES = (
    Mistake(
        "self-feedback-missing",
        "The state units read their own last value, too: what they remember is more than the "
        "last output.",
        edits=((_STATE, "state = last"),),
    ),
    Mistake(
        "a-mean-instead-of-a-sum",
        "Nothing takes (1 - α) of the output here: it comes in whole.",
        edits=((_STATE, _STATE.replace("+ last", '+ (1 - params["alpha"]) * last')),),
    ),
    Mistake(
        "alpha-on-the-output",
        "α says what a state unit keeps of itself. The output comes in whole.",
        edits=((_STATE, 'state = state + params["alpha"] * last'),),
    ),
    Mistake(
        "alpha-on-both",
        "α multiplies the old state alone: mind the brackets.",
        edits=((_STATE, 'state = params["alpha"] * (state + last)'),),
    ),
    Mistake(
        "nothing-fades",
        "The old state is multiplied by α before the output is added.",
        edits=((_STATE, "state = state + last"),),
    ),
    Mistake(
        "first-output-ignored",
        "y0 is the output before the first step, and the first step reads it.",
        edits=(("= s0, y0", "= s0, np.zeros_like(y0)"),),
    ),
    Mistake(
        "first-state-ignored",
        "s0 is what the state units hold before the first step. They need not be empty.",
        edits=(("= s0, y0", "= np.zeros_like(s0), y0"),),
    ),
    Mistake(
        "first-state-used-as-it-is",
        "s0 stands before step 1: in step 1, too, the state units first take in the output y0.",
        edits=((_STATE, f"{_STATE} if t else state"),),
    ),
    Mistake(
        "logits-returned",
        "What returns is the output ŷ, after its softmax.",
        edits=(("        last = y_hat[t]", "        last = o"),),
    ),
    Mistake(
        "decision-returned",
        "What returns is the output ŷ as it is, not the class that is most likely.",
        edits=(("        last = y_hat[t]", "        last = np.eye(len(o[0]))[o.argmax(axis=1)]"),),
    ),
    Mistake(
        "output-not-carried",
        "The same output returns in every step here: each step has to hand on its own.",
        edits=(("        last = y_hat[t]\n", ""),),
    ),
    Mistake(
        "state-not-carried",
        "Every step here begins with the same state units: they have to hand on what they hold.",
        edits=((_STATE, 'state = params["alpha"] * s0 + last'),),
    ),
    Mistake(
        "state-listed-one-step-early",
        "s⁽ᵗ⁾ is what the hidden units read at step t, after the output of step t - 1 came in.",
        edits=(
            ("        s[t] = state\n", ""),
            (_STATE, f"s[t] = state\n        {_STATE}"),
        ),
    ),
    Mistake(
        "softmax-over-the-batch",
        "A softmax makes one distribution over the outputs for each sequence: mind its axis.",
        edits=(
            ("o.max(axis=1, keepdims=True)", "o.max(axis=0, keepdims=True)"),
            ("e.sum(axis=1, keepdims=True)", "e.sum(axis=0, keepdims=True)"),
        ),
    ),
    Mistake(
        "no-tanh",
        "Between the state units and the outputs stand the hidden units, with their tanh.",
        edits=(("h = np.tanh(a)", "h = a"),),
    ),
    Mistake(
        "hidden-bias-missing",
        "Something constant is missing in what reaches the hidden units.",
        edits=(('params["b_h"] + ', ""),),
    ),
    Mistake(
        "output-bias-missing",
        "Something constant is missing in the logits.",
        edits=(('params["b_o"] + ', ""),),
    ),
)

VARIANTS = (
    Variant("dict", edits=(("return s, y_hat", 'return {"y_hat": y_hat, "s": s}'),)),
    Variant("nested-lists", edits=(("return s, y_hat", "return s.tolist(), y_hat.tolist()"),)),
    Variant("float32", edits=(("return s, y_hat", "return np.float32(s), np.float32(y_hat)"),)),
    Variant(
        "lists-of-steps",
        source="""
def jordan_forward(params, x, s0, y0):
    states, outputs = [s0], [y0]
    for x_t in x:
        s = params["alpha"] * states[-1] + outputs[-1]
        h = np.tanh(s @ params["W_sh"].T + x_t @ params["W_ih"].T + params["b_h"])
        p = np.exp(h @ params["W_ho"].T + params["b_o"])
        states.append(s)
        outputs.append(p / p.sum(1, keepdims=True))
    return states[1:], outputs[1:]
""",
    ),
    Variant(
        "fading-sums-of-all-outputs",
        source="""
def jordan_forward(params, x, s0, y0):
    T, (B, K), alpha = len(x), y0.shape, params["alpha"]
    s, y = np.empty((T, B, K)), np.empty((T + 1, B, K))
    y[0] = y0
    for t in range(T):
        s[t] = alpha ** (t + 1) * s0 + sum(alpha**i * y[t - i] for i in range(t + 1))
        h = np.tanh(s[t] @ params["W_sh"].T + x[t] @ params["W_ih"].T + params["b_h"])
        o = h @ params["W_ho"].T + params["b_o"]
        y[t + 1] = np.exp(o - np.logaddexp.reduce(o, axis=1, keepdims=True))
    return s, y[1:]
""",
    ),
    Variant(
        "batch-first",
        source="""
from rnncourse.checks import batch_first


@batch_first
def jordan_forward(params, x, s0, y0):
    B, T, _ = x.shape
    s, y_hat = np.zeros((B, T) + s0.shape[1:]), np.zeros((B, T) + y0.shape[1:])
    for t in range(T):
        before = (s[:, t - 1], y_hat[:, t - 1]) if t else (s0, y0)
        s[:, t] = params["alpha"] * before[0] + before[1]
        h = np.tanh(params["b_h"] + s[:, t] @ params["W_sh"].T + x[:, t] @ params["W_ih"].T)
        e = np.exp(params["b_o"] + h @ params["W_ho"].T)
        y_hat[:, t] = e / e.sum(1, keepdims=True)
    return s, y_hat
""",
    ),
    Variant(
        "columns-one-sequence-at-a-time",
        source="""
def jordan_forward(params, x, s0, y0):
    T, B = x.shape[:2]
    s, y_hat = np.empty((T, *s0.shape)), np.empty((T, *y0.shape))
    for b in range(B):
        state, out = s0[b], y0[b]
        for t in range(T):
            state = np.diag(params["alpha"]) @ state + out
            h = np.tanh(params["b_h"] + params["W_sh"] @ state + params["W_ih"] @ x[t, b])
            e = np.exp(params["b_o"] + params["W_ho"] @ h)
            out = e / e.sum()
            s[t, b], y_hat[t, b] = state, out
    return s, y_hat
""",
    ),
)

ITEM = CodeItem(
    cell="jordan-check",
    answer="jordan",
    title="Jordan's network, forward",
    exercise=registry.find("forward.jordan"),
    points={"s": 4, "y_hat": 4},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
