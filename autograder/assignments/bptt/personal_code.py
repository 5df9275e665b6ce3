"""The function asked of every student's own network: solutions and mistakes by substitution."""

from dataclasses import replace

from autograder.assignment import HiddenCase, Mistake, Variant
from autograder.assignments.bptt import personal_networks
from autograder.authoring import personal_code
from rnncourse.checks import registry
from rnncourse.checks.exercise import CodeExercise
from rnncourse.derivation.exercises.bptt_personal import FAMILY, MEMBERS

_UNITS = {
    "tanh": ("np.tanh(a)", "1 - s[t] ** 2"),
    "logistic": ("1 / (1 + np.exp(-a))", "s[t] * (1 - s[t])"),
    "softplus": ("np.logaddexp(0, a)", "1 - np.exp(-s[t])"),
}


def coded(member: str) -> str:
    """The right function for one network."""
    memory, activation, penalty = MEMBERS[member]
    value, slope = _UNITS[activation]
    leak, size = memory == "leak", penalty == "size"
    state = "(1 - alpha) * h[t] + alpha * s[t]" if leak else "alpha * h[t] + s[t]"
    keeps = "(1 - alpha) * d_h" if leak else "alpha * d_h"
    d_a = f"alpha * ({slope}) * d_h" if leak else f"({slope}) * d_h"
    held = "h[t + 1]" if size else "h[t + 1] - h[t]"
    past = "" if size else f" - lam * ({held}) / B"
    return f'''\
def personal_backward(params, x, y, h0):
    """Loss and gradients of your own network, by back-propagation through time.

    Returns loss (a number), d_W_ih (H, I), d_W_hh (H, H), d_alpha (a number), d_h0 (B, H).
    """
    W_ih, W_hh, W_ho = params["W_ih"], params["W_hh"], params["W_ho"]
    alpha, lam = params["alpha"], params["lam"]
    T, B, _ = x.shape
    h, s, d_o, loss = [h0], [], [], 0.0
    for t in range(T):
        a = params["b_h"] + h[t] @ W_hh.T + x[t] @ W_ih.T  # (B, H)
        s.append({value})
        h.append({state})
        o = params["b_o"] + h[t + 1] @ W_ho.T  # (B, K)
        e = np.exp(o - o.max(axis=1, keepdims=True))
        d_o.append(e / e.sum(axis=1, keepdims=True) / B)
        loss -= np.log(B * d_o[t][np.arange(B), y[t]]).sum() / B
        loss += lam / 2 * (({held}) ** 2).sum() / B
        d_o[t][np.arange(B), y[t]] -= 1 / B
    d_W_ih, d_W_hh, d_alpha = np.zeros_like(W_ih), np.zeros_like(W_hh), 0.0
    later = np.zeros_like(h0)  # (B, H): what the next step sends back
    for t in reversed(range(T)):
        d_h = d_o[t] @ W_ho + lam * ({held}) / B + later
        d_a = {d_a}
        d_W_ih += d_a.T @ x[t]
        d_W_hh += d_a.T @ h[t]
        d_alpha += ({"s[t] - h[t]" if leak else "h[t]"}).ravel() @ d_h.ravel()
        later = {keeps} + d_a @ W_hh{past}
    return loss, d_W_ih, d_W_hh, d_alpha, later
'''


