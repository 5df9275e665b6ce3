"""The two items asked of every student's own network: solutions and mistakes by substitution."""

from dataclasses import dataclass, replace

from autograder.assignment import (
    CodeItem,
    DerivationItem,
    HiddenCase,
    Mistake,
    Variant,
    personal,
)
from autograder.assignments.bptt import personal_networks
from rnncourse.checks import registry
from rnncourse.derivation.exercises.bptt_personal import FAMILY, MEMBERS, PERSONAL


@dataclass(frozen=True)
class Terms:
    """What differs between the networks, in a line of a derivation and in a line of code."""

    slope: str  # of the units, at t
    other_slope: str  # of another activation
    keeps: str  # how much of h[t] reaches h[t+1] past the units
    wrong_keeps: str
    gate: str  # what multiplies the slope on the way to a[t]; empty where nothing does
    d_alpha: str  # by what α is multiplied in h[t]
    now: str  # the penalty's share at its own step
    later: str  # at the next one; empty where there is none


_SLOPES = {
    "tanh": ("(1 - s[t]**2)", "s[t] * (1 - s[t])"),
    "logistic": ("s[t] * (1 - s[t])", "(1 - s[t]**2)"),
    "softplus": ("sigmoid(a[t])", "(1 - s[t]**2)"),
}


def _terms(member: str) -> Terms:
    memory, activation, penalty = MEMBERS[member]
    leak, size = memory == "leak", penalty == "size"
    return Terms(
        *_SLOPES[activation],
        keeps="(1 - alpha)" if leak else "alpha",
        wrong_keeps="alpha" if leak else "(1 - alpha)",
        gate="alpha * " if leak else "",
        d_alpha="(s[t] - h[t-1])" if leak else "h[t-1]",
        now="lam * h[{t}]" if size else "lam * (h[{t}] - h[{t}-1])",
        later="" if size else " - lam * (h[t+1] - h[t])",
    )


def derived(member: str) -> str:
    """The right derivation for one network."""
    x = _terms(member)
    return f"""\
dh[T] = V.T @ do[T] + {x.now.format(t="T")}
dh[t] = V.T @ do[t] + {x.now.format(t="t")}{x.later} + {x.keeps} * dh[t+1] + W.T @ da[t+1]
da[t] = {x.gate}{x.slope} * dh[t]
dW = sum(t, da[t] @ h[t-1].T)
dalpha = sum(t, {x.d_alpha}.T @ dh[t])
"""


def _line(step: str, id: str, hint: str, right: str, taught: str = "") -> Mistake:
    return Mistake(id, hint, step=step, source=f"{step} = {right}", taught=taught)


def _derivation_mistakes(member: str) -> tuple[Mistake, ...]:
    x = _terms(member)
    now_T, now = x.now.format(t="T"), x.now.format(t="t")
    back = f"{x.keeps} * dh[t+1] + W.T @ da[t+1]"
    own = f"V.T @ do[t] + {now}{x.later}"
    found = [
        _line(
            "dh[T]",
            "penalty-missing-at-the-end",
            "The last state acts on the loss by its output, and by one term more.",
            "V.T @ do[T]",
        ),
        _line(
            "dh[T]",
            "half-forgotten-at-the-end",
            "The penalty has a factor ½. What becomes of it when a square is differentiated?",
            f"V.T @ do[T] + 2 * {now_T}",
        ),
        _line(
            "dh[T]",
            "V-not-transposed-last",
            "V leads from the hidden units to the outputs. Which matrix leads back?",
            f"V @ do[T] + {now_T}",
        ),
        _line(
            "dh[t]",
            "future-missing",
            "h[t] acts on the loss at its own step, and by the state that comes after it.",
            own,
            "mistake-bptt-future-dropped",
        ),
        _line(
            "dh[t]",
            "straight-path-missing",
            "From h[t] to h[t+1] two paths lead: one through W and the units, one past them.",
            f"{own} + W.T @ da[t+1]",
        ),
        _line(
            "dh[t]",
            "path-through-the-units-missing",
            "From h[t] to h[t+1] two paths lead: past the units, and through them.",
            f"{own} + {x.keeps} * dh[t+1]",
        ),
        _line(
            "dh[t]",
            "wrong-share-kept",
            "How much of h[t] is in h[t+1] if s[t+1] is held fixed? Look at your network's third "
            "equation.",
            f"{own} + {x.wrong_keeps} * dh[t+1] + W.T @ da[t+1]",
        ),
        _line(
            "dh[t]",
            "W-not-transposed",
            "The shapes allow this only because the matrix is square. Write one entry of a[t+1] as "
            "a sum and differentiate it by one entry of h[t].",
            f"{own} + {x.keeps} * dh[t+1] + W @ da[t+1]",
            "mistake-bptt-not-transposed",
        ),
        _line(
            "dh[t]",
            "penalty-missing",
            "The loss is more than the cross-entropy: which of its terms holds h[t]?",
            f"V.T @ do[t] + {back}",
        ),
        _line(
            "da[t]",
            "slope-of-another-activation",
            "Differentiate your own activation, and write its slope with its value, or with a[t].",
            f"{x.gate}{x.other_slope} * dh[t]",
        ),
        _line(
            "da[t]",
            "value-for-slope",
            "The chain rule asks how fast the units' values change, not how large they are.",
            f"{x.gate}s[t] * dh[t]",
        ),
        _line(
            "da[t]",
            "slope-missing",
            "Between a[t] and h[t] stand the units. What is their part in the chain rule?",
            f"{x.gate or '1 * '}dh[t]",
        ),
        _line(
            "da[t]",
            "alpha-forgotten" if x.gate else "alpha-too-much",
            "By what number is s[t] multiplied in h[t]? Look at your network's third equation.",
            f"{'' if x.gate else 'alpha * '}{x.slope} * dh[t]",
        ),
        _line(
            "dW",
            "W-one-step-late",
            "What does W multiply when a[t] is computed?",
            "sum(t, da[t] @ h[t].T)",
            "mistake-bptt-late-state",
        ),
        _line(
            "dW",
            "units-for-state",
            "W reads the whole state, not only what the units have added to it.",
            "sum(t, da[t] @ s[t-1].T)",
        ),
        _line(
            "dW",
            "W-outer-reversed",
            "The matrix is square, so its shape cannot warn you. Which vector counts the rows, "
            "the one that goes in or the one that comes out?",
            "sum(t, outer(h[t-1], da[t]))",
        ),
        _line(
            "dalpha",
            "alpha-sum-forgotten",
            "One α serves all steps: its gradient collects something from each.",
            f"{x.d_alpha.replace('[t-1]', '[T-1]').replace('[t]', '[T]')}.T @ dh[T]",
        ),
        _line(
            "dalpha",
            "alpha-by-element",
            "α is one number, and so is its gradient: every unit has its share in it.",
            f"sum(t, {x.d_alpha} * dh[t])",
        ),
        _line(
            "dalpha",
            "alpha-inside-the-units",
            "α acts outside of the units. Which of the gradients stands there?",
            f"sum(t, {x.d_alpha}.T @ da[t])",
        ),
    ]
    if x.gate:
        found.append(
            _line(
                "dalpha",
                "alpha-one-place-only",
                "α stands in two places of your network's third equation.",
                "sum(t, s[t].T @ dh[t])",
            )
        )
    else:
        found.append(
            _line(
                "dalpha",
                "alpha-one-step-late",
                "Which state does α multiply when h[t] is computed?",
                "sum(t, h[t].T @ dh[t])",
                "mistake-bptt-late-state",
            )
        )
    if x.later:
        found += [
            _line(
                "dh[t]",
                "penalty-of-the-next-step-missing",
                "h[t] stands in the penalty of two steps: as the new state, and as the old one.",
                f"V.T @ do[t] + {now} + {back}",
            ),
            _line(
                "dh[t]",
                "penalty-of-the-next-step-sign",
                "In the penalty of step t+1 the old state has a minus.",
                f"V.T @ do[t] + {now}{x.later.replace(' - ', ' + ', 1)} + {back}",
            ),
        ]
    return tuple(found)


