"""The LSTM's backward pass as a derivation: points, known mistakes, other right answers."""

from autograder.assignment import DerivationItem, Variant
from autograder.assignments.gated import networks
from autograder.authoring import wrong_line
from rnncourse.derivation.exercises.gated import LSTM

SOLUTION = """\
dplus_h[t] = h[t] - y[t]
dh[t] = dplus_h[t] + W_i.T @ da_i[t+1] + W_f.T @ da_f[t+1] + W_g.T @ da_g[t+1] + W_o.T @ da_o[t+1]
dc[t] = o[t] * (1 - tanh(c[t])**2) * dh[t] + f[t+1] * dc[t+1]
da_i[t] = i[t] * (1 - i[t]) * g[t] * dc[t]
da_f[t] = f[t] * (1 - f[t]) * c[t-1] * dc[t]
da_g[t] = (1 - g[t]**2) * i[t] * dc[t]
da_o[t] = o[t] * (1 - o[t]) * tanh(c[t]) * dh[t]
dW_f = sum(t, da_f[t] @ h[t-1].T)
dc0 = f[1] * dc[1]
"""
_NEXT = "W_i.T @ da_i[t+1] + W_f.T @ da_f[t+1] + W_g.T @ da_g[t+1]"
_PATHS = f"{_NEXT} + W_o.T @ da_o[t+1]"


MISTAKES = (
    wrong_line(
        "dplus_h[t]",
        "error-sign",
        "Should the loss rise or fall when the state comes nearer to what it should be?",
        "y[t] - h[t]",
    ),
    wrong_line(
        "dplus_h[t]",
        "half-kept",
        "What becomes of the ½ when the square is differentiated?",
        "(h[t] - y[t]) / 2",
    ),
    wrong_line(
        "dh[t]",
        "immediate-for-total",
        "That is what the loss sees of h[t] itself. Who else uses h[t]?",
        "dplus_h[t]",
        "mistake-bptt-future-dropped",
    ),
    wrong_line(
        "dh[t]",
        "immediate-forgotten",
        "The state is used twice: by the loss at its own step, and by the gates of the next one.",
        _PATHS,
    ),
    wrong_line(
        "dh[t]",
        "one-gate-forgotten",
        "Four gates read the state. Count them in your line.",
        f"dplus_h[t] + {_NEXT}",
    ),
    wrong_line(
        "dh[t]",
        "weights-not-transposed",
        "The shapes allow this only because each matrix is square. Which index runs in the sum?",
        f"dplus_h[t] + {_PATHS.replace('.T', '')}",
        "mistake-bptt-not-transposed",
    ),
    wrong_line(
        "dc[t]",
        "cell-slope-overwritten",
        "The cell has two users: the state of its own step, and the cell of the next one.",
        "o[t] * (1 - tanh(c[t])**2) * dh[t]",
        "mistake-lstm-cell-slope-overwritten",
    ),
    wrong_line(
        "dc[t]",
        "shown-path-forgotten",
        "The cell has two users, and one of them is the state of its own step.",
        "f[t+1] * dc[t+1]",
    ),
    wrong_line(
        "dc[t]",
        "forget-gate-of-the-wrong-step",
        "Which gate stood between c[t] and c[t+1]?",
        "o[t] * (1 - tanh(c[t])**2) * dh[t] + f[t] * dc[t+1]",
        "mistake-lstm-forget-wrong-step",
    ),
    wrong_line(
        "dc[t]",
        "no-gate-on-the-way",
        "From one cell to the next only a part is kept. Which?",
        "o[t] * (1 - tanh(c[t])**2) * dh[t] + dc[t+1]",
    ),
    wrong_line(
        "dc[t]",
        "cell-for-its-tanh",
        "The slope of tanh, written with its value, wants the tanh of c and not c.",
        "o[t] * (1 - c[t]**2) * dh[t] + f[t+1] * dc[t+1]",
        "mistake-lstm-tanh-of-cell",
    ),
    wrong_line(
        "dc[t]",
        "state-for-the-tanh",
        "h is the tanh of the cell times a gate: without the gate it is another number.",
        "o[t] * (1 - h[t]**2) * dh[t] + f[t+1] * dc[t+1]",
    ),
    wrong_line(
        "dc[t]",
        "output-gate-forgotten",
        "By what is the tanh of the cell multiplied in h[t]?",
        "(1 - tanh(c[t])**2) * dh[t] + f[t+1] * dc[t+1]",
    ),
    wrong_line(
        "da_i[t]",
        "i-slope-missing",
        "Between a_i and i stands a sigmoid. What is its part in the chain rule?",
        "g[t] * dc[t]",
    ),
    wrong_line(
        "da_i[t]",
        "i-times-the-old-cell",
        "By what is the input gate multiplied in c[t]?",
        "i[t] * (1 - i[t]) * c[t-1] * dc[t]",
    ),
    wrong_line(
        "da_i[t]",
        "i-by-the-state",
        "The input gate acts on the cell. Whose gradient belongs here?",
        "i[t] * (1 - i[t]) * g[t] * dh[t]",
    ),
    wrong_line(
        "da_f[t]",
        "f-slope-missing",
        "Between a_f and f stands a sigmoid. What is its part in the chain rule?",
        "c[t-1] * dc[t]",
    ),
    wrong_line(
        "da_f[t]",
        "f-times-the-new-cell",
        "What does the forget gate multiply when c[t] is computed?",
        "f[t] * (1 - f[t]) * c[t] * dc[t]",
    ),
    wrong_line(
        "da_f[t]",
        "f-times-the-candidate",
        "By what is the forget gate multiplied in c[t]?",
        "f[t] * (1 - f[t]) * g[t] * dc[t]",
    ),
    wrong_line(
        "da_g[t]",
        "g-sigmoid-slope",
        "The candidate is a tanh, and no gate.",
        "g[t] * (1 - g[t]) * i[t] * dc[t]",
    ),
    wrong_line(
        "da_g[t]",
        "g-without-its-gate",
        "How much of the candidate gets into the cell?",
        "(1 - g[t]**2) * dc[t]",
    ),
    wrong_line(
        "da_o[t]",
        "o-times-the-cell",
        "By what is the output gate multiplied in h[t]?",
        "o[t] * (1 - o[t]) * c[t] * dh[t]",
        "mistake-lstm-tanh-of-cell",
    ),
    wrong_line(
        "da_o[t]",
        "o-by-the-cell",
        "The output gate comes after the cell: on what does it act directly?",
        "o[t] * (1 - o[t]) * tanh(c[t]) * dc[t]",
    ),
    wrong_line(
        "da_o[t]",
        "o-slope-missing",
        "Between a_o and o stands a sigmoid. What is its part in the chain rule?",
        "tanh(c[t]) * dh[t]",
    ),
    wrong_line(
        "dW_f",
        "W-one-step-late",
        "What does W_f multiply when f[t] is computed?",
        "sum(t, da_f[t] @ h[t].T)",
        "mistake-bptt-late-state",
    ),
    wrong_line(
        "dW_f",
        "W-reads-the-cell",
        "The gates read the state, not the cell.",
        "sum(t, da_f[t] @ c[t-1].T)",
    ),
    wrong_line(
        "dW_f",
        "W-outer-reversed",
        "The matrix is square, so its shape cannot warn you. Which vector counts the rows?",
        "sum(t, outer(h[t-1], da_f[t]))",
    ),
    wrong_line(
        "dc0",
        "first-cell-without-its-gate",
        "Between c[0] and c[1] stands a gate.",
        "dc[1]",
        "mistake-lstm-forget-wrong-step",
    ),
    wrong_line(
        "dc0",
        "first-cell-with-the-input-gate",
        "Which gate decides how much of the old cell stays?",
        "i[1] * dc[1]",
        "mistake-lstm-forget-input-swapped",
    ),
)


