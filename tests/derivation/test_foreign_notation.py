"""Whatever a student may type or paste: understood, or refused at its character with what to do."""

import pytest

from rnncourse.derivation import LanguageError, judge_public, parse_line, read
from rnncourse.derivation.exercises import exercise
from rnncourse.derivation.pointing import pointed, underlined
from rnncourse.derivation.statics import same_text
from rnncourse.notebook.preview import Preview

GRADIENTS = exercise("bptt.gradients")
SAME = "dh[t] = V.T @ do[t] + W.T @ diag(1 - h[t+1]**2) @ dh[t+1]"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            r"\nabla_{h^{(t)}} L = V^\top \cdot \nabla_{o^{(t)}} L + W^{\top} \cdot "
            r"\operatorname{diag}\left(1 - (h^{(t+1)})^2\right) \cdot \nabla_{h^{(t+1)}} L",
            SAME,
        ),
        (
            r"\frac{\partial L}{\partial h^{(t)}} = V^T @ \frac{\partial L}{\partial o^{(t)}} + "
            r"W^T @ \mathrm{diag}(1 - (h^{(t+1)})^2) @ \frac{\partial L}{\partial h^{(t+1)}}",
            SAME,
        ),
        (SAME.replace("diag", "np.diag"), SAME),
        (SAME.replace("dh[t]", "\ufeffdh\u200b[t]", 1), SAME),
        (r"dc = \sum_{t=1}^{T} (\nabla_{o^{(t)}} L)", "dc = sum(t, do[t])"),
        (r"dc = \sum_t (do[t])", "dc = sum(t, do[t])"),
        (r"do[t] = \hat{y}^{(t)} - y^{(t)}", "do[t] = yhat[t] - y[t]"),
        (r"dW = \sum_t (da[t] \cdot h[t-1]^\top)", "dW = sum(t, da[t] @ h[t-1].T)"),
        ("dW = np.sum(t, np.outer(da[t], h[t-1]))", "dW = sum(t, outer(da[t], h[t-1]))"),
        (r"da[t] = (1 - np.tanh(a[t])**2) \odot dh[t]", "da[t] = (1 - tanh(a[t])**2) * dh[t]"),
    ],
)
def test_what_is_pasted_from_latex_or_numpy_is_understood(text, wanted):
    line = parse_line(text, GRADIENTS)
    assert " = ".join([str(line.target), *map(same_text, line.expressions)]) == wanted


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("dh[t] == V.T @ do[t]", "==", "one is enough"),
        ("dh[t] := V.T @ do[t]", ":=", "write = alone"),
        ("dW += da[t] @ h[t-1].T", "+=", "sum(t, …)"),
        ("dh[t] => V.T @ do[t]", "=>", "written with ="),
        ("dh[t] = V.T @ do[t] + dh_t+1", "dh_t+1", "dh[t+1] for another step"),
        ("dh[t] = V.T.dot(do[t])", ".dot(", "with @"),
        ("dh[t] = np.dot(V.T, do[t])", "dot(", "with @"),
        ("dh[t] = np.multiply(h[t], h[t])", "multiply(", "with *"),
        ("dh[t] = V.transpose() @ do[t]", ".transpose(", ".T"),
        ("dc = do.sum()", ".sum(", "sum(t, …)"),
        ("dh[t] = V' @ do[t]", "'", ".T for a transpose"),
        ("dh[t] = V’ @ do[t]", "’", ".T for a transpose"),
        ("dh[t] = 0,5 * h[t]", "0,5", "decimal point"),
        (r"dh[t] = \frac{1}{2} h[t]", "\\", "a / b"),
        ("dh[t] = $V.T @ do[t]$", "$", "dollar"),
        ("dh[t] = {V.T} @ do[t]", "{", "round and square"),
        ("dh[t] = |h[t]|", "|", "absolute"),
        ("dh[t] = V.T @ do[t];", ";", "own line"),
        ("dh[t] = V.T @ do[0:t]", ":", "one step"),
        ("dh[t] = V.T @ do[t", "[", "never closed"),
        ("dh[t] = 2 h[t]", "h", "operator is missing"),
        ("dh[t] = (h[t])(h[t])", "(", "operator is missing"),
        ("dh[t] = for", "for", "not a symbol"),
        ("dh[t] = V.T @ yhatt[t]", "yhatt", "did you mean yhat"),
        ("dh[t] = Tanh(h[t])", "Tanh", "did you mean tanh"),
        ("dh[t] =", "=", "nothing stands"),
        ("dh[t]", "dh[t]", "one step is one line"),
    ],
)
def test_what_is_refused_is_refused_where_it_stands_with_what_to_write(text, piece, message):
    with pytest.raises(LanguageError) as caught:
        parse_line(text, GRADIENTS)
    error = caught.value
    assert message in error.message
    assert text[error.column : error.column + error.length] == piece


@pytest.mark.parametrize("text", ["dh[t] = V × do[t]", "dh[t] := do[t]", "dh[t] += V.T @ do[t]"])
def test_a_line_refused_for_a_character_still_counts_for_its_step(text):
    assert read(text, GRADIENTS).errors[0].target == "dh[t]"
    step = judge_public("bptt.gradients", text).step("dh[t]")
    assert step.state == "wrong" and step.kind == "not in the language"


def test_a_piece_that_stands_twice_is_marked_within_its_line():
    line = "dh[t] = V.T @ @ do[t]"
    assert pointed([line], 0, 14, 1) == "dh[t] = V.T @ ▸@◂ do[t]"
    assert pointed([line], 0, 8, 3) == "V.T"
    assert pointed([line], 3, 0, 1) == pointed([line], 0, 99, 1) == ""


def test_carets_stand_under_the_piece_whatever_its_characters():
    shown = repr(Preview.of("bptt.gradients", "dh[t] = V.T @ @ do[t]"))
    _, line, carets = shown.splitlines()[:3]
    assert line[carets.index("^")] == "@" and carets.count("^") == 1
    assert underlined("y\u0302＝", "ab", "c").splitlines()[1] == "    " + " " * 3 + "^^"
