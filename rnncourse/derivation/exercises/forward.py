"""Forward passes: a state unfolded into its inputs, and the memory of Jordan's state units."""

from rnncourse.derivation.exercise import DerivationExercise, Display, Step, Symbol
from rnncourse.derivation.functions import STANDARD

_COLUMN_H, _COLUMN_I, _COLUMN_K = ("H", "1"), ("I", "1"), ("K", "1")

UNFOLDED = DerivationExercise(
    name="forward.unfolded",
    title="A state, unfolded",
    symbols=(
        Symbol("x", _COLUMN_I, "input", first=1),
        Symbol("h", _COLUMN_H, "hidden state; h[0] is given", first=0, derived=True),
        Symbol("U", ("H", "I"), "weights, input to hidden", spellings=("W_ih", "W_IH", "W_xh")),
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
    network=("h[t] = tanh(b + W @ h[t-1] + U @ x[t])",),
    notes=(
        "h[0] is given and may stand anywhere.",
        "Write at least three different expressions: h[3] = … = … = …; each must equal h[3].",
        "The same terms in another order, or with a zero added, are the same expression.",
    ),
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

EXERCISES = (UNFOLDED, CONTEXT)
