"""What the language reads, what it refuses, and where it points."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rnncourse.derivation import LanguageError, Line, parse_line, read
from rnncourse.derivation.exercises import exercise
from rnncourse.derivation.nodes import walk
from rnncourse.derivation.spelling import normalise
from rnncourse.derivation.statics import same_text

GRADIENTS, DELTA = exercise("bptt.gradients"), exercise("bptt.delta")


def understood(text: str, spec=GRADIENTS) -> str:
    line = parse_line(text, spec)
    return " = ".join([str(line.target), *map(same_text, line.expressions)])


SAME = "dh[t] = V.T @ do[t] + W.T @ diag(1 - h[t+1]**2) @ dh[t+1]"


@pytest.mark.parametrize(
    "text",
    [
        SAME,
        "  dh [t]=V.T@do[t]+W.T@diag(1-h[t+1]**2)@dh[t+1]",
        "∇h[t] = Vᵀ·∇o[t] + Wᵀ·diag(1 − h[t+1]²)·∇h[t+1]",
        "∇_{h⁽ᵗ⁾} L = Vᵀ · ∇_{o⁽ᵗ⁾} L + W⊤ · diag(1 − (h⁽ᵗ⁺¹⁾)²) · ∇_{h⁽ᵗ⁺¹⁾}L",
        "∇_h[t] L = V^T @ ∇_o[t] L + W^{T} @ diag(1 - h[t+1]^2) @ ∇_h[t+1] L",
        "∂L/∂h[t] = V^⊤ @ ∂L/∂o[t] + W.T @ diag(1 - h[t+1]²) @ dL/dh[t+1]",
        "d_h[t] = W_ho.T @ d_o[t] + W_hh.T @ diag(1 - h[t+1]**2) @ d_h[t+1]",
        "dhₜ = V.T @ doₜ + W.T @ diag(1 - hₜ₊₁²) @ dhₜ₊₁",
        "dh_t = V.T @ do_t + W.T @ diag(1 - h_{t+1}^2) @ dh_{t+1}",
        "dh(t) = V.T @ do(t) + W.T @ diag(1 - h(t+1)**2) @ dh(t+1)",
        "dh^(t) = V.T @ do^{(t)} + W.T @ diag(1 - h^{<t+1>}**2) @ dh<t+1>",
        "dh[t] = transpose(V) @ do[t] + (W.T) @ diag(1 - h[1+t]**2) @ dh[t+2-1]",
    ],
)
def test_notations_mean_the_same(text):
    assert understood(text) == SAME


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("dh[τ] = Vᵀ @ do[τ]", "dh[T] = V.T @ do[T]"),
        ("do[t] = ŷ[t] − y[t]", "do[t] = yhat[t] - y[t]"),
        ("do[t] = y\u0302[t] - y[t]", "do[t] = yhat[t] - y[t]"),
        ("db = ∑_t(dh[t])", "db = sum(t, dh[t])"),
        ("db = Σ_{t} (dh[t])", "db = sum(t, dh[t])"),
        ("db = Σ(s, dh[s])", "db = sum(s, dh[s])"),
        ("do[t] = -(-y[t]) + +yhat[t]", "do[t] = --y[t] + yhat[t]"),
        ("dh[t-1] = dh[3]", "dh[t-1] = dh[3]"),
        ("dW = 2**-1 * W", "dW = 2**(-1) * W"),
    ],
)
def test_spellings(text, wanted):
    assert understood(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "δ^O(t) = f^O'(y_in(t)) ⊙ (−(d(t) − y(t)))",
            "delta_o[t] = df_O(y_in[t]) * -(d[t] - y[t])",
        ),
        ("δ_H[t] = (W^{HO})ᵀ · δ^{O}[t]", "delta_h[t] = W_ho.T @ delta_o[t]"),
        ("ΔW = −η · Σ_t(δ^H(t) · h(t−1)ᵀ)", "DW = -eta @ sum(t, delta_h[t] @ h[t-1].T)"),
    ],
)
def test_the_delta_lectures_notation(text, wanted):
    assert understood(text, DELTA) == wanted


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("dh[t] = V.T @ @ do[t]", "@", "missing between @ and @"),
        ("dh[t] = V do[t]", "do", "operator is missing"),
        ("dh[t] = V.T @ do[t] +", "+", "missing after +"),
        ("dc = sum(t, do[t]", "(", "never closed"),
        ("dc = sum(t, do[t]))", ")", "closes nothing"),
        ("dc = (do[T]]", "]", "was opened"),
        ("dh[t] = Vᵀ @ dz[t]", "dz", "not a symbol"),
        ("dh[t] = Vᵀ · ŷ[t] ≈ 3", "≈", "not part of the language"),
        ("dh[t] = V.T @ do", "do", "different at every step"),
        ("dh[t] = W[t] @ h[t]", "t", "same at every step"),
        ("dh[t] = V.T[t]", "V.T[t]", "right after the name"),
        ("dh[t] = h[t*2]", "t*2", "a step is"),
        ("dh[t] = h[h[t]]", "h[t]", "a step is"),
        ("dh[t] = t * h[t]", "t", "counts the steps"),
        ("dh[t] = tanh", "tanh", "is a function"),
        ("dh[t] = tanh(h[t], h[t])", "tanh(h[t], h[t])", "takes 1 argument"),
        ("dh[t] = sum(h[t])", "sum(h[t])", "over which steps"),
        ("dh[t] = sum(t, h[t])", "t", "sum over s instead"),
        ("dh[t] = sum(q, h[t])", "q", "a sum runs over"),
        ("dh[t] = sin(h[t])", "sin", "not a symbol"),
        ("dh[t] = lambda", "lambda", "not a symbol"),
        ("dh[t] = __import__('os')", "'", "not part of the language"),
        (r"dh[t] = \arctan(a[t])", "\\", r"character \ is not part of the language: this command"),
        ("dh[t] = h[t].shape", ".", "cannot stand"),
        ("dh[t] = [h[t]]", "[", "square brackets hold"),
        ("dh[t] = (h[t], h[t])", ",", "comma"),
        ("dh[t] + 1 = h[t]", "dh[t] + 1", "left of the = sign"),
        ("dh[t] = dx[t]", "dx", "not among the gradients"),
        ("dh[t] == h[t]", "==", "nothing between"),
        ("dh[t] = f(a=1)", "=", "inside brackets"),
        ("dh[t] = h[t] × W", "×", "several products"),
        ("dh[t] = 1234567890123 * h[t]", "1234567890123", "too many digits"),
    ],
)
def test_a_refusal_points_into_the_students_own_line(text, piece, message):
    with pytest.raises(LanguageError) as caught:
        parse_line(text, GRADIENTS)
    error = caught.value
    assert message in error.message
    assert text[error.column : error.column + error.length] == piece


def test_spans_are_the_students_columns():
    text = "∇h[t] = Vᵀ · ∇o[t] + Wᵀ · ∇a[t+1]"
    line = parse_line(text, GRADIENTS)
    pieces = {text[n.span.start : n.span.end] for n in walk(line.expressions[0])}
    assert {"Vᵀ · ∇o[t]", "∇a[t+1]", "Wᵀ"} <= pieces


def test_header_comments_and_blank_lines_say_nothing():
    text = (
        "%%derivation bptt.gradients\n\n# remark = nothing\ndc = sum(t, do[t])  # every step\n\r\n"
    )
    reading = read(text, GRADIENTS)
    assert [str(line.target) for line in reading.lines] == ["dc"]
    assert reading.lines[0].row == 3
    assert not reading.errors


def test_an_unfilled_cell_is_empty():
    assert read("# YOUR CODE HERE\nraise NotImplementedError()", GRADIENTS).entries == ()


def test_a_chain_may_go_over_several_lines():
    line, *rest = read("dh[t] = V.T @ do[t]\n      = do[t]\n  = V.T @ do[t]", GRADIENTS).entries
    assert isinstance(line, Line) and not rest
    assert len(line.expressions) == 3
    assert [e.span.row for e in line.expressions] == [0, 1, 2]


def test_a_broken_chain_is_refused_as_one_at_its_first_fault():
    text = "dh[t] = V.T @ do[t]\n = V.T @\n = W.T @\ndc = do[T]"
    error, line = read(text, GRADIENTS).entries
    assert isinstance(error, LanguageError) and error.row == 1 and error.target == "dh[t]"
    assert isinstance(line, Line)


def test_a_refused_line_still_knows_its_step():
    assert read("dh[t] = V.T @@ do[t]", GRADIENTS).errors[0].target == "dh[t]"
    assert read("??? = V.T", GRADIENTS).errors[0].target is None


@pytest.mark.parametrize(
    "text",
    [
        "dc = " + "(" * 500 + "1" + ")" * 500,
        "dc = " + "-" * 900 + "1",
        "dc = " + "+".join("1" * 400),
        "dc = " + "V.T" + ".T" * 200,
        "dc" + " = c" * 100,
        "dc = " + "9" * 900,
        "dc = 9**9**9**9**9",
        "\n".join(["dc = c"] * 5000),
        "dc = \0",
        "dc = \ud800",
        "dc = ((((((((((((((((((((((((c",
    ],
)
def test_size_and_depth_are_bounded(text):
    started = time.process_time()
    read(text, GRADIENTS)
    assert time.process_time() - started < 1.0  # seconds; a hang, not a speed, is what it would be


SNIPPETS = ["dh[t]", "V.T", "sum(t, ", "∇", "ᵀ", "⁽ᵗ⁾", "δ", "ŷ", "²", "Σ_t(", "∂L/∂", "lambda"]
SNIPPETS += ["if", "None", "1e9", "1_0", "0x1", "d⁺", "**"]
PIECES = st.sampled_from([*"()[]=+-*/@.,^_'<>{}|;:\\\"~` \t\n\0012345tTsh", *SNIPPETS])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=40).map("".join)))
@example("dh[t] = 0or 1")
@example("dh[t] = h[t]if h[t]else 1")
@example("=")
@example("= =")
@example("dh[t] = 007")
def test_no_text_raises_anything(text):
    for spec in (GRADIENTS, DELTA):
        for entry in read(text, spec).entries:
            assert isinstance(entry, Line | LanguageError)
            if isinstance(entry, LanguageError):
                assert entry.message
                row = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[entry.row]
                assert 0 <= entry.column <= max(len(row), 1)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_every_character_keeps_its_column(text):
    line = text.replace("\n", " ")
    try:
        spelled = normalise(line)
    except LanguageError:
        return
    assert len(spelled.text) == len(spelled.columns)
    assert all(0 <= c < max(len(line), 1) for c in spelled.columns)