def _mistakes(member: str) -> tuple[Mistake, ...]:
    memory, activation, penalty = MEMBERS[member]
    leak, size = memory == "leak", penalty == "size"
    _, slope = _UNITS[activation]
    held = "h[t + 1]" if size else "h[t + 1] - h[t]"
    keeps = "(1 - alpha) * d_h" if leak else "alpha * d_h"
    other = "s[t] * (1 - s[t])" if activation == "tanh" else "1 - s[t] ** 2"
    d_alpha = "(s[t] - h[t])" if leak else "(h[t])"
    return (
        Mistake(
            "initial-gradient-one-step-off",
            "What you return as d_h0 belongs to the state after the first step, not before it.",
            edits=(("d_alpha, later\n", "d_alpha, d_h\n"),),
        ),
        Mistake(
            "alpha-averaged-over-the-batch",
            "The mean over the batch is in d_h already; over the sequences it only adds up.",
            edits=(("d_h.ravel()\n", "d_h.ravel() / B\n"),),
        ),
        Mistake(
            "alpha-last-step-only",
            "One α serves all steps: its gradient collects something from each.",
            edits=(("d_alpha += ", "d_alpha = "),),
            taught="mistake-bptt-assigned",
        ),
        Mistake(
            "alpha-inside-the-units",
            "α acts outside of the units. Which of the gradients stands there?",
            edits=((f"{d_alpha}.ravel() @ d_h", f"{d_alpha}.ravel() @ d_a"),),
        ),
        Mistake(
            "penalty-not-in-the-loss",
            "The loss is more than the cross-entropy: add your penalty at every step.",
            edits=(("loss += lam", "loss += 0 * lam"),),
        ),
        Mistake(
            "penalty-sum-over-batch",
            "The loss is a mean over the batch, and the penalty is a part of it.",
            edits=(
                (f"(({held}) ** 2).sum() / B", f"(({held}) ** 2).sum()"),
                (f"lam * ({held}) / B", f"lam * ({held})"),
            ),
        ),
        Mistake(
            "penalty-not-in-the-gradient",
            "The penalty is in your loss, and its slope is not in your gradient.",
            edits=((f"lam * ({held}) / B", f"0 * lam * ({held}) / B"),),
        ),
        Mistake(
            "straight-path-missing",
            "From one state to the next lead two paths: through W and the units, and past them.",
            edits=((f"{keeps} + d_a @ W_hh", "d_a @ W_hh"),),
        ),
        Mistake(
            "path-through-the-units-missing",
            "From one state to the next lead two paths: past the units, and through W and them.",
            edits=((f"{keeps} + d_a @ W_hh", keeps),),
        ),
        Mistake(
            "w-not-transposed",
            "Going back, the transpose of W acts on the gradient's column; on rows that is "
            "d_a @ W. A square W hides the difference.",
            edits=(("d_a @ W_hh", "d_a @ W_hh.T"),),
            taught="mistake-bptt-not-transposed",
        ),
        Mistake(
            "state-one-step-late",
            "Which state did W multiply at step t? Not the one that came out of it.",
            edits=(("d_a.T @ h[t]\n", "d_a.T @ h[t + 1]\n"),),
            taught="mistake-bptt-late-state",
        ),
        Mistake(
            "slope-of-another-activation",
            "Differentiate your own activation, and write its slope with its value, or with a.",
            edits=((f"({slope}) * d_h", f"({other}) * d_h"),),
        ),
        Mistake(
            "slope-dropped",
            "Between the state and the pre-activation stand the units, and their slope is a "
            "factor.",
            edits=((f"({slope}) * d_h", "d_h"),),
        ),
        Mistake(
            "batch-mean-missing",
            "The loss is a mean over the batch, so each sequence counts with 1/B.",
            edits=(
                (") / B + later", ") + later"),
                ("d_h = d_o[t] @ W_ho", "d_h = B * d_o[t] @ W_ho"),
                *(() if size else ((f" - lam * ({held}) / B", f" - lam * ({held})"),)),
            ),
        ),
    )


def _variants(member: str) -> tuple[Variant, ...]:
    return (
        Variant(
            "dict",
            edits=(
                (
                    "return loss, d_W_ih, d_W_hh, d_alpha, later",
                    'return {"d_h0": later, "d_W_hh": d_W_hh, "d_W_ih": d_W_ih, "loss": loss, '
                    '"d_alpha": np.array([[d_alpha]])}',
                ),
            ),
        ),
        Variant(
            "float32",
            edits=(
                (
                    "    W_ih, W_hh, W_ho = params",
                    "    params = {k: np.float32(v) for k, v in params.items()}\n"
                    "    x, h0 = x.astype(np.float32), h0.astype(np.float32)\n"
                    "    W_ih, W_hh, W_ho = params",
                ),
                ("return loss, d_W_ih", "return np.float32(loss), d_W_ih"),
            ),
        ),
        Variant(
            "weights-after-the-loop",
            edits=(
                ("    d_W_ih, d_W_hh, d_alpha = ", "    d_as, d_alpha = []\n    _, _, d_alpha = "),
                ("    d_as, d_alpha = []\n", "    d_as = []\n"),
                ("        d_W_ih += d_a.T @ x[t]\n", "        d_as.insert(0, d_a)\n"),
                ("        d_W_hh += d_a.T @ h[t]\n", ""),
                (
                    "    return loss",
                    '    d_W_ih = np.einsum("tbh,tbi->hi", d_as, x)\n'
                    '    d_W_hh = np.einsum("tbh,tbj->hj", d_as, h[:-1])\n    return loss',
                ),
            ),
        ),
    )


CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one hidden unit", {"T": 5, "B": 3, "H": 1}),
    # moving each of so many weights a little takes more than a call's time
    HiddenCase("larger", {"T": 40, "B": 6, "I": 50, "H": 80, "K": 60}),
)


def exercise(member: str) -> CodeExercise:
    """The backward pass for one network, with its truth."""
    found = registry.exercises("bptt")[f"bptt.personal_backward/{member}"]
    return replace(found, solve=personal_networks.solver(member))


ITEM = personal_code(
    FAMILY,
    cell="personal-backward-check",
    answer="personal-backward",
    title="Your own network in code",
    points={"loss": 1, "d_W_ih": 1, "d_W_hh": 1, "d_alpha": 1, "d_h0": 1},
    cases=CASES,
    exercise=exercise,
    solution=coded,
    mistakes=_mistakes,
    variants=_variants,
)
