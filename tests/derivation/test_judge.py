"""The verdict on each step, on the public draws: what is wrong, in which words, at whose cost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.derivation import (
    Derivation,
    DerivationExercise,
    Display,
    Kind,
    State,
    Step,
    Symbol,
    judge_public,
)
from rnncourse.derivation.judge import judge
from rnncourse.derivation.values import Draw

RIGHT = """\
do[t] = yhat[t] - y[t]
dh[T] = V.T @ do[T]
dh[t] = V.T @ do[t] + W.T @ da[t+1]
da[t] = (1 - h[t]**2) * dh[t]
dc = sum(t, do[t])
db = sum(t, da[t])
dV = sum(t, do[t] @ h[t].T)
dW = sum(t, da[t] @ h[t-1].T)
dU = sum(t, da[t] @ x[t].T)
"""


def with_line(line: str) -> str:
    target = line.split("=")[0].strip()
    rest = [x for x in RIGHT.splitlines() if x.split("=")[0].strip() != target]
    return "\n".join([*rest, line])


def test_a_right_derivation_is_right():
    report = judge_public("bptt.gradients", Derivation(RIGHT, "bptt.gradients"))
    assert report.right and not report.notes
    assert all(s.state is State.RIGHT and not s.message for s in report.steps)


def test_an_empty_text_is_all_missing():
    report = judge_public("bptt.gradients", "")
    assert [s.state for s in report.steps] == [State.MISSING] * 8
    assert not report.right


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("dh[t] = V.T @ @ do[t]", Kind.LANGUAGE, "something is missing between @ and @"),
        ("db = da[t]", Kind.INDEX, "da[t]: which t? db stands for no single t"),
        ("dh[T] = V.T @ do[t]", Kind.INDEX, "which t?"),
        ("dV = sum(t, outer(h[t], do[t]))", Kind.SHAPE, "this is H×K, and dV is K×H"),
        ("dh[t] = V @ do[t]", Kind.SHAPE, "K×H @ K×1 does not fit"),
        ("dh[t] = da[t] / (1 - h[t]**2)", Kind.CIRCULAR, "dh[t] ← da[t] ← dh[t]"),
        ("dc = dV @ h[T]", Kind.NOT_ALLOWED, "to be written without dV"),
        ("dW = dU @ dU.T", Kind.NOT_ALLOWED, "of the gradients it may use do, dh, da"),
        ("do[t] = y[t] - yhat[t]", Kind.SIGN, "the sign is wrong"),
        ("dc = sum(t, do[t]) / 4", Kind.FACTOR, "0.25 times"),
        ("dc = sum(t, do[t]) * 0", Kind.FACTOR, "always zero"),
        ("dW = sum(t, h[t-1] @ da[t].T)", Kind.TRANSPOSED, "transpose"),
        ("dc = sum(t, do[t+1])", Kind.NO_SUCH_STEP, "do[t+1] does not exist at t = 4"),
        ("dc = log(-1) * sum(t, do[t])", Kind.NOT_FINITE, "not a finite number"),
        ("dc = 9**9**9**9 * do[T]", Kind.NOT_FINITE, "not a finite number"),
        ("dc = do[T]", Kind.VALUE, "wrong value: off by"),
        ("dW = sum(t, " + "+".join(["W@W@W"] * 24) + ")", Kind.VALUE, "wrong value"),
        (
            "dW = sum(t, sum(s, " + "+".join(["W@W@W"] * 20) + "))",
            Kind.WORK,
            "far more arithmetic",
        ),
    ],
)
def test_one_wrong_step_costs_one_step(line, kind, words):
    report = judge_public("bptt.gradients", with_line(line))
    target = line.split("=")[0].strip()
    wrong = report.step(target)
    assert wrong.kind is kind and wrong.state is State.WRONG
    assert words in wrong.message
    assert [s.target for s in report.steps if not s.right] == [target]


def test_right_at_some_steps_only():
    report = judge_public(
        "bptt.delta", "delta_h[t] = df_H(h_in[t]) * (W_ho.T @ delta_o[t])\n"
    )  # the future is missing: at the last step there is none
    assert report.step("delta_h[t]").message == "right at t = T, wrong at t = 1, 2, 3"


def test_a_wrong_value_never_shows_the_right_one():
    report = judge_public("bptt.gradients", with_line("dc = do[T]"))
    assert "sum" not in report.step("dc").message


@pytest.mark.parametrize(
    ("extra", "words"), [("0.001", "1e-03 of"), ("0.03", "3% of"), ("2", "2 times")]
)
def test_a_small_error_is_not_called_none(extra: str, words: str):
    report = judge_public("bptt.gradients", with_line(f"do[t] = yhat[t] - y[t] + {extra}*y[t]"))
    assert f"off by {words} the largest entry" in report.steps[0].message


def test_the_broken_link_of_a_chain():
    chain = "dh[t] = V.T @ do[t] + W.T @ da[t+1] = V.T @ do[t] + W.T @ dh[t+1] = V.T @ do[t]"
    step = judge_public("bptt.chain", chain).step("dh[t]")
    assert step.link == 2
    assert step.message.startswith("expression 2 of 3 (the expressions before it are right)")


def test_a_chain_too_short_or_repeating_itself():
    two = "dh[t] = V.T @ do[t] + W.T @ da[t+1] = V.T @ (yhat[t] - y[t]) + W.T @ da[t+1]"
    repeated = two + " = W.T@da[t+1] + (V.T@do[t])"
    for text in (two, repeated):
        step = judge_public("bptt.chain", text).step("dh[t]")
        assert step.kind is Kind.LINKS and "2 different expressions, and 3" in step.message


def test_two_lines_for_one_step_must_both_be_right_and_are_no_chain():
    report = judge_public("bptt.gradients", RIGHT + "dc = do[T]")
    assert not report.step("dc").right
    assert "more than once" in report.notes[0].message
    separate = "dh[t] = V.T @ do[t] + W.T @ da[t+1]\n" * 3
    assert judge_public("bptt.chain", separate).step("dh[t]").kind is Kind.LINKS


def test_one_readable_and_one_unreadable_line_is_wrong():
    assert judge_public("bptt.gradients", RIGHT + "dc = do[").step("dc").kind is Kind.LANGUAGE


def test_a_line_that_is_not_asked_for_does_no_harm():
    report = judge_public("bptt.gradients", RIGHT + "a[t] = b\nfoo = 3\nsome words")
    assert report.right
    said = [n.message for n in report.notes]
    assert "a[t] is not one of the steps" in said[0]
    assert "foo is not a symbol" in said[1] and "one step is one line" in said[2]
    assert [n.row for n in report.notes] == [9, 10, 11]


def test_a_missing_step_does_not_harm_those_that_use_it():
    report = judge_public("bptt.gradients", RIGHT.replace("do[t] = yhat[t] - y[t]\n", ""))
    assert [s.target for s in report.steps if not s.right] == ["do[t]"]


@pytest.mark.parametrize("helper", ["", "da[t] = dh[t]\n"])
def test_a_wrong_or_missing_helper_costs_the_first_step_that_uses_it(helper):
    text = RIGHT.replace("da[t] = (1 - h[t]**2) * dh[t]\n", helper)
    report = judge_public("bptt.gradients", text)
    assert [s.target for s in report.asked if not s.right] == ["dh[t]"]
    assert report.step("dh[t]").kind is Kind.HELPER
    assert len(report.steps) == (9 if helper else 8)


def test_a_helper_that_nobody_needs_is_not_missed():
    text = RIGHT.replace("da[t] = (1 - h[t]**2) * dh[t]\n", "")
    text = text.replace("da[t+1]", "((1 - h[t+1]**2) * dh[t+1])")
    assert judge_public("bptt.gradients", text.replace("da[t]", "((1-h[t]**2)*dh[t])")).right


def test_where_a_step_stands():
    text = "%%derivation bptt.gradients\n\ndc = do[T] + V.T @ do[T]"
    step = judge_public("bptt.gradients", text).step("dc")
    assert step.row == 2 and text.splitlines()[2][step.column :][: step.length] == (
        "do[T] + V.T @ do[T]"
    )


def test_an_unknown_exercise():
    with pytest.raises(ValueError, match=r"there is no derivation exercise 'bptt.x'; there are"):
        judge_public("bptt.x", "")


def test_the_immediate_and_the_total_derivative_are_two_symbols():
    # s[t] = w s[t-1], L = s[T]: total ds[t] = w ds[t+1], immediate 0 for t < T
    column = ("H", "1")
    immediate = Display("s", immediate=True)
    spec = DerivationExercise(
        name="immediate",
        title="",
        symbols=(
            Symbol("w", ("1", "1"), "weight"),
            Symbol(
                "ds", column, "total", first=1, derived=True, display=Display("s", gradient=True)
            ),
            Symbol("dplus_s", column, "immediate", first=1, derived=True, display=immediate),
        ),
        steps=(Step("ds[t]", "", times=("1", "T-1")), Step("dplus_s[t]", "", times=("1", "T-1"))),
        functions=(),
    )
    values = {"w": [[0.5]], "ds": [None, [[0.25]], [[0.5]], [[1.0]]]}
    values["dplus_s"] = [None, [[0.0]], [[0.0]], [[1.0]]]
    draw = Draw(3, {"H": 1}, values, {})
    right = "∂⁺L/∂s[t] = 0 * w\nds[t] = d⁺s[t] + w * ds[t+1]"
    assert judge(right, spec, [draw]).step("ds[t]").right
    assert not judge("ds[t] = dplus_s[t]", spec, [draw]).step("ds[t]").right


LINES = st.sampled_from(RIGHT.splitlines())
EDITS = st.tuples(
    st.integers(0, 60), st.integers(0, 6), st.text("()[]+-*@=.tTdhVW1 9'∇ᵀ", max_size=6)
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(LINES, EDITS), max_size=6))
def test_whatever_is_written_gets_a_verdict(edited):
    rows = [line[:at] + new + line[at + cut :] for line, (at, cut, new) in edited]
    for name in ("bptt.gradients", "bptt.chain"):
        report = judge_public(name, "\n".join(rows))
        assert all(bool(s.message) != s.right for s in report.steps)
        assert all(s.kind for s in report.steps if not s.right)