def _with(*lines: str) -> str:
    new = {line.split("=")[0].strip(): line for line in lines}
    rows = SOLUTION.splitlines()
    return "\n".join(new.get(row.split("=")[0].strip(), row) for row in rows)


VARIANTS = (
    Variant(
        "diagonal-matrices",
        source=_with(
            "dc[t] = diag(o[t]) @ diag(1 - tanh(c[t])**2) @ dh[t] + diag(f[t+1]) @ dc[t+1]",
            "da_f[t] = diag(f[t] * (1 - f[t])) @ (c[t-1] * dc[t])",
        ),
    ),
    Variant(
        "with-the-state-where-it-can-stand",
        source=_with(
            "da_o[t] = (1 - o[t]) * h[t] * dh[t]",
            "dc[t] = (o[t] - h[t] * tanh(c[t])) * dh[t] + f[t+1] * dc[t+1]",
            "dW_f = sum(t, outer(da_f[t], h[t-1]))",
        ),
    ),
    Variant(
        "chains-from-immediate-to-total",
        source=_with(
            "dh[t] = dplus_h[t] + " + _PATHS + " = (h[t] - y[t]) + " + _PATHS,
            "da_i[t] = g[t] * (i[t] - i[t]**2) * dc[t] = diag(i[t]) @ ((1 - i[t]) * g[t] * dc[t])",
        ),
    ),
    Variant(
        "as-on-paper",
        source=_with(
            "∂⁺L/∂h[t] = h[t] − y[t]",
            "dh[t] = d⁺h[t] + " + _PATHS.replace(".T @", "ᵀ ·"),
            "dc[t] = o[t] ⊙ (1 − tanh(c[t])²) ⊙ dh[t] + f[t+1] ⊙ dc[t+1]",
        ).replace("dplus_h[t] = h[t] - y[t]", "∂⁺L/∂h[t] = h[t] − y[t]"),
    ),
    Variant(
        "gates-written-out",
        source=_with(
            "da_f[t] = sigmoid(a_f[t]) * (1 - sigmoid(a_f[t])) * c[t-1] * dc[t]",
            "da_g[t] = i[t] * dc[t] - i[t] * tanh(a_g[t])**2 * dc[t]",
        ),
    ),
)

ITEM = DerivationItem(
    cell="lstm-check",
    answer="lstm",
    title="The gradients of an LSTM",
    exercise=LSTM,
    truth=networks.LSTM,
    points={
        "dplus_h[t]": 0.5,
        "dh[t]": 1,
        "dc[t]": 1.5,
        "da_i[t]": 1,
        "da_f[t]": 1,
        "da_g[t]": 1,
        "da_o[t]": 1,
        "dW_f": 0.5,
        "dc0": 0.5,
    },
    mistakes=MISTAKES,
    variants=VARIANTS,
)
