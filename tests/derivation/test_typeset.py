"""Lines as LaTeX and as MathML."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.derivation import (
    DerivationExercise,
    Display,
    LanguageError,
    Step,
    Symbol,
    parse_line,
)
from rnncourse.derivation.exercises import EXERCISES, exercise
from rnncourse.derivation.typeset import to_latex, to_mathml

GRADIENTS, DELTA = exercise("bptt.gradients"), exercise("bptt.delta")


def latex(text: str, spec=GRADIENTS) -> str:
    return to_latex(parse_line(text, spec), spec).partition(" = ")[2]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("do[t] = yhat[t] - y[t]", r"\hat{y}^{(t)}-y^{(t)}"),
        ("dc = V @ h[t-1]", r"V\,h^{(t-1)}"),
        ("dc = h[t-1].T", r"h^{(t-1)\top}"),
        ("dc = dh[t].T", r"\left(\nabla_{h^{(t)}}\,L\right)^{\top}"),
        ("dc = outer(do[t], h[3])", r"\nabla_{o^{(t)}}\,L\,h^{(3)\top}"),
        ("dc = h[t]**2", r"\left(h^{(t)}\right)^{2}"),
        ("dc = 2 * h[t]", r"2\,h^{(t)}"),
        ("dc = h[t] / 2", r"\frac{h^{(t)}}{2}"),
        ("dc = h[t] / a[t]", r"h^{(t)}\oslash a^{(t)}"),
        ("dc = a[t] - (h[t] - x[t])", r"a^{(t)}-\left(h^{(t)}-x^{(t)}\right)"),
        ("dc = a[t] - h[t] - x[t]", r"a^{(t)}-h^{(t)}-x^{(t)}"),
        ("dc = W @ (a[t] * h[t])", r"W\,\left(a^{(t)}\odot h^{(t)}\right)"),
        ("dc = (W @ a[t]) * h[t]", r"\left(W\,a^{(t)}\right)\odot h^{(t)}"),
        ("dc = sum(t, a[t] + b)", r"\sum_{t=1}^{T}\,\left(a^{(t)}+b\right)"),
        ("dc = sum(t, a[t]) * b", r"\left(\sum_{t=1}^{T}\,a^{(t)}\right)\odot b"),
        ("dc = a[t] * -b", r"a^{(t)}\odot \left(-b\right)"),
        ("dc = diag(b)", r"\operatorname{diag}\left(b\right)"),
    ],
)
def test_latex(text, wanted):
    assert latex(text) == wanted


def test_an_activation_and_its_derivative():
    line = "delta_h[t] = df_H(h_in[t]) * f_O(y_in[t])"
    assert latex(line, DELTA) == (
        r"f^{\operatorname{H}\prime}\left(h^{\operatorname{in}(t)}\right)"
        r"\odot f^{\operatorname{O}}\left(y^{\operatorname{in}(t)}\right)"
    )


def test_a_chain_is_aligned():
    text = to_latex(parse_line("dc = c = b", GRADIENTS), GRADIENTS)
    assert text == r"\begin{aligned} \nabla_{c}\,L &= c \\ &= b \end{aligned}"


def test_an_immediate_derivative():
    symbol = Symbol("dplus_s", ("H", "1"), "", first=1, display=Display("s", immediate=True))
    spec = DerivationExercise("x", "", (symbol,), (Step("dplus_s[t]", ""),), ())
    line = parse_line("d⁺s[t] = d⁺s[t]", spec)
    assert to_latex(line, spec).startswith(r"\frac{\partial ^{+}L}{\partial s^{(t)}} = ")
    assert "∂" in to_mathml(line, spec)


@pytest.mark.parametrize("name", EXERCISES)
def test_mathml_is_well_formed_for_all_symbols_and_functions(name):
    spec = EXERCISES[name]
    column = next(s for s in spec.symbols if s.shape[1] == "1" and s.is_sequence)
    texts = [f"{s.name}{'[t]' * s.is_sequence}" for s in spec.symbols]
    texts += [f"{f.name}({column.name}[t+1])" for f in spec.functions]
    for text in texts:
        line = parse_line(f"{spec.steps[0].target} = {text}", spec)
        root = ElementTree.fromstring(to_mathml(line, spec))
        assert root.tag == "math"
        assert to_latex(line, spec).count("{") == to_latex(line, spec).count("}")


TEXTS = st.recursive(
    st.sampled_from(["h[t]", "W", "2", "do[t].T", "3.5"]),
    lambda e: st.one_of(
        st.tuples(e, st.sampled_from("+-*/@"), e).map(lambda p: f"({p[0]}{p[1]}{p[2]})"),
        e.map(lambda x: f"({x})**2"),
        e.map(lambda x: f"sum(s, {x})"),
        e.map(lambda x: f"-{x}"),
        st.tuples(e, e).map(lambda p: f"outer({p[0]}, {p[1]})"),
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TEXTS)
def test_whatever_is_read_can_be_set(text):
    try:
        line = parse_line(f"dh[t] = {text}", GRADIENTS)
    except LanguageError:  # a sum over s within a sum over s
        return
    ElementTree.fromstring(to_mathml(line, GRADIENTS))
    shown = to_latex(line, GRADIENTS)
    assert shown.count(r"\left(") == shown.count(r"\right)")