def _derivation_variants(member: str) -> tuple[Variant, ...]:
    x = _terms(member)
    now = x.now.format(t="t")
    longer = {
        "tanh": "diag(1 - tanh(a[t])**2)",
        "logistic": "diag(sigmoid(a[t]) - sigmoid(a[t])**2)",
        "softplus": "diag(1 - exp(-s[t]))",
    }[MEMBERS[member][1]]
    return (
        Variant(
            "jacobian-as-diagonal-matrix",
            edits=((f"da[t] = {x.gate}{x.slope} * dh[t]", f"da[t] = {x.gate}{longer} @ dh[t]"),),
        ),
        Variant(
            "outer-products-and-signs",
            edits=(
                ("da[t] @ h[t-1].T", "outer(da[t], h[t-1])"),
                (f"V.T @ do[t] + {now}", f"{now} - V.T @ (y[t] - yhat[t])"),
            ),
        ),
        Variant(
            "as-on-paper",
            edits=(
                ("dalpha = sum(t, ", "∂L/∂α = Σ_t("),
                ("dh[t] = V.T @ do[t]", "∇h⁽ᵗ⁾ = Vᵀ · ∇o⁽ᵗ⁾"),
                ("alpha", "α"),
                ("lam", "λ"),
            ),
        ),
    )


def derivation(member: str) -> DerivationItem:
    """The derivation for one network."""
    return DerivationItem(
        cell="personal-check",
        answer="personal",
        title="The gradients of your own network",
        exercise=PERSONAL.versions[member],
        truth=personal_networks.truth(member),
        points={"dh[T]": 1, "dh[t]": 1.5, "da[t]": 1, "dW": 0.5, "dalpha": 1},
        mistakes=_derivation_mistakes(member),
        variants=_derivation_variants(member),
        solution=Variant("own", source=derived(member)),
    )


# ----------------------------------------------------------------------------------------- in code

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


def _code_mistakes(member: str) -> tuple[Mistake, ...]:
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


def _code_variants(member: str) -> tuple[Variant, ...]:
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


def code(member: str) -> CodeItem:
    """The backward pass for one network."""
    exercise = registry.exercises("bptt")[f"bptt.personal_backward/{member}"]
    return CodeItem(
        cell="personal-backward-check",
        answer="personal-backward",
        title="Your own network in code",
        exercise=replace(exercise, solve=personal_networks.solver(member)),
        points={"loss": 1, "d_W_ih": 1, "d_W_hh": 1, "d_alpha": 1, "d_h0": 1},
        cases=CASES,
        mistakes=_code_mistakes(member),
        variants=_code_variants(member),
        solution=Variant("own", source=coded(member)),
    )


CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one hidden unit", {"T": 5, "B": 3, "H": 1}),
    # moving each of so many weights a little takes more than a call's time
    HiddenCase("larger", {"T": 40, "B": 6, "I": 50, "H": 80, "K": 60}),
)

DERIVATION = personal(FAMILY, derivation)
CODE = personal(FAMILY, code)
