"""The LSTM's backward pass: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from autograder.assignments.gated import forward
from rnncourse.checks import registry

# moving each of so many weights a little and looking takes more than a call's time
CASES = (
    *(case for case in forward.CASES if case.name != "larger"),
    HiddenCase("larger", {"T": 40, "B": 6, "I": 35, "H": 50}),
)

_RETURN = "return d_x, d_W_ih, d_W_hh, d_b, d_a @ W_hh, d_c"
_I = "g * i * (1 - i) * d_c"
_F = "c_before * f * (1 - f) * d_c"
_G = "i * (1 - g**2) * d_c"
_O = "np.tanh(c[t]) * o * (1 - o) * d_state"

# where two explain the same outputs the judge names the first: narrow ones stand before wide ones
MISTAKES = (
    Mistake(
        "first-cell-without-its-gate",
        "Between c0 and the first cell stands a gate: d_c0 is one factor further back.",
        edits=(("        d_c = f * d_c\n", "        d_c = f * d_c if t > 0 else d_c\n"),),
    ),
    Mistake(
        "initial-gradient-one-step-off",
        "What you return as d_h0 belongs to the state after the first step, not before it.",
        edits=(("d_b, d_a @ W_hh, d_c", "d_b, d_state, d_c"),),
    ),
    Mistake(
        "bias-averaged-over-the-batch",
        "The loss gave you its slopes by each sequence: over them a gradient adds up.",
        edits=(("d_a.sum(axis=0)", "d_a.mean(axis=0)"),),
    ),
    Mistake(
        "state-one-step-late",
        "Which state did W_hh multiply at step t? Not the one that came out of it.",
        edits=(("d_a.T @ h_before", "d_a.T @ h[t]"),),
        taught="mistake-bptt-late-state",
    ),
    Mistake(
        "cell-slope-overwritten",
        "The cell has two users: the state of its own step, and the next cell. Here the second "
        "is lost.",
        edits=(("d_c = d_c + o * (1", "d_c = o * (1"),),
        taught="mistake-lstm-cell-slope-overwritten",
    ),
    Mistake(
        "forget-gate-of-the-wrong-step",
        "Which gate stood between this cell and the one before it? That of this step.",
        edits=(
            ("d_c = d_c + o * (1", "d_c = f * d_c + o * (1"),
            ("        d_c = f * d_c\n", ""),
        ),
        taught="mistake-lstm-forget-wrong-step",
    ),
    Mistake(
        "no-gate-on-the-way",
        "From one cell to the next only a part is kept.",
        edits=(("        d_c = f * d_c\n", ""),),
        taught="mistake-lstm-forget-wrong-step",
    ),
    Mistake(
        "cell-for-its-tanh",
        "The slope of tanh, written with its value, wants the tanh of c and not c.",
        edits=(("(1 - np.tanh(c[t]) ** 2)", "(1 - c[t] ** 2)"),),
        taught="mistake-lstm-tanh-of-cell",
    ),
    Mistake(
        "output-gate-times-the-cell",
        "By what is the output gate multiplied in the state?",
        edits=((_O, "c[t] * o * (1 - o) * d_state"),),
        taught="mistake-lstm-tanh-of-cell",
    ),
    Mistake(
        "shown-path-forgotten",
        "The cell has two users, and one of them is the state of its own step.",
        edits=(("d_c = d_c + o * (1 - np.tanh(c[t]) ** 2) * d_state", "d_c = d_c"),),
    ),
    Mistake(
        "output-gate-on-the-way-missing",
        "By what is the tanh of the cell multiplied in the state?",
        edits=(("d_c + o * (1 - np.tanh", "d_c + (1 - np.tanh"),),
    ),
    Mistake(
        "future-dropped",
        "The state is read twice: by whatever gave you d_h, and by the gates of the next step.",
        edits=(("d_state = d_h[t] + d_a @ W_hh", "d_state = d_h[t]"),),
        taught="mistake-bptt-future-dropped",
    ),
    Mistake(
        "last-loss-only",
        "Every state has a slope of its own in d_h; here only the last one counts.",
        edits=(("d_state = d_h[t]", "d_state = (t == len(x) - 1) * d_h[t]"),),
    ),
    Mistake(
        "new-cell-for-the-old",
        "What did the forget gate multiply? The cell from before the step.",
        edits=((_F, "c[t] * f * (1 - f) * d_c"),),
    ),
    Mistake(
        "input-and-forget-swapped",
        "The parts of the pre-activation have an order, and the gradient has the same.",
        edits=((f"{_I},", "@@"), (f"{_F},", f"{_I},"), ("@@", f"{_F},")),
        taught="mistake-lstm-forget-input-swapped",
    ),
    Mistake(
        "candidate-slope-of-a-sigmoid",
        "The candidate is a tanh and no gate: its slope is another.",
        edits=((_G, "i * g * (1 - g) * d_c"),),
    ),
    Mistake(
        "candidate-without-its-gate",
        "How much of the candidate gets in is the input gate's to say.",
        edits=((_G, "(1 - g**2) * d_c"),),
    ),
    Mistake(
        "gate-slopes-missing",
        "Between a pre-activation and its gate stands a sigmoid, and its slope is a factor.",
        edits=(
            (_I, "g * d_c"),
            (_F, "c_before * d_c"),
            (_O, "np.tanh(c[t]) * d_state"),
        ),
    ),
    Mistake(
        "output-gate-by-the-cell",
        "The output gate comes after the cell: on what does it act directly?",
        edits=((_O, "np.tanh(c[t]) * o * (1 - o) * d_c"),),
    ),
    Mistake(
        "last-state-for-the-initial",
        "At the first step h[t - 1] is h[-1], the last state: Python counts from the end.",
        edits=(("h[t - 1] if t > 0 else h0", "h[t - 1]"),),
    ),
    Mistake(
        "initial-cell-ignored",
        "At the first step the forget gate multiplies c0, which need not be zero.",
        edits=(("c[t - 1] if t > 0 else c0", "c[t - 1] if t > 0 else 0 * c0"),),
    ),
    Mistake(
        "assigned-instead-of-added",
        "Each turn of the loop overwrites what the one before it found: a gradient is the sum over "
        "the steps.",
        edits=(("d_W_ih += ", "d_W_ih = "), ("d_W_hh += ", "d_W_hh = "), ("d_b += ", "d_b = ")),
        taught="mistake-bptt-assigned",
    ),
)

VARIANTS = (
    Variant(
        "dict",
        edits=(
            (
                _RETURN,
                'return {"d_h0": d_a @ W_hh, "d_c0": d_c, "d_x": d_x, "d_b": d_b, '
                '"d_W_ih": d_W_ih, "d_W_hh": d_W_hh}',
            ),
        ),
    ),
    Variant(
        "float32",
        edits=(
            (
                _RETURN,
                "found = d_x, d_W_ih, d_W_hh, d_b, d_a @ W_hh, d_c\n"
                "    return [value.astype(np.float32) for value in found]",
            ),
        ),
    ),
    Variant(
        "weights-after-the-loop",
        edits=(
            (
                "    for t in reversed",
                "    kept = np.zeros((len(x), *d_a.shape))\n    for t in reversed",
            ),
            ("        d_x[t] = d_a @ W_ih\n", "        kept[t] = d_a\n"),
            ("        d_W_ih += d_a.T @ x[t]\n", ""),
            ("        d_W_hh += d_a.T @ h_before\n", ""),
            ("        d_b += d_a.sum(axis=0)\n", ""),
            (
                f"    {_RETURN}",
                "    before = np.concatenate([h0[None], h[:-1]])\n"
                "    d_x, d_b = kept @ W_ih, kept.sum(axis=(0, 1))\n"
                '    d_W_ih = np.einsum("tbg,tbi->gi", kept, x)\n'
                '    d_W_hh = np.einsum("tbg,tbh->gh", kept, before)\n'
                f"    {_RETURN}",
            ),
        ),
    ),
    Variant(
        "one-sequence-at-a-time",
        source="""
