"""Back-propagation through time for a network of the student's own: twelve networks.

They differ in the activation, in what of the old state is kept, and in what the loss adds to the
cross-entropy. None of them is the chapter's network.
"""

from dataclasses import replace

from rnncourse.derivation.exercise import DerivationExercise, Display, Step, Symbol
from rnncourse.derivation.exercises.bptt import BACK, COLUMN_H, GIVEN, LOSS, gradient
from rnncourse.derivation.functions import STANDARD
from rnncourse.derivation.personal import Family, PersonalDerivation

# the terms in which the networks differ: words, and the equation's right-hand side
ACTIVATIONS = {
    "tanh": ("tanh units", "tanh(a[t])"),
    "logistic": ("logistic units", "sigmoid(a[t])"),
    "softplus": ("softplus units", "log(1 + exp(a[t]))"),
}
MEMORIES = {
    "leak": ("a leak α", "(1 - alpha) * h[t-1] + alpha * s[t]"),
    "keep": ("a share α of the old state added", "alpha * h[t-1] + s[t]"),
}
PENALTIES = {
    "size": ("a penalty on large states", "½ λ‖h[t]‖²"),
    "change": ("a penalty on changes of the state", "½ λ‖h[t] − h[t−1]‖²"),
}
MEMBERS = {
    f"{memory}-{activation}-{penalty}": (memory, activation, penalty)
    for memory in MEMORIES
    for activation in ACTIVATIONS
    for penalty in PENALTIES
}


def _words(memory: str, activation: str, penalty: str) -> str:
    terms = (ACTIVATIONS[activation][0], MEMORIES[memory][0], PENALTIES[penalty][0])
    return f"{terms[0]}, {terms[1]} and {terms[2]}"


FAMILY = Family(
    name="bptt",
    members={member: _words(*terms) for member, terms in MEMBERS.items()},
    shown="bptt.personal",
)

_DH, _DO = gradient("h", COLUMN_H, "h[t]"), gradient("o", ("K", "1"), "o[t]")
_SYMBOLS = (
    *(replace(s, description="what goes into the units") if s.name == "a" else s for s in GIVEN),
    Symbol("s", COLUMN_H, "what the units make of it", first=1),
    Symbol("alpha", ("1", "1"), "a number that is learnt", display=Display("α")),
    Symbol(
        "lam",
        ("1", "1"),
        "weight of the penalty, not learnt",
        spellings=("lambda_",),
        display=Display("λ"),
    ),
    _DO,
    _DH,
    replace(gradient("a", COLUMN_H, "a[t]"), leans_on=("dh[t]",)),
    gradient("W", ("H", "H"), "W", sequence=False, code="W_hh"),
    Symbol(
        "dalpha",
        ("1", "1"),
        "gradient of the loss by α",
        derived=True,
        spellings=("d_alpha", "grad_alpha"),
        display=Display("α", gradient=True),
    ),
)
_STEPS = (
    Step("dh[T]", "by the last hidden state", times=("T", "T"), uses=BACK),
    Step("dh[t]", "by every earlier hidden state", times=("1", "T-1"), uses=BACK),
    Step("da[t]", "by what goes into the units", uses=("dh", "do")),
    Step("dW", "by the recurrent weights", uses=BACK),
    Step("dalpha", "by α, a number", uses=BACK),
)


def _version(member: str) -> DerivationExercise:
    memory, activation, penalty = MEMBERS[member]
    return DerivationExercise(
        name=f"bptt.personal/{member}",
        title="The gradients of your own network",
        symbols=_SYMBOLS,
        steps=_STEPS,
        functions=STANDARD,
        network=(
            "a[t] = b + W @ h[t-1] + U @ x[t]",
            f"s[t] = {ACTIVATIONS[activation][1]}",
            f"h[t] = {MEMORIES[memory][1]}",
            "o[t] = c + V @ h[t]",
            "yhat[t] = softmax(o[t])",
        ),
        notes=(
            LOSS.rstrip(".") + f"; and at every step {PENALTIES[penalty][1]} is added.",
            "do[t] = yhat[t] - y[t], as you have derived it; use it as it is.",
        ),
    )


PERSONAL = PersonalDerivation(
    "bptt.personal", FAMILY, {member: _version(member) for member in MEMBERS}
)
