"""The Jacobians of leaky units: the right lines, wrong ones and others, for each network."""

from autograder.assignment import Mistake, Variant
from autograder.assignments.longterm.networks import truth
from autograder.authoring import personal_derivation
from rnncourse.derivation.exercises.longterm import LEAKY_JACOBIANS, MEMBERS

# for each leak: what is kept of the old state, taken of the new, and the two exchanged
_KEEP = {"replaced": "(1 - alpha)", "kept": "alpha", "added": "alpha"}
_TAKE = {"replaced": "alpha * ", "kept": "(1 - alpha) * ", "added": ""}
_EXCHANGED = {
    "replaced": ("alpha", "(1 - alpha) * "),
    "kept": ("(1 - alpha)", "alpha * "),
    "added": ("(1 - alpha)", "alpha * "),
}
_SLOPE = {"tanh": "1 - s[t]**2", "logistic": "s[t] * (1 - s[t])"}
_AGAIN = {"tanh": "1 - tanh(s[t])**2", "logistic": "sigmoid(s[t]) * (1 - sigmoid(s[t]))"}
_OTHER = {"tanh": "logistic", "logistic": "tanh"}


def solution(member: str) -> str:
    """The derivation as the course writes it."""
    leak, activation = MEMBERS[member]
    keep, take, slope = _KEEP[leak], _TAKE[leak], _SLOPE[activation]
    return f"""\
J[t] = {keep} * I + {take}diag({slope}) @ W
P[t] = P[t+1] @ J[t+1]
dh[t] = P[t].T @ dh[T]
D[t] = {take}diag({slope}) @ U
G = P[1] @ D[1]
"""


def _mistakes(member: str) -> tuple[Mistake, ...]:
    leak, activation = MEMBERS[member]
    keep, take, slope = _KEEP[leak], _TAKE[leak], _SLOPE[activation]
    new_keep, new_take = _EXCHANGED[leak]
    return (
        Mistake(
            "leak-forgotten",
            "h[t-1] reaches h[t] in two ways: through the units, and past them.",
            step="J[t]",
            source=f"J[t] = {take}diag({slope}) @ W",
            taught="mistake-time-scales-kept-path-dropped",
        ),
        Mistake(
            "leak-alone",
            "h[t-1] reaches h[t] in two ways: past the units, and through them.",
            step="J[t]",
            source=f"J[t] = {keep} * I",
        ),
        Mistake(
            "shares-exchanged",
            "Texts differ in what they call α. In your network, what does it multiply?",
            step="J[t]",
            source=f"J[t] = {new_keep} * I + {new_take}diag({slope}) @ W",
            taught="mistake-time-scales-alpha-swapped",
        ),
        Mistake(
            "slope-missing",
            "Between a[t] and s[t] stands a function. What is its part in the chain rule?",
            step="J[t]",
            source=f"J[t] = {keep} * I + {take}W",
        ),
        Mistake(
            "slope-of-the-state",
            "The slope is usually written with the value of the function. Is h[t] that value here?",
            step="J[t]",
            source=f"J[t] = {keep} * I + {take}diag({slope.replace('s[t]', 'h[t]')}) @ W",
        ),
        Mistake(
            "slope-of-another-function",
            "Look up the slope of your units' function, written with its value.",
            step="J[t]",
            source=f"J[t] = {keep} * I + {take}diag({_SLOPE[_OTHER[activation]]}) @ W",
        ),
        Mistake(
            "function-twice",
            "s is already a value of the function; here the function is taken of it once more.",
            step="J[t]",
            source=f"J[t] = {keep} * I + {take}diag({_AGAIN[activation]}) @ W",
            taught="mistake-long-term-slope-of-slope",
        ),
        Mistake(
            "slope-before-W",
            "W acts first, then the function. Each row of the Jacobian belongs to one entry of "
            "h[t]: which side of W has the slopes, then?",
            step="J[t]",
            source=f"J[t] = {keep} * I + {take}W @ diag({slope})",
        ),
        Mistake(
            "W-transposed",
            "Rows count entries of h[t], columns those of h[t-1]. A transpose comes in only where "
            "a gradient goes back.",
            step="J[t]",
            source=f"J[t] = {keep} * I + {take}diag({slope}) @ W.T",
        ),
        Mistake(
            "order-reversed",
            "Which step acts first on a change of h[t], that to t+1 or those after it?",
            step="P[t]",
            source="P[t] = J[t+1] @ P[t+1]",
            taught="mistake-long-term-product-order",
        ),
        Mistake(
            "one-step-early",
            "J[t] leads from h[t-1] to h[t]. Which one leads away from h[t]?",
            step="P[t]",
            source="P[t] = P[t+1] @ J[t]",
        ),
        Mistake(
            "one-step-alone",
            "That leads from h[t] to h[t+1]. How does it go on to h[T]?",
            step="P[t]",
            source="P[t] = J[t+1]",
        ),
        Mistake(
            "added-up",
            "Steps that follow each other multiply. What adds up are ways beside each other.",
            step="P[t]",
            source="P[t] = P[t+1] + J[t+1]",
        ),
        Mistake(
            "factors-transposed",
            "A Jacobian maps changes of the state forwards; nothing is transposed yet.",
            step="P[t]",
            source="P[t] = P[t+1] @ J[t+1].T",
        ),
        Mistake(
            "gradient-not-transposed",
            "Write the chain rule for one entry of dh[t] as a sum. Over which index of the "
            "Jacobian does it run, that of the rows or that of the columns?",
            step="dh[t]",
            source="dh[t] = P[t] @ dh[T]",
        ),
        Mistake(
            "gradient-of-one-step",
            "Between h[t] and the last state lie all the steps, not one.",
            step="dh[t]",
            source="dh[t] = J[t+1].T @ dh[T]",
        ),
        Mistake(
            "gradient-one-step-early",
            "Which of the products begins at h[t]?",
            step="dh[t]",
            source="dh[t] = P[t+1].T @ dh[T]",
        ),
        Mistake(
            "slope-missing-for-the-input",
            "The input, too, passes the function of the units.",
            step="D[t]",
            source=f"D[t] = {take}U",
        ),
        Mistake(
            "slope-of-the-state-for-the-input",
            "The slope is usually written with the value of the function. Is h[t] that value here?",
            step="D[t]",
            source=f"D[t] = {take}diag({slope.replace('s[t]', 'h[t]')}) @ U",
        ),
        Mistake(
            "share-of-the-new-wrong",
            "Which part of the new value gets into the state? Look at what s[t] is multiplied by.",
            step="D[t]",
            source=f"D[t] = {new_take}diag({slope}) @ U",
        ),
        Mistake(
            "own-step-only",
            "That is how x[1] acts on h[1]. The last state comes later.",
            step="G",
            source="G = D[1]",
        ),
        Mistake(
            "input-of-the-last-step",
            "Asked for is the first input. What does it act on at once?",
            step="G",
            source="G = D[T]",
        ),
        Mistake(
            "way-not-transposed",
            "x[1] acts on h[1], and that on h[T]: in this direction nothing is transposed.",
            step="G",
            source="G = P[1].T @ D[1]",
        ),
    )