def lstm_backward(params, x, h0, c0, d_h):
    U, W, b = params["W_ih"], params["W_hh"], params["b"]
    T, B, _ = x.shape
    H = h0.shape[1]
    d_x, d_h0, d_c0 = np.zeros(x.shape), np.zeros(h0.shape), np.zeros(c0.shape)
    d_U, d_W, d_b = np.zeros(U.shape), np.zeros(W.shape), np.zeros(b.shape)
    for k in range(B):
        h, c, gates = [h0[k]], [c0[k]], []
        for t in range(T):
            a = b + W @ h[-1] + U @ x[t, k]
            s = 1 / (1 + np.exp(-a))
            gates.append((s[:H], s[H : 2 * H], np.tanh(a[2 * H : 3 * H]), s[3 * H :]))
            i, f, g, o = gates[-1]
            c.append(f * c[-1] + i * g)
            h.append(o * np.tanh(c[-1]))
        dh, dc = np.zeros(H), np.zeros(H)
        for t in range(T - 1, -1, -1):
            i, f, g, o = gates[t]
            dh = dh + d_h[t, k]
            shown = np.tanh(c[t + 1])
            dc = dc + o * (1 - shown * shown) * dh
            da = np.concatenate([
                g * dc * i * (1 - i), c[t] * dc * f * (1 - f),
                i * dc * (1 - g * g), shown * dh * o * (1 - o),
            ])
            d_U += np.outer(da, x[t, k])
            d_W += np.outer(da, h[t])
            d_b += da
            d_x[t, k] = U.T @ da
            dh, dc = W.T @ da, f * dc
        d_h0[k], d_c0[k] = dh, dc
    return d_x, d_U, d_W, d_b, d_h0, d_c0
""",
    ),
)

ITEM = CodeItem(
    cell="lstm-backward-check",
    answer="lstm-backward",
    title="LSTM backward in code",
    exercise=registry.find("gated.lstm_backward"),
    points={"d_x": 1, "d_W_ih": 1, "d_W_hh": 2, "d_b": 1, "d_h0": 1, "d_c0": 1},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
