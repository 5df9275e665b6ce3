"""Temporal convolution: the gradients of a residual block, one of four, by lot from the id.

They differ in the dilation, and in whether the path around the convolutions has a weight.
"""

from rnncourse.derivation.exercise import DerivationExercise, Display, Function, Step, Symbol
from rnncourse.derivation.functions import STANDARD, activation, activation_derivative
from rnncourse.derivation.personal import Family, PersonalDerivation

_COLUMN_H, _COLUMN_I = ("H", "1"), ("I", "1")
_OPEN = (
    Function("f", activation, "activation, any differentiable function", parameters="f"),
    Function(
        "df",
        activation_derivative,
        "the derivative of f, of every element",
        parameters="f",
        spellings=("dplus_f",),
        display=Display("f"),
        prime=True,
    ),
)


def _sequence(name: str, shape: tuple[str, str], what: str, *, outside: bool = False) -> Symbol:
    return Symbol(name, shape, what, first=1, zero_outside=outside)


def _gradient(of: str, shape: tuple[str, str], *, sequence: bool = True) -> Symbol:
    """The gradient of the loss by a symbol; past the last step it is zero."""
    where = f"{of}[t]; zero after the last step" if sequence else of
    return Symbol(
        f"d{of}",
        shape,
        f"gradient of the loss by {where}",
        first=1 if sequence else None,
        zero_outside=sequence,
        derived=True,
        spellings=(f"d_{of}", f"grad_{of}"),
        display=Display(of, gradient=True),
    )


_BACK = ("dz", "de", "du", "da")

DILATIONS = {"two": 2, "three": 3}
PATHS = {"plain": "x[t]", "weighted": "alpha * x[t]"}
MEMBERS = {f"{d}-{path}": (d, path) for d in DILATIONS for path in PATHS}
_WORDS = {"plain": "a plain path around", "weighted": "a path around that is weighted by α"}
FAMILY = Family(
    name="tcn",
    members={m: f"taps {d} steps apart and {_WORDS[path]}" for m, (d, path) in MEMBERS.items()},
    shown="tcn.block",
)
_SYMBOLS = (
    _sequence("x", _COLUMN_I, "input; zero before the first step", outside=True),
    _sequence("a", _COLUMN_H, "what comes out of the first convolution"),
    _sequence("u", _COLUMN_H, "its activation; zero before the first step", outside=True),
    _sequence("e", _COLUMN_I, "what comes out of the second convolution"),
    _sequence("v", _COLUMN_I, "its activation"),
    _sequence("z", _COLUMN_I, "the sum of the two paths"),
    _sequence("h", _COLUMN_I, "output of the block"),
    _sequence("y", _COLUMN_I, "what is wanted"),
    Symbol("P", ("H", "I"), "first convolution, tap of the present"),
    Symbol("Q", ("H", "I"), "first convolution, tap of the past"),
    Symbol("R", ("I", "H"), "second convolution, tap of the present"),
    Symbol("S", ("I", "H"), "second convolution, tap of the past"),
    Symbol("b", _COLUMN_H, "bias of the first convolution"),
    Symbol("c", _COLUMN_I, "bias of the second convolution"),
    _gradient("z", _COLUMN_I),
    _gradient("e", _COLUMN_I),
    _gradient("u", _COLUMN_H),
    _gradient("a", _COLUMN_H),
    _gradient("x", _COLUMN_I),
    _gradient("c", _COLUMN_I, sequence=False),
    _gradient("S", ("I", "H"), sequence=False),
    _gradient("Q", ("H", "I"), sequence=False),
)
_STEPS = (
    Step("dz[t]", "by the sum of the two paths", uses=()),
    Step("de[t]", "by what comes out of the second convolution", uses=("dz",)),
    Step("du[t]", "by the first convolution's activation", uses=("dz", "de")),
    Step("da[t]", "by what comes out of the first convolution", uses=("dz", "de", "du")),
    Step("dx[t]", "by the input: every path", uses=_BACK),
    Step("dc", "by the bias of the second convolution", uses=_BACK),
    Step("dS", "by the second convolution's tap of the past", uses=_BACK),
    Step("dQ", "by the first convolution's tap of the past", uses=_BACK),
)


def _version(member: str) -> DerivationExercise:
    dilation, path = MEMBERS[member]
    d = DILATIONS[dilation]
    alpha = Symbol("alpha", ("1", "1"), "weight of the path around", display=Display("α"))
    return DerivationExercise(
        name=f"tcn.block/{member}",
        title="A residual block of dilated causal convolutions: the gradients",
        symbols=(*_SYMBOLS, alpha) if path == "weighted" else _SYMBOLS,
        steps=_STEPS,
        functions=(*STANDARD, *_OPEN),
        network=(
            f"a[t] = b + P @ x[t] + Q @ x[t-{d}]",
            "u[t] = f(a[t])",
            f"e[t] = c + R @ u[t] + S @ u[t-{d}]",
            "v[t] = f(e[t])",
            f"z[t] = v[t] + {PATHS[path]}",
            "h[t] = f(z[t])",
        ),
        notes=(
            "The loss is L = ½ ∑ (h − y)², summed over channels and steps.",
            "f acts element by element and may be any function; df is its derivative.",
            "x and u are zero before the first step, every gradient after the last: the same line "
            "serves for every t.",
        ),
    )


PERSONAL = PersonalDerivation("tcn.block", FAMILY, {member: _version(member) for member in MEMBERS})