def _variants(member: str) -> tuple[Variant, ...]:
    leak, activation = MEMBERS[member]
    right, keep, take, slope = solution(member), _KEEP[leak], _TAKE[leak], _SLOPE[activation]
    spelled = {"tanh": "1 - tanh(a[t])**2", "logistic": "sigmoid(a[t]) * (1 - sigmoid(a[t]))"}
    paper = right.replace("@", "·").replace(".T", "ᵀ").replace("alpha", "α").replace("**2", "²")
    for index, raised in {"t+1": "⁽ᵗ⁺¹⁾", "t": "⁽ᵗ⁾", "T": "⁽ᵀ⁾", "1": "⁽¹⁾"}.items():
        paper = paper.replace(f"[{index}]", raised)
    return (
        Variant("as-on-paper", source=paper),
        Variant("function-written-out", source=right.replace(slope, spelled[activation])),
        Variant(
            "gradient-step-by-step",
            source=right.replace("dh[t] = P[t].T @ dh[T]", "dh[t] = J[t+1].T @ dh[t+1]"),
        ),
        Variant(
            "other-order-and-names",
            source=f"""\
D[t] = {take}(diag({slope}) @ W_ih)
J[t] = {take}(diag({slope}) @ W_hh) + {keep} * I
P[t] = (J[t+1].T @ P[t+1].T).T
G = (D[1].T @ P[1].T).T
dh[t] = (dh[T].T @ P[t]).T
""",
        ),
    )


ITEM = personal_derivation(
    LEAKY_JACOBIANS,
    cell="leaky_jacobians-check",
    answer="leaky_jacobians",
    title="Jacobians of your leaky units",
    points={"J[t]": 3, "P[t]": 1, "dh[t]": 1, "D[t]": 1, "G": 1},
    truth=truth,
    solution=solution,
    mistakes=_mistakes,
    variants=_variants,
)
