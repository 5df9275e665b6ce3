import io
import sys

from autograder.cli.console import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_without_a_terminal_each_step_is_a_line(capsys):
    with progress("grading") as advance:
        advance(1, 2, "ada")
        advance(2, 2, "")
    captured = capsys.readouterr()
    assert captured.out == ""
    first, second = captured.err.splitlines()
    assert first.startswith("grading 1/2  ada  (")
    assert second.startswith("grading 2/2  (")


def test_on_a_terminal_it_is_a_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress("grading") as advance:
        advance(1, 2, "[b]ada[/b]")
        advance(2, 2, "ben")
    assert "2/2" in terminal.getvalue()
    assert "grading" in terminal.getvalue()
