"""Gated cells: the LSTM's backward pass, and that of a cell of the student's own.

The twelve cells of the family have two sigmoid gates, u and v, where the LSTM has three. They
differ in how the two are coupled, in which of them a peephole looks at the cell, and in how the
cell is shown.
"""

from rnncourse.derivation.exercise import DerivationExercise, Display, Step, Symbol
from rnncourse.derivation.functions import STANDARD
from rnncourse.derivation.personal import Family, PersonalDerivation

_H, _HH, _HI = ("H", "1"), ("H", "H"), ("H", "I")
_LOSS = "The loss is L = ½ ∑ ‖h[t] − y[t]‖², summed over the steps."
_AFTER = "After the last step there is nothing: every gradient is 0 at T+1"


def _gradient(of: str, what: str, display: Display | None = None) -> Symbol:
    """The total gradient of the loss by a sequence; zero after the last step."""
    return Symbol(
        f"d{of}",
        _H,
        f"total gradient of the loss by {what}",
        first=1,
        zero_after=True,
        derived=True,
        spellings=(f"d_{of}", f"grad_{of}"),
        display=display or Display(of, gradient=True),
    )


def _gate(name: str, what: str, *, zero_after: bool = False) -> Symbol:
    return Symbol(name, _H, what, first=1, zero_after=zero_after)


def _mark(letter: str, gate: str, *, gradient: bool = False) -> Display:
    return Display(letter, low=gate, gradient=gradient)


def _weights(gates: str) -> tuple[Symbol, ...]:
    """Three symbols for each gate: W_f, U_f, b_f."""
    return tuple(
        Symbol(f"{letter}_{gate}", shape, f"{what} of {gate}", display=_mark(letter, gate))
        for gate in gates
        for letter, shape, what in (
            ("W", _HH, "recurrent weights"),
            ("U", _HI, "input weights"),
            ("b", _H, "bias"),
        )
    )


def _sums(gates: str) -> tuple[Symbol, ...]:
    return tuple(
        Symbol(f"a_{gate}", _H, f"what goes into {gate}", first=1, display=_mark("a", gate))
        for gate in gates
    )


_STATES = (
    Symbol("x", ("I", "1"), "input", first=1),
    Symbol("y", _H, "what the state should be", first=1),
    Symbol("c", _H, "cell; c[0] is given", first=0),
    Symbol("h", _H, "state; h[0] is given", first=0),
)
_DA = {g: _gradient(f"a_{g}", f"a_{g}[t]", _mark("a", g, gradient=True)) for g in "ifgouv"}

LSTM = DerivationExercise(
    name="gated.lstm",
    title="The gradients of an LSTM",
    symbols=(
        *_STATES,
        *_sums("ifgo"),
        _gate("i", "input gate"),
        _gate("f", "forget gate; 0 at T+1, where no step forgets", zero_after=True),
        _gate("g", "candidate, what may enter"),
        _gate("o", "output gate"),
        *_weights("ifgo"),
        Symbol(
            "dplus_h",
            _H,
            "immediate derivative of the loss by h[t]",
            first=1,
            derived=True,
            display=Display("h", immediate=True),
        ),
        _gradient("h", "h[t]"),
        _gradient("c", "c[t]"),
        *(_DA[g] for g in "ifgo"),
        Symbol("dW_f", _HH, "by W_f", derived=True, display=_mark("W", "f", gradient=True)),
        Symbol(
            "dc0", _H, "by the first cell, c[0]", derived=True, display=Display("c₀", gradient=True)
        ),
    ),
    steps=(
        Step("dplus_h[t]", "what the loss sees of h[t] itself, all else held", uses=()),
        Step("dh[t]", "the total gradient by the state"),
        Step("dc[t]", "by the cell"),
        Step("da_i[t]", "by what goes into the input gate"),
        Step("da_f[t]", "into the forget gate"),
        Step("da_g[t]", "into the candidate"),
        Step("da_o[t]", "into the output gate"),
        Step("dW_f", "by the forget gate's recurrent weights"),
        Step("dc0", "by the first cell"),
    ),
    functions=STANDARD,
    network=(
        "a_i[t] = b_i + W_i @ h[t-1] + U_i @ x[t]",
        "a_f[t] = b_f + W_f @ h[t-1] + U_f @ x[t]",
        "a_g[t] = b_g + W_g @ h[t-1] + U_g @ x[t]",
        "a_o[t] = b_o + W_o @ h[t-1] + U_o @ x[t]",
        "i[t] = sigmoid(a_i[t])",
        "f[t] = sigmoid(a_f[t])",
        "g[t] = tanh(a_g[t])",
        "o[t] = sigmoid(a_o[t])",
        "c[t] = f[t] * c[t-1] + i[t] * g[t]",
        "h[t] = o[t] * tanh(c[t])",
    ),
    notes=(_LOSS, f"{_AFTER}, and so is f[T+1]. One line then serves for every t."),
)

