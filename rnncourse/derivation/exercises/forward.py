"""Forward passes: a state unfolded, for a network of one's own, and what Jordan's units keep."""

from typing import NamedTuple

from rnncourse.derivation.exercise import DerivationExercise, Display, Step, Symbol
from rnncourse.derivation.functions import STANDARD
from rnncourse.derivation.personal import Family, PersonalDerivation

_COLUMN_H, _COLUMN_I, _COLUMN_K = ("H", "1"), ("I", "1"), ("K", "1")


class Numbers(NamedTuple):
    """A network of one input, one unit and one linear output, and three inputs to it."""

    W_xh: float
    W_hh: float
    W_hy: float
    b_h: float
    b_y: float
    x: tuple[int, int, int]


# what the networks differ in: words, the equation's right-hand side, numbers to work by hand
_A = "b + W @ h[t-1] + U @ x[t]"
MEMBERS = {
    "logistic": (
        "logistic units",
        f"sigmoid({_A})",
        # those of M. R. Costa-jussà's lecture, "Quick exercise"
        Numbers(-0.1, 0.5, 0.25, 0.4, 0.0, (18, 9, -8)),
    ),
    "tanh": ("tanh units", f"tanh({_A})", Numbers(0.2, -0.6, 0.5, 0.1, 0.3, (4, -3, 6))),
    "added": (
        "tanh units whose value is added to the state",
        f"h[t-1] + tanh({_A})",
        Numbers(0.1, -0.5, 0.4, 0.2, 0.3, (7, -4, 5)),
    ),
    "half": (
        "tanh units that replace half of the state",
        f"0.5 * h[t-1] + 0.5 * tanh({_A})",
        Numbers(0.3, 0.8, -0.5, -0.2, 0.1, (3, -5, 2)),
    ),
    "past": (
        "tanh units that the input goes past",
        "tanh(b + W @ h[t-1]) + U @ x[t]",
        Numbers(0.2, 0.7, 0.5, -0.3, 0.2, (4, -6, 3)),
    ),
}

FAMILY = Family(
    name="forward",
    members={member: words for member, (words, _, _) in MEMBERS.items()},
    shown="forward.unfolded",
)


def _unfolded(member: str) -> DerivationExercise:
    _, right, n = MEMBERS[member]
    inputs = ", ".join(map(str, n.x))
    return DerivationExercise(
        name=f"forward.unfolded/{member}",
        title="A state, unfolded",
        symbols=(
            Symbol("x", _COLUMN_I, "input", first=1),
            Symbol("h", _COLUMN_H, "hidden state; h[0] is given", first=0, derived=True),
            Symbol("U", ("H", "I"), "weights, input to hidden", spellings=("W_ih", "W_IH")),
            Symbol("W", ("H", "H"), "weights, hidden to hidden", spellings=("W_hh", "W_HH")),
            Symbol("b", _COLUMN_H, "bias of the hidden units", spellings=("b_h",)),
        ),
        steps=(
            Step("h[1]", "the first state", times=("1", "1"), uses=()),
            Step("h[2]", "the second, from inputs and h[0] alone", times=("2", "2"), uses=()),
            Step(
                "h[3]",
                "the third as a chain, from the recurrence to inputs and h[0] alone",
                times=("3", "3"),
                least_links=3,
                ends_in=(),
            ),
        ),
        functions=STANDARD,
        network=(f"h[t] = {right}",),
        notes=(
            f"With numbers, for one input, one unit and one linear output "
            f"y[t] = W_hy h[t] + b_y: U = W_xh = {n.W_xh:g}, W = W_hh = {n.W_hh:g}, "
            f"b = b_h = {n.b_h:g}, W_hy = {n.W_hy:g}, b_y = {n.b_y:g}. "
            f"The inputs at the steps 1, 2, 3 are {inputs}, and h[0] = 0.",
            "h[0] is given and may stand anywhere.",
            "h[3] wants at least three different expressions, h[3] = … = … = …; each must be it.",
        ),
    )


UNFOLDED = PersonalDerivation(
    "forward.unfolded", FAMILY, {member: _unfolded(member) for member in MEMBERS}
)

CONTEXT = DerivationExercise(
    name="forward.context",
    title="What a state unit remembers",
    symbols=(
        Symbol(
            "yhat",
            _COLUMN_K,
            "output; yhat[0] is given",
            first=0,
            spellings=("y_hat",),
            display=Display("y", accent="hat"),
        ),
        Symbol("s", _COLUMN_K, "state units; s[0] is given", first=0, derived=True),
        Symbol("alpha", ("1", "1"), "what a state unit keeps of itself", display=Display("α")),
    ),
    steps=(
        Step("s[2]", "from outputs and s[0] alone", times=("2", "2"), uses=()),
        Step("s[3]", "from outputs and s[0] alone", times=("3", "3"), uses=()),
    ),
    functions=STANDARD,
    network=("s[t] = alpha * s[t-1] + yhat[t-1]",),
    notes=("alpha is one number, the same for every unit.", "s[0] and yhat[0] are given."),
)

EXERCISES = (CONTEXT,)
