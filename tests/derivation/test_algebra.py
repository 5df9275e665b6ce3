"""The evaluator against NumPy, and the shapes as on paper."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.derivation import LanguageError, parse_line
from rnncourse.derivation.algebra import Evaluator, StepError, TooLong
from rnncourse.derivation.exercises import exercise, public_draw
from rnncourse.derivation.shapes import ShapeError, infer

SPEC = exercise("bptt.gradients")
DRAW = public_draw("bptt.gradients")
VALUES = {k: v for k, v in DRAW.values.items()}


def value(text: str, target: str = "dh[t]", t: int = 2) -> np.ndarray:
    line = parse_line(f"{target} = {text}", SPEC)
    return np.array(Evaluator(SPEC, DRAW)(line.expressions[0], {"t": t}))


def at(name: str, t: int | None = None) -> np.ndarray:
    return np.array(VALUES[name] if t is None else VALUES[name][t])


W, V, U = at("W"), at("V"), at("U")
H2, X2 = at("h", 2), at("x", 2)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("W @ h[t]", W @ H2),
        ("W.T @ h[t-1]", W.T @ at("h", 1)),
        ("h[t] * a[t] / 2", H2 * at("a", 2) / 2),
        ("1 - h[t]**2", 1 - H2**2),
        ("-h[t]**2", -(H2**2)),
        ("2**-1 * W", W / 2),
        ("diag(h[t]) @ W", np.diag(H2[:, 0]) @ W),
        ("outer(h[t], x[t])", H2 @ X2.T),
        ("(h[t] @ x[t].T).T", X2 @ H2.T),
        ("tanh(a[t]) + sigmoid(a[t])", np.tanh(at("a", 2)) + 1 / (1 + np.exp(-at("a", 2)))),
        ("exp(log(h[t]**2))", H2**2),
        ("softmax(o[t])", at("yhat", 2)),
        ("sum(s, h[s])", sum(at("h", s) for s in range(1, 5))),
        ("sum(s, h[s-1] @ h[t].T)", sum(at("h", s - 1) for s in range(1, 5)) @ H2.T),
        ("h[0] + h[T] + h[T-1] + h[3]", at("h", 0) + at("h", 4) + 2 * at("h", 3)),
        ("(h[t].T @ h[t]) * W", (H2.T @ H2) * W),
        ("h[t].T @ h[t] @ W", (H2.T @ H2) * W),
        ("2 @ h[t]", 2 * H2),
        ("1 / h[t]", 1 / H2),
    ],
)
def test_it_computes_what_numpy_computes(text, wanted):
    np.testing.assert_allclose(value(text), wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0 / (h[t] - h[t])", math.isnan), ("log(-1 - h[t]**2)", math.isnan),
     ("(-1 - h[t]**2)**0.5", math.isnan), ("exp(999 + 9999 * h[t]**2)", math.isinf),
     ("(1 / (h[t] - h[t]))**-1", math.isnan), ("9**9**9**9 * h[t]", lambda v: not math.isfinite(v)),
     ("0**-1 * h[t]", math.isnan)],
)  # fmt: skip
def test_what_is_not_defined_is_nan_or_infinite(text, wanted):
    assert all(wanted(v) for v in value(text).ravel())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("V @ do[t]", "V is K×H and do[t] is K×1: K×H @ K×1 does not fit"),
        ("V.T + W", "V.T is H×K and W is H×H: H×K + H×H does not fit"),
        ("h[t] * do[t]", "H×1 * K×1 does not fit"),
        ("W + h[t]", "H×H + H×1 does not fit"),
        ("2**h[t]", "an exponent is a number"),
        ("W**W", "an exponent is a number"),
        ("diag(W)", "diag takes a column vector, and W is H×H"),
        ("outer(h[t], x[t].T)", "outer takes a column vector, and x[t].T is 1×I"),
        ("softmax(W)", "softmax takes a column vector"),
    ],
)
def test_shapes_that_do_not_fit_are_both_named(text, message):
    expression = parse_line(f"dh[t] = {text}", SPEC).expressions[0]
    with pytest.raises(ShapeError) as caught:
        infer(expression, SPEC)
    assert message in caught.value.message


def test_the_shape_error_is_at_the_innermost_place():
    text = "dh[t] = W.T @ (V @ do[t]) + 1"
    with pytest.raises(ShapeError) as caught:
        infer(parse_line(text, SPEC).expressions[0], SPEC)
    assert text[caught.value.span.start : caught.value.span.end] == "V @ do[t]"


def test_a_step_that_does_not_exist():
    with pytest.raises(StepError, match=r"dh\[t\+1\] does not exist at t = 4.*steps 1 to T"):
        value("dh[t+1]", t=4)
    with pytest.raises(StepError, match=r"x\[t-1\] does not exist at t = 1"):
        value("x[t-1]", t=1)


def test_after_the_last_step_delta_is_zero_and_no_further():
    spec, draw = exercise("bptt.delta"), public_draw("bptt.delta")
    evaluate = Evaluator(spec, draw)
    after = parse_line("delta_h[t] = delta_h[T+1]", spec).expressions[0]
    assert evaluate(after, {"t": 1}) == [[0.0]] * 3
    with pytest.raises(StepError):
        evaluate(parse_line("delta_h[t] = delta_h[T+2]", spec).expressions[0], {"t": 1})


def test_the_work_is_bounded():
    with pytest.raises(TooLong):
        value("sum(t, sum(s, " + "+".join(["W@W@W"] * 20) + "))", target="dW")


# trees of small expressions, some of which fit and some of which do not
ATOMS = st.sampled_from(["h[t]", "do[t]", "x[t]", "W", "V", "U", "2", "h[t-1].T", "W.T", "dh[T]"])
TREES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "@", "**"]), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        inner.map(lambda e: f"-{e}"),
        inner.map(lambda e: f"tanh({e})"),
        inner.map(lambda e: f"diag({e})"),
        inner.map(lambda e: f"sum(s, {e})"),
        st.tuples(inner, inner).map(lambda p: f"outer({p[0]}, {p[1]})"),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(TREES)
def test_the_inferred_shape_is_the_values_shape(text):
    try:
        expression = parse_line(f"dh[t] = {text}", SPEC).expressions[0]
        shape = infer(expression, SPEC)
    except (LanguageError, ShapeError):
        return
    got = Evaluator(SPEC, DRAW)(expression, {"t": 2})
    assert (len(got), len(got[0])) == tuple(DRAW.size(d) for d in shape)


def _by_numpy(text: str) -> np.ndarray:
    names = {"W": W, "V": V, "U": U, "tanh": np.tanh, "np": np}
    for name in ("h", "do", "x", "dh"):
        names[name] = [None if v is None else np.array(v) for v in VALUES[name]]
    names |= {"t": 2, "T": 4, "diag": lambda v: np.diag(v[:, 0]), "outer": lambda a, b: a @ b.T}
    names["sum"] = lambda s, body: 4 * body  # nothing in the trees depends on s
    return eval(text.replace("2", "np.full((1, 1), 2.0)"), {"s": None, **names})


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TREES.filter(lambda text: "/" not in text and "2 @" not in text and "**" not in text))
def test_trees_agree_with_numpy(text):
    try:
        expression = parse_line(f"dh[t] = {text}", SPEC).expressions[0]
        infer(expression, SPEC)
        wanted = np.atleast_2d(_by_numpy(text))
    except (LanguageError, ShapeError, ValueError):  # NumPy does not scale by a 1×1 with @
        return
    got = np.array(Evaluator(SPEC, DRAW)(expression, {"t": 2}))
    np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)
