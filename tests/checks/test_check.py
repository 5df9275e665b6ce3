"""What a student is told: right, wrong, broken and half-finished answers, in words."""

import os
import subprocess
import sys

import numpy as np
import pytest

from rnncourse.checks import CheckFailed, batch_first, check
from rnncourse.checks.check import examine
from rnncourse.checks.registry import find
from rnncourse.checks.report import Line, Report


def right_forward(params, x, y, h0):
    truth = find("bptt.forward").solve(params, x, y, h0)
    return truth["h"], truth["y_hat"], truth["loss"]


def test_a_right_answer_passes_and_says_so(capsys):
    check("bptt.forward", right_forward)
    assert "✓ bptt.forward: all right (2 visible cases)" in capsys.readouterr().out


def test_a_wrong_answer_raises_with_the_diagnosis_alone():
    def rnn_forward(params, x, y, h0):
        h, y_hat, loss = right_forward(params, x, y, h0)
        return h, y_hat, loss * x.shape[1]

    with pytest.raises(CheckFailed) as caught:
        check("bptt.forward", rnn_forward)
    shown = "\n".join(caught.value._render_traceback_())
    assert "2 of 3 right" in shown
    assert "✗ loss is too large by the factor 4, the number of sequences B" in shown
    assert "✓ h" in shown
    assert "Traceback" not in shown
    assert "rnncourse/" not in shown


class Page:
    """What IPython is in a notebook."""

    kernel = object()


@pytest.fixture
def page(monkeypatch):
    """Everything that is shown on the page of a notebook."""
    import IPython
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", Page)
    monkeypatch.setattr(IPython.display, "publish_display_data", shown.append)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return shown


def test_on_a_page_the_report_is_shown_and_the_error_is_one_line(page):
    with pytest.raises(CheckFailed) as caught:
        check("bptt.forward", lambda params, x, y, h0: (1, 2))
    assert caught.value._render_traceback_() == ["bptt.forward: not right yet"]
    assert "returned 2 things" in page[0]["text/html"]
    assert "returned 2 things" in page[0]["text/plain"]
    check("bptt.forward", right_forward)
    assert "all right" in page[1]["text/html"]


def test_nbgraders_validation_gets_the_whole_diagnosis_in_the_error(page, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(CheckFailed) as caught:
        check("bptt.forward", lambda params, x, y, h0: (1, 2))
    assert "returned 2 things" in "\n".join(caught.value._render_traceback_())
    assert page == []


def test_a_second_case_is_named():
    def rnn_forward(params, x, y, h0):
        h, y_hat, loss = right_forward(params, x, y, h0)
        return (h if len(x) > 1 else 2 * h), y_hat, loss

    text = examine("bptt.forward", rnn_forward).text().replace("\n    ", " ")
    assert "Right in the first case; this is one with T = 1, B = 1, I = 3, H = 5" in text


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((1, 2), "not its result (got a tuple)"),
        (None, "got a NoneType"),
        ("rnn_forward", "without quotation marks"),
    ],
)
def test_what_is_no_function(answer, says):
    report = examine("bptt.forward", answer)
    assert says in report.problem
    assert not report.passed


def test_no_answer_at_all():
    assert "two things are wanted" in examine("bptt.forward").problem


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bptt.foward", "Did you mean 'bptt.forward'?"),
        ("lstm", "There are bptt.forward"),
        ("", "There are"),
    ],
)
def test_an_unknown_exercise(name, says):
    assert says in examine(name, right_forward).problem


def test_the_stub_is_not_written_yet():
    def rnn_forward(params, x, y, h0):
        raise NotImplementedError()

    report = examine("bptt.forward", rnn_forward)
    assert report.missing
    assert report.text() == "· bptt.forward: not written yet"


def test_a_missing_return():
    def rnn_forward(params, x, y, h0):
        right_forward(params, x, y, h0)

    assert "Is the `return` missing?" in examine("bptt.forward", rnn_forward).problem


def test_an_exception_names_the_line_of_the_students_code():
    def rnn_forward(params, x, y, h0):
        def inner(t):
            return x[t + 100]

        return inner(3)

    problem = examine("bptt.forward", rnn_forward).problem
    assert "it stopped with IndexError in line" in problem
    assert "`return x[t + 100]`" in problem
    assert "T = 6, B = 4, I = 3, H = 5" in problem


def test_an_exception_inside_numpy_still_names_the_students_line():
    def rnn_forward(params, x, y, h0):
        return np.linalg.inv(x[0])

    problem = examine("bptt.forward", rnn_forward).problem
    assert "LinAlgError" in problem
    assert "`return np.linalg.inv(x[0])`" in problem


def test_a_wrong_key_lists_the_right_ones():
    def rnn_forward(params, x, y, h0):
        return params["W_xh"]

    problem = examine("bptt.forward", rnn_forward).problem
    assert "there is no key 'W_xh'; params has W_ih, W_hh, W_ho, b_h, b_o" in problem


