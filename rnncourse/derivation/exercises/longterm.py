"""Long-term dependencies: the Jacobians of leaky units, for a network of the student's own."""

from rnncourse.derivation.exercise import DerivationExercise, Display, Step, Symbol
from rnncourse.derivation.functions import STANDARD
from rnncourse.derivation.personal import Family, PersonalDerivation

_COLUMN_H, _COLUMN_I, _SQUARE = ("H", "1"), ("I", "1"), ("H", "H")

# what the networks differ in: words, and the equation's right-hand side
ACTIVATIONS = {
    "tanh": ("tanh units", "tanh(a[t])"),
    "logistic": ("logistic units", "sigmoid(a[t])"),
}
LEAKS = {
    "replaced": ("a leak in which α is the part replaced", "(1 - alpha) * h[t-1] + alpha * s[t]"),
    "kept": ("a leak in which α is the part kept", "alpha * h[t-1] + (1 - alpha) * s[t]"),
    "added": ("a share α of the old state added", "alpha * h[t-1] + s[t]"),
}
MEMBERS = {
    f"{leak}-{activation}": (leak, activation) for leak in LEAKS for activation in ACTIVATIONS
}

FAMILY = Family(
    name="longterm",
    members={
        member: f"{ACTIVATIONS[activation][0]} and {LEAKS[leak][0]}"
        for member, (leak, activation) in MEMBERS.items()
    },
    shown="longterm.leaky_jacobians",
)

_SYMBOLS = (
    Symbol("x", _COLUMN_I, "input", first=1),
    Symbol("a", _COLUMN_H, "what goes into the units", first=1),
    Symbol("s", _COLUMN_H, "what the units make of it", first=1),
    Symbol("h", _COLUMN_H, "state; h[0] is given", first=0),
    Symbol("W", _SQUARE, "weights, state to units", spellings=("W_hh", "W_HH")),
    Symbol("U", ("H", "I"), "weights, input to units", spellings=("W_ih", "W_IH")),
    Symbol("b", _COLUMN_H, "bias of the units", spellings=("b_h",)),
    Symbol("alpha", ("1", "1"), "a number", display=Display("α")),
    Symbol("I", _SQUARE, "the unit matrix", spellings=("eye", "Id")),
    Symbol("J", _SQUARE, "Jacobian of h[t] by h[t-1]", first=1, derived=True),
    Symbol("D", ("H", "I"), "Jacobian of h[t] by x[t]", first=1, derived=True),
    Symbol("P", _SQUARE, "Jacobian of h[T] by h[t]; P[T] = I", first=1, derived=True),
    Symbol("G", ("H", "I"), "Jacobian of h[T] by x[1]", derived=True),
    Symbol(
        "dh",
        _COLUMN_H,
        "gradient of the loss by h[t]; dh[T] is given",
        first=1,
        derived=True,
        spellings=("d_h", "grad_h"),
        display=Display("h", gradient=True),
    ),
)


def _version(leak: str, activation: str) -> DerivationExercise:
    return DerivationExercise(
        name=f"longterm.leaky_jacobians/{leak}-{activation}",
        title="Jacobians of leaky units",
        symbols=_SYMBOLS,
        steps=(
            Step("J[t]", "one step back", uses=()),
            Step("P[t]", "from the last state back to t < T", times=("1", "T-1"), uses=("J", "P")),
            Step("dh[t]", "the gradient by h[t], t < T", times=("1", "T-1"), uses=("J", "P", "dh")),
            Step("D[t]", "by the input of the same step", uses=()),
            Step("G", "the first input's way to the last state", uses=("J", "P", "D")),
        ),
        functions=STANDARD,
        network=(
            "a[t] = b + W @ h[t-1] + U @ x[t]",
            f"s[t] = {ACTIVATIONS[activation][1]}",
            f"h[t] = {LEAKS[leak][1]}",
        ),
        notes=(
            "Row i, column j of a Jacobian is the derivative of entry i by entry j.",
            "The loss depends on the last state h[T] alone. P[T] = I and dh[T] are given.",
        ),
    )


LEAKY_JACOBIANS = PersonalDerivation(
    "longterm.leaky_jacobians",
    FAMILY,
    {f"{leak}-{activation}": _version(leak, activation) for leak, activation in MEMBERS.values()},
)
