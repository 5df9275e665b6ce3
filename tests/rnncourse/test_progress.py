"""The progress bar: seen in a terminal and in a notebook, silent elsewhere."""

import io
import sys

import IPython.display
import pytest

from rnncourse import _progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def work():
    for step in range(1, 4):
        yield step, f"loss {step / 8}"


def test_in_a_terminal_it_shows_and_goes_away(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with _progress.bar(total=4, begun=1) as show:
        for step, words in work():
            show(step, words)
    drawn = sys.stderr.getvalue()
    assert "3/4" in drawn
    assert "loss 0.375" in drawn
    assert drawn.rstrip().endswith("\x1b[2K")  # the line is cleared


@pytest.mark.parametrize("where", [io.StringIO(), None])
def test_silent_where_the_output_is_no_terminal(where, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", where)
    with _progress.bar(total=4) as show:
        show(1, "loss")
    assert where is None or where.getvalue() == ""
    assert capsys.readouterr().out == ""


def test_silent_where_it_is_not_wanted(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with _progress.bar(total=4, wanted=False) as show:
        show(1, "loss")
    assert sys.stderr.getvalue() == ""


class Handle:
    def __init__(self):
        self.seen = []

    def update(self, what, raw):
        self.seen.append(what["text/plain"])


def test_in_a_notebook_it_draws_under_the_cell_and_leaves_nothing(monkeypatch, capfd):
    handle, shown = Handle(), []
    monkeypatch.setattr(_progress, "_in_notebook", lambda: True)
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr(_progress, "_PAUSE", 0)
    monkeypatch.setattr(IPython.display, "display", lambda *_, **__: shown.append(1) or handle)
    with _progress.bar(total=4) as show:
        for step, words in work():
            show(step, words)
    *drawn, last = handle.seen
    assert [f"{step}/4" in text for (step, _), text in zip(work(), drawn, strict=True)] == [
        True
    ] * 3
    assert "loss 0.375" in drawn[2]
    assert "\x1b" not in "".join(drawn)
    assert last == ""
    assert shown == [1]  # one place, drawn over
    assert capfd.readouterr() == ("", "")


def test_a_notebook_is_known_by_its_shell(monkeypatch):
    assert not _progress._in_notebook()
    kernel = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setattr(IPython, "get_ipython", lambda: kernel)
    assert _progress._in_notebook()
    monkeypatch.delitem(sys.modules, "IPython")
    assert not _progress._in_notebook()
