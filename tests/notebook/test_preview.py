"""What the derivation cell shows, without a browser."""

import builtins
import json
from xml.etree import ElementTree

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import rnncourse.notebook.magic as magic
from rnncourse.derivation import Derivation
from rnncourse.notebook import load_ipython_extension
from rnncourse.notebook.preview import Preview
from rnncourse.notebook.widget import DerivationWidget

TEXT = """\
do[t] = yhat[t] - y[t]
dh[T] = V @ do[T]
dc = sum(t, do[t]
a[t] = b
"""


def test_the_state_of_each_line():
    preview = Preview.of("bptt.gradients", TEXT)
    assert [line.state for line in preview.lines] == ["fits", "wrong", "wrong", "unasked"]
    assert [bool(line.mathml) for line in preview.lines] == [True, True, False, True]
    shape, open_bracket = preview.lines[1], preview.lines[2]
    assert "K×H @ K×1 does not fit" in shape.message and shape.piece == "V @ do[T]"
    assert (open_bracket.before, open_bracket.piece) == ("dc = sum", "(")
    assert shape.before + shape.piece + shape.after == "dh[T] = V @ do[T]"


def test_the_state_of_each_step():
    states = {s.target: s.state for s in Preview.of("bptt.gradients", TEXT).steps}
    assert states["do[t]"] == "fits" and states["dh[T]"] == states["dc"] == "wrong"
    assert states["dW"] == "missing" and states["da[t]"] == "missing"


def test_values_are_not_looked_at():
    preview = Preview.of("bptt.gradients", "do[t] = y[t] - yhat[t]")
    assert preview.lines[0].state == "fits"


def test_one_bad_line_of_two_is_wrong_whatever_the_order():
    for text in ("dc = do[T]\ndc = c +", "dc = c +\ndc = do[T]"):
        states = {s.target: s.state for s in Preview.of("bptt.gradients", text).steps}
        assert states["dc"] == "wrong"


def test_what_the_student_wrote_is_escaped():
    preview = Preview.of("bptt.gradients", "dc = <img src=x onerror=alert(1)>\n<script> = c")
    shown = preview._repr_html_()
    assert "<img" not in shown and "<script" not in shown
    assert "&lt;" in shown
    for line in Preview.of("bptt.gradients", TEXT).lines:
        if line.mathml:
            ElementTree.fromstring(line.mathml)


def test_a_preview_as_text_names_what_is_missing():
    shown = repr(Preview.of("bptt.chain", ""))
    assert shown == "still to write: dh[t]"
    assert "Nothing is written yet" in Preview.of("bptt.chain", "")._repr_html_()


@pytest.fixture
def shell():
    shell = InteractiveShell()
    load_ipython_extension(shell)
    return shell


def test_the_magic_binds_the_text_and_runs_nothing(shell):
    with capture_output() as captured:
        shell.run_cell("%%derivation bptt.gradients\ndo[t] = yhat[t] - y[t]\n")
    text = shell.user_ns["gradients"]
    assert isinstance(text, Derivation) and text.exercise == "bptt.gradients"
    assert text == "do[t] = yhat[t] - y[t]\n"
    assert "reads, and its shapes fit" in captured.stdout


def test_the_widget_carries_a_plain_rendering_along():
    widget = DerivationWidget("bptt.gradients", TEXT)
    bundle = widget._repr_mimebundle_()
    data = bundle[0]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<math" in data["text/html"] and "still to write" in data["text/plain"]
    widget.close()


@pytest.mark.parametrize("name", ["", "bptt.other", "bptt.gradients extra"])
def test_an_unknown_exercise_is_said(shell, name):
    with pytest.raises(UsageError, match=r"there are bptt\.gradients, bptt\.delta, bptt\.chain"):
        shell.run_cell_magic("derivation", name, "dc = do[T]")


def test_without_anywidget_there_is_a_plain_rendering(monkeypatch):
    monkeypatch.setattr(magic, "find_spec", lambda name: None)
    assert isinstance(magic.shown("bptt.chain", "", print), Preview)


def test_what_is_typed_is_what_check_will_judge():
    kept = []
    widget = magic.shown("bptt.chain", "dh[t] = V @ do[t]", kept.append)
    widget.set_state({"text": "dh[t] = V.T @ do[t]"})
    assert kept == ["dh[t] = V.T @ do[t]"]
    widget.close()


def test_the_widget_answers_what_the_browser_sends():
    widget = DerivationWidget("bptt.chain", "dh[t] = V @ do[t]")
    assert widget.view["lines"][0]["state"] == "wrong"
    widget.set_state({"text": "dh[t] = V.T @ do[t]"})
    assert widget.view["lines"][0]["state"] == "fits"
    json.dumps(widget.view)
    widget.set_state({"text": "dc = \0" * 100_000})  # whatever comes, a view goes back
    assert len(widget.view["lines"]) <= 61
    widget.close()


def test_the_library_itself_needs_no_widget(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.split(".")[0] in ("anywidget", "ipywidgets", "numpy", "torch"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert Preview.of("bptt.delta", "DW = eta * W_hh").lines[0].state == "fits"
