"""Full back-propagation through time: hidden cases and known mistakes."""

from autograder.assignment import CodeItem, HiddenCase, Mistake
from autograder.assignments.bptt import forward
from autograder.assignments.bptt.backward_variants import VARIANTS
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
        taught="mistake-bptt-not-transposed",
    ),
    Mistake(
        "state-one-step-late",
        "Which state did W multiply at step t? Not the one that came out of it.",
        edits=(("d_a.T @ h_before", "d_a.T @ h[t]"),),
        taught="mistake-bptt-late-state",
    ),
    Mistake(
        "future-dropped",
        "The state acts on the loss along two paths: through this step's output and through the "
        "next state. One of them is missing.",
        edits=(("d_h = d_o @ W_ho + d_a @ W_hh", "d_h = d_o @ W_ho"),),
        taught="mistake-bptt-future-dropped",
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
        taught="mistake-bptt-slope-of-the-wrong-step",
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
        taught="mistake-bptt-assigned",
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
        taught="mistake-bptt-mean-or-sum",
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

ITEM = CodeItem(
    cell="backward-check",
    answer="backward",
    title="Backward in code",
    exercise=registry.find("bptt.backward"),
    points={"d_W_ih": 1, "d_W_hh": 1, "d_W_ho": 1, "d_b_h": 1, "d_b_o": 1, "d_h0": 1},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
