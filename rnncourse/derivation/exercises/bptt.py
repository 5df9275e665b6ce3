"""Back-propagation through time: the gradients, the δ form, and one chain of equalities."""

from dataclasses import replace

from rnncourse.derivation.exercise import DerivationExercise, Display, Step, Symbol
from rnncourse.derivation.functions import STANDARD, open_activation

COLUMN_H, COLUMN_I, COLUMN_K = ("H", "1"), ("I", "1"), ("K", "1")


def gradient(
    of: str, shape: tuple[str, str], what: str, *, sequence: bool = True, code: str = ""
) -> Symbol:
    """The gradient of the loss by a symbol: ``dh`` for ``h``."""
    return Symbol(
        f"d{of}",
        shape,
        f"gradient of the loss by {what}",
        first=1 if sequence else None,
        derived=True,
        spellings=(f"d_{of}", f"grad_{of}", *([f"d_{code}"] if code else [])),
        display=Display(of, gradient=True),
    )


GIVEN = (
    Symbol("x", COLUMN_I, "input", first=1),
    Symbol("h", COLUMN_H, "hidden state; h[0] is given", first=0),
    Symbol("a", COLUMN_H, "what goes into the tanh", first=1),
    Symbol("o", COLUMN_K, "logits", first=1),
    Symbol(
        "yhat",
        COLUMN_K,
        "prediction, softmax of o",
        first=1,
        spellings=("y_hat",),
        display=Display("y", accent="hat"),
    ),
    Symbol("y", COLUMN_K, "target, a one-hot column", first=1),
    Symbol("U", ("H", "I"), "weights, input to hidden", spellings=("W_ih", "W_IH")),
    Symbol("W", ("H", "H"), "weights, hidden to hidden", spellings=("W_hh", "W_HH")),
    Symbol("V", ("K", "H"), "weights, hidden to output", spellings=("W_ho", "W_HO")),
    Symbol("b", COLUMN_H, "bias of the hidden units", spellings=("b_h",)),
    Symbol("c", COLUMN_K, "bias of the outputs", spellings=("b_o",)),
)
_NETWORK = (
    "a[t] = b + W @ h[t-1] + U @ x[t]",
    "h[t] = tanh(a[t])",
    "o[t] = c + V @ h[t]",
    "yhat[t] = softmax(o[t])",
)
LOSS = "The loss is the cross-entropy, summed over the steps: L = −∑ log ŷ at the right class."
_DH, _DO = gradient("h", COLUMN_H, "h[t]"), gradient("o", COLUMN_K, "o[t]")
_DA = replace(gradient("a", COLUMN_H, "a[t]"), leans_on=("dh[t]",))
BACK = ("do", "dh", "da")

GRADIENTS = DerivationExercise(
    name="bptt.gradients",
    title="Back-propagation through time: the gradients",
    symbols=(
        *GIVEN,
        _DO,
        _DH,
        _DA,
        gradient("c", COLUMN_K, "c", sequence=False, code="b_o"),
        gradient("b", COLUMN_H, "b", sequence=False, code="b_h"),
        gradient("V", ("K", "H"), "V", sequence=False, code="W_ho"),
        gradient("W", ("H", "H"), "W", sequence=False, code="W_hh"),
        gradient("U", ("H", "I"), "U", sequence=False, code="W_ih"),
    ),
    steps=(
        Step("do[t]", "the gradient by the logits", uses=()),
        Step("dh[T]", "by the last hidden state", times=("T", "T"), uses=BACK),
        Step("dh[t]", "by every earlier hidden state", times=("1", "T-1"), uses=BACK),
        Step("da[t]", "by what goes into the tanh", uses=("dh", "do"), optional=True),
        Step("dc", "by the bias of the outputs", uses=("do",)),
        Step("db", "by the bias of the hidden units", uses=BACK),
        Step("dV", "by the output weights", uses=BACK),
        Step("dW", "by the recurrent weights", uses=BACK),
        Step("dU", "by the input weights", uses=BACK),
    ),
    functions=STANDARD,
    network=_NETWORK,
    notes=(
        LOSS,
        "dh[t] is the total gradient: everything through which h[t] acts on the loss.",
        "You may write a line for da[t] and use it; it is checked with the rest.",
    ),
)