COUPLINGS = {
    "input": ("an input gate of 1 − u", ("u[t]", "(1 - u[t])", "v[t]")),
    "forget": ("a forget gate of 1 − u", ("(1 - u[t])", "u[t]", "v[t]")),
    "output": ("an output gate of 1 − u", ("u[t]", "v[t]", "(1 - u[t])")),
}
PEEPHOLES = {"u": "a peephole on u", "v": "a peephole on v"}
SHOWN = {
    "bent": ("a cell shown through tanh", "tanh(c[t])"),
    "bare": ("a cell shown as it is", "c[t]"),
}
MEMBERS = {
    f"{coupling}-{peephole}-{shown}": (coupling, peephole, shown)
    for coupling in COUPLINGS
    for peephole in PEEPHOLES
    for shown in SHOWN
}


def seen(coupling: str, peephole: str) -> str:
    """The cell at which the peephole looks: the new one where v is the output gate."""
    return "c[t]" if peephole == "v" and coupling != "output" else "c[t-1]"


def _words(coupling: str, peephole: str, shown: str) -> str:
    return f"{COUPLINGS[coupling][0]}, {PEEPHOLES[peephole]} and {SHOWN[shown][0]}"


FAMILY = Family(
    name="gated",
    members={member: _words(*terms) for member, terms in MEMBERS.items()},
    shown="gated.personal",
)


def _version(member: str) -> DerivationExercise:
    coupling, peephole, shown = MEMBERS[member]
    kept, enters, shows = COUPLINGS[coupling][1]
    look = f" + p * {seen(coupling, peephole)}"
    return DerivationExercise(
        name=f"gated.personal/{member}",
        title="The gradients of your own cell",
        symbols=(
            *_STATES,
            *_sums("uvg"),
            _gate("u", "first gate; 0 at T+1", zero_after=True),
            _gate("v", "second gate"),
            _gate("g", "candidate, what may enter"),
            *_weights("uvg"),
            Symbol("p", _H, "peephole, one weight for each unit"),
            _gradient("h", "h[t]; given"),
            _gradient("c", "c[t]"),
            *(_DA[g] for g in "uvg"),
            Symbol("dp", _H, "by the peephole", derived=True, display=Display("p", gradient=True)),
        ),
        steps=(
            Step("dc[t]", "by the cell, for every t"),
            Step("da_u[t]", "by what goes into u"),
            Step("da_v[t]", "into v"),
            Step("da_g[t]", "into the candidate"),
            Step("dp", "by the peephole"),
        ),
        functions=STANDARD,
        network=(
            f"a_u[t] = b_u + W_u @ h[t-1] + U_u @ x[t]{look if peephole == 'u' else ''}",
            f"a_v[t] = b_v + W_v @ h[t-1] + U_v @ x[t]{look if peephole == 'v' else ''}",
            "a_g[t] = b_g + W_g @ h[t-1] + U_g @ x[t]",
            "u[t] = sigmoid(a_u[t])",
            "v[t] = sigmoid(a_v[t])",
            "g[t] = tanh(a_g[t])",
            f"c[t] = {kept} * c[t-1] + {enters} * g[t]",
            f"h[t] = {shows} * {SHOWN[shown][1]}",
        ),
        notes=(
            _LOSS,
            "dh[t], the total gradient by the state, is as in part 1; use it as it is.",
            f"{_AFTER}, and u[T+1] is taken as 0.",
        ),
    )


PERSONAL = PersonalDerivation(
    "gated.personal", FAMILY, {member: _version(member) for member in MEMBERS}
)
EXERCISES = (LSTM,)