def test_a_signature_that_does_not_fit():
    def rnn_forward(x, params):
        return None

    problem = examine("bptt.forward", rnn_forward).problem
    assert "called as rnn_forward(params, x, y, h0), with 4 arguments" in problem
    assert "rnn_forward(x, params)" in problem


def test_changed_arguments_and_warnings_are_notes():
    def rnn_forward(params, x, y, h0):
        answer = right_forward(params, x, y, h0)
        h0 += 1
        params["W_hh"][0, 0] = np.exp(1000.0)
        return answer

    report = examine("bptt.forward", rnn_forward)
    assert report.passed
    notes = " ".join(report.notes)
    assert "changes its arguments params['W_hh'], h0:" in notes
    assert "overflow" in notes


def test_arguments_of_one_call_do_not_reach_the_next():
    seen = []

    def rnn_forward(params, x, y, h0):
        seen.append(x.copy())
        x[:] = 0
        return right_forward(params, x, y, h0)

    examine("bptt.forward", rnn_forward)
    examine("bptt.forward", rnn_forward)
    np.testing.assert_array_equal(seen[0], seen[2])  # two cases in each check


def test_batch_first_functions_are_checked_as_time_major():
    @batch_first
    def rnn_forward(params, x, y, h0):
        h, y_hat, loss = right_forward(params, x.swapaxes(0, 1), y.T, h0)
        return h.swapaxes(0, 1), y_hat.swapaxes(0, 1), loss

    assert examine("bptt.forward", rnn_forward).passed


@pytest.mark.parametrize("exercise", ["bptt.forward", "bptt.backward", "bptt.truncated"])
def test_the_reference_passes_its_own_check(exercise):
    found = find(exercise)

    def answer(*args):
        truth = found.solve(*args)
        return {output.name: truth[output.name] for output in found.outputs}

    assert examine(exercise, answer).passed


def test_in_grading_a_check_only_says_so(monkeypatch, capsys):
    monkeypatch.setenv("RNNCOURSE_GRADING", "1")
    check("bptt.forward", None)
    check("nothing of the kind")
    assert "judged from outside" in capsys.readouterr().out


def test_in_grading_neither_references_nor_specifications_are_needed():
    """As in the sandbox: the forbidden modules raise when they are imported."""
    from rnncourse.checks.exercises.bptt import FORBIDDEN

    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({FORBIDDEN!r}))\n"
        "from rnncourse.checks import batch_first, check\n"
        "check('bptt.forward', None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "RNNCOURSE_GRADING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_derivations_are_judged_and_pieces_quoted():
    text = "do[t] = yhat[t] - y[t]\ndh[T] = do[T] @ V\n"
    report = examine("bptt.gradients", text)
    by_name = {line.name: line for line in report.lines}
    assert by_name["do[t]"].right
    assert not by_name["dh[T]"].right
    assert "`" in by_name["dh[T]"].message
    assert not report.passed


def test_an_empty_derivation_is_not_written_yet():
    report = examine("bptt.delta", "# one line for each step\n")
    assert report.missing
    assert "asked for: delta_o[t], delta_h[t], DW" in report.text()


def test_steps_without_a_line_are_one_line_of_the_report():
    report = examine("bptt.delta", "delta_o[t] = df_O(y_in[t]) * (y[t] - d[t])\ndelta_h[t] = 1")
    rows = report.text().splitlines()
    assert rows[1].startswith("  ✓ delta_o[t]") and rows[2].startswith("  ✗ delta_h[t]")
    assert rows[-1] == "  · still to write: DW"
    assert report.html().count("<li>") == 3 and "still to write: <code>DW</code>" in report.html()
    assert "1 of 3 right" in report.headline


def test_a_function_is_no_derivation():
    assert "text of the derivation is wanted" in examine("bptt.gradients", len).problem


def test_the_text_of_another_derivation_is_refused():
    from rnncourse.derivation import Derivation

    report = examine("bptt.gradients", Derivation("DW = eta", "bptt.delta"))
    assert "text of bptt.delta" in report.problem


def test_html_escapes_and_carries_the_verdict_in_words():
    report = Report("x", (Line("a", True), Line("b", False, "b holds <script> in `x < 1`")))
    page = report.html()
    assert "<script>" not in page
    assert "<code>x &lt; 1</code>" in page
    assert 'aria-label="not right"' in page


def test_a_check_is_quick():
    """A budget in calls, not in seconds: two visible cases, one call each."""
    calls = []

    def rnn_backward(*args):
        calls.append(1)
        truth = find("bptt.backward").solve(*args)
        return {o.name: truth[o.name] for o in find("bptt.backward").outputs}

    examine("bptt.backward", rnn_backward)
    assert len(calls) == len(find("bptt.backward").public_options)
