"""The derivation asked of every student's own network: solutions and mistakes by substitution."""

from dataclasses import dataclass

from autograder.assignment import Mistake, Variant
from autograder.assignments.bptt import personal_networks
from autograder.authoring import personal_derivation, wrong_line
from rnncourse.derivation.exercises.bptt_personal import MEMBERS, PERSONAL


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


def _mistakes(member: str) -> tuple[Mistake, ...]:
    x = _terms(member)
    now_T, now = x.now.format(t="T"), x.now.format(t="t")
    back = f"{x.keeps} * dh[t+1] + W.T @ da[t+1]"
    own = f"V.T @ do[t] + {now}{x.later}"
    found = [
        wrong_line(
            "dh[T]",
            "penalty-missing-at-the-end",
            "The last state acts on the loss by its output, and by one term more.",
            "V.T @ do[T]",
        ),
        wrong_line(
            "dh[T]",
            "half-forgotten-at-the-end",
            "The penalty has a factor ½. What becomes of it when a square is differentiated?",
            f"V.T @ do[T] + 2 * {now_T}",
        ),
        wrong_line(
            "dh[T]",
            "V-not-transposed-last",
            "V leads from the hidden units to the outputs. Which matrix leads back?",
            f"V @ do[T] + {now_T}",
        ),
        wrong_line(
            "dh[t]",
            "future-missing",
            "h[t] acts on the loss at its own step, and by the state that comes after it.",
            own,
            "mistake-bptt-future-dropped",
        ),
        wrong_line(
            "dh[t]",
            "straight-path-missing",
            "From h[t] to h[t+1] two paths lead: one through W and the units, one past them.",
            f"{own} + W.T @ da[t+1]",
        ),
        wrong_line(
            "dh[t]",
            "path-through-the-units-missing",
            "From h[t] to h[t+1] two paths lead: past the units, and through them.",
            f"{own} + {x.keeps} * dh[t+1]",
        ),
        wrong_line(
            "dh[t]",
            "wrong-share-kept",
            "How much of h[t] is in h[t+1] if s[t+1] is held fixed? Look at your network's third "
            "equation.",
            f"{own} + {x.wrong_keeps} * dh[t+1] + W.T @ da[t+1]",
        ),
        wrong_line(
            "dh[t]",
            "W-not-transposed",
            "The shapes allow this only because the matrix is square. Write one entry of a[t+1] as "
            "a sum and differentiate it by one entry of h[t].",
            f"{own} + {x.keeps} * dh[t+1] + W @ da[t+1]",
            "mistake-bptt-not-transposed",
        ),
        wrong_line(
            "dh[t]",
            "penalty-missing",
            "The loss is more than the cross-entropy: which of its terms holds h[t]?",
            f"V.T @ do[t] + {back}",
        ),
        wrong_line(
            "da[t]",
            "slope-of-another-activation",
            "Differentiate your own activation, and write its slope with its value, or with a[t].",
            f"{x.gate}{x.other_slope} * dh[t]",
        ),
        wrong_line(
            "da[t]",
            "value-for-slope",
            "The chain rule asks how fast the units' values change, not how large they are.",
            f"{x.gate}s[t] * dh[t]",
        ),
        wrong_line(
            "da[t]",
            "slope-missing",
            "Between a[t] and h[t] stand the units. What is their part in the chain rule?",
            f"{x.gate or '1 * '}dh[t]",
        ),
        wrong_line(
            "da[t]",
            "alpha-forgotten" if x.gate else "alpha-too-much",
            "By what number is s[t] multiplied in h[t]? Look at your network's third equation.",
            f"{'' if x.gate else 'alpha * '}{x.slope} * dh[t]",
        ),
        wrong_line(
            "dW",
            "W-one-step-late",
            "What does W multiply when a[t] is computed?",
            "sum(t, da[t] @ h[t].T)",
            "mistake-bptt-late-state",
        ),
        wrong_line(
            "dW",
            "units-for-state",
            "W reads the whole state, not only what the units have added to it.",
            "sum(t, da[t] @ s[t-1].T)",
        ),
        wrong_line(
            "dW",
            "W-outer-reversed",
            "The matrix is square, so its shape cannot warn you. Which vector counts the rows, "
            "the one that goes in or the one that comes out?",
            "sum(t, outer(h[t-1], da[t]))",
        ),
        wrong_line(
            "dalpha",
            "alpha-sum-forgotten",
            "One α serves all steps: its gradient collects something from each.",
            f"{x.d_alpha.replace('[t-1]', '[T-1]').replace('[t]', '[T]')}.T @ dh[T]",
        ),
        wrong_line(
            "dalpha",
            "alpha-by-element",
            "α is one number, and so is its gradient: every unit has its share in it.",
            f"sum(t, {x.d_alpha} * dh[t])",
        ),
        wrong_line(
            "dalpha",
            "alpha-inside-the-units",
            "α acts outside of the units. Which of the gradients stands there?",
            f"sum(t, {x.d_alpha}.T @ da[t])",
        ),
    ]
    if x.gate:
        found.append(
            wrong_line(
                "dalpha",
                "alpha-one-place-only",
                "α stands in two places of your network's third equation.",
                "sum(t, s[t].T @ dh[t])",
            )
        )
    else:
        found.append(
            wrong_line(
                "dalpha",
                "alpha-one-step-late",
                "Which state does α multiply when h[t] is computed?",
                "sum(t, h[t].T @ dh[t])",
                "mistake-bptt-late-state",
            )
        )
    if x.later:
        found += [
            wrong_line(
                "dh[t]",
                "penalty-of-the-next-step-missing",
                "h[t] stands in the penalty of two steps: as the new state, and as the old one.",
                f"V.T @ do[t] + {now} + {back}",
            ),
            wrong_line(
                "dh[t]",
                "penalty-of-the-next-step-sign",
                "In the penalty of step t+1 the old state has a minus.",
                f"V.T @ do[t] + {now}{x.later.replace(' - ', ' + ', 1)} + {back}",
            ),
        ]
    return tuple(found)


def _variants(member: str) -> tuple[Variant, ...]:
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


ITEM = personal_derivation(
    PERSONAL,
    cell="personal-check",
    answer="personal",
    title="The gradients of your own network",
    points={"dh[T]": 1, "dh[t]": 1.5, "da[t]": 1, "dW": 0.5, "dalpha": 1},
    truth=personal_networks.truth,
    solution=derived,
    mistakes=_mistakes,
    variants=_variants,
)