CHAIN = DerivationExercise(
    name="bptt.chain",
    title="One step as a chain of equalities",
    symbols=(
        *GIVEN,
        _DO,
        _DH,
        _DA,
    ),
    steps=(
        Step(
            "dh[t]",
            "from the chain rule to dh[t+1], do[t] and the weights, t < T",
            times=("1", "T-1"),
            uses=BACK,
            least_links=3,
        ),
    ),
    functions=STANDARD,
    network=_NETWORK,
    notes=(
        LOSS,
        "Write at least three different expressions: dh[t] = … = … = …; each must equal dh[t].",
        "The same terms in another order, or with a zero added, are the same expression.",
        "do[t] and da[t] may be used; they have been derived.",
    ),
)

_F_H = open_activation("H", "activation of the hidden units, any differentiable function")
_F_O = open_activation("O", "activation of the outputs, any differentiable function")


def _delta(letter: str, label: str, shape: tuple[str, str], of: str) -> Symbol:
    """An error signal: the gradient by what goes into a unit, zero after the last step."""
    return Symbol(
        f"delta_{letter}",
        shape,
        f"gradient of the total error by {of}; zero after the last step",
        first=1,
        zero_after=True,
        derived=True,
        spellings=(f"delta_{label}", f"delta{label}", f"delta{letter}"),
        display=Display("δ", mark=label),
    )


DELTA = DerivationExercise(
    name="bptt.delta",
    title="The same as error signals δ",
    symbols=(
        Symbol("x", COLUMN_I, "input", first=1),
        Symbol(
            "h_in", COLUMN_H, "what goes into the hidden units", 1, display=Display("h", mark="in")
        ),
        Symbol("h", COLUMN_H, "hidden activations; h[0] is given", first=0),
        Symbol("y_in", COLUMN_K, "what goes into the outputs", 1, display=Display("y", mark="in")),
        Symbol("y", COLUMN_K, "output", first=1),
        Symbol("d", COLUMN_K, "desired output", first=1),
        Symbol(
            "W_ih",
            ("H", "I"),
            "weights, input to hidden",
            spellings=("W_IH", "U"),
            display=Display("W", mark="IH"),
        ),
        Symbol(
            "W_hh",
            ("H", "H"),
            "weights, hidden to hidden",
            spellings=("W_HH", "W"),
            display=Display("W", mark="HH"),
        ),
        Symbol(
            "W_ho",
            ("K", "H"),
            "weights, hidden to output",
            spellings=("W_HO", "V"),
            display=Display("W", mark="HO"),
        ),
        Symbol("eta", ("1", "1"), "learning rate", display=Display("η")),
        _delta("o", "O", COLUMN_K, "y_in[t]"),
        _delta("h", "H", COLUMN_H, "h_in[t]"),
        Symbol(
            "DW",
            ("H", "H"),
            "change of the recurrent weights in one step of gradient descent",
            derived=True,
            spellings=("DW_hh", "DW_HH", "Delta_W", "DeltaW"),
            display=Display("ΔW", mark="HH"),
        ),
    ),
    steps=(
        Step("delta_o[t]", "the error signal of the outputs", uses=()),
        Step("delta_h[t]", "of the hidden units, for t = T too", uses=("delta_o", "delta_h")),
        Step("DW", "the change of the recurrent weights", uses=("delta_o", "delta_h")),
    ),
    functions=(*STANDARD, *_F_H, *_F_O),
    network=(
        "h_in[t] = W_ih @ x[t] + W_hh @ h[t-1]",
        "h[t] = f_H(h_in[t])",
        "y_in[t] = W_ho @ h[t]",
        "y[t] = f_O(y_in[t])",
    ),
    notes=(
        "The error is E = ½ ∑ (d − y)², summed over outputs and steps.",
        "f_H and f_O act element by element; df_H and df_O are their derivatives.",
        "delta_h[T+1] = 0: after the last step there is nothing.",
    ),
)

EXERCISES = (GRADIENTS, DELTA, CHAIN)
