import pytest

from autograder.gradebook import course as courses


@pytest.mark.parametrize(
    "command",
    [["grade", "bptt"], ["release", "bptt"], ["feedback", "bptt"], ["report", "bptt"], ["export"]],
)
def test_no_course_is_said_in_a_line(run, tmp_path, command):
    result = run(*command, "-c", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith("autograder: ")
    assert "autograder init" in result.stderr
    assert "Traceback" not in result.output


def test_an_unknown_assignment_names_those_there_are(run, course):
    result = run("grade", "lstm", "-c", course.root)
    assert result.exit_code == 2
    assert "lstm" in result.stderr and "bptt" in result.stderr


def test_nothing_graded_says_what_comes_first(run, course):
    for command in ("feedback", "report"):
        result = run(command, "bptt", "-c", course.root)
        assert result.exit_code == 2
        assert "First: autograder grade bptt" in result.stderr


def test_a_wrong_option_is_a_wrong_use(run):
    assert run("grade", "--nope").exit_code == 2
    assert run("grade").exit_code == 2
    assert run("grade", "bptt", "--workers", "-1").exit_code == 2
    assert run("grade", "bptt", "--seed", "-1").exit_code == 2


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (PermissionError(13, "Permission denied", "/x/y"), 2, "permission denied: /x/y"),
        (ValueError("seed must be small"), 2, "seed must be small"),
        (ImportError("No module named 'nbgrader'"), 2, "pip install -e '.[grading]'"),
        (KeyboardInterrupt(), 130, "the same command goes on"),
        (RuntimeError("never seen"), 3, "fault of the program"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_end_has_its_code_and_its_words(run, tmp_path, monkeypatch, error, code, words):
    def broken(*args, **kwargs):
        raise error

    monkeypatch.setattr(courses, "open", broken)
    result = run("grade", "bptt", "-c", tmp_path)
    assert result.exit_code == code
    assert words in result.stderr
    assert ("Traceback" in result.stderr) == (code == 3)


def test_a_foreseen_error_has_a_traceback_where_it_is_wanted(run, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DEBUG", "1")
    result = run("grade", "bptt", "-c", tmp_path)
    assert "Traceback" in result.stderr
