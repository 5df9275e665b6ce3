"""`check`: the line below each answer in an assignment.

In the student's own notebook it runs the visible cases and says what is wrong and where. In
grading (`RNNCOURSE_GRADING=1`) it does nothing: the judge calls the function from outside, on
cases of its own.
"""

import os
import sys
from typing import Any

from rnncourse import _beside
from rnncourse.checks import calling
from rnncourse.checks.exercise import CodeExercise
from rnncourse.checks.report import Line, Report

__all__ = ["CheckFailed", "check", "examine"]

_NOTHING_GIVEN = object()


class CheckFailed(AssertionError):
    """An answer is not right yet; its text is the whole diagnosis."""

    def __init__(self, report: Report, *, shown: bool = False) -> None:
        super().__init__(report.text())
        self.report = report
        self.shown = shown  # the page shows the report already

    def _render_traceback_(self) -> list[str]:
        # IPython shows this in place of a traceback through the library
        return [self.report.headline] if self.shown else str(self).splitlines()


def check(name: str, answer: Any = _NOTHING_GIVEN, *, student: object = None) -> None:
    """Check an answer against the visible cases and show what is wrong with it.

    Args:
        name: of the exercise, such as "bptt.forward".
        answer: the function itself, or the text of a derivation.
        student: your id, where the exercise is asked of a network of your own.

    Raises:
        CheckFailed: where something is not right yet.
    """
    if os.environ.get("RNNCOURSE_GRADING") == "1":
        print(f"{name}: judged from outside.")
        return
    report = examine(name, answer, student)
    shown = _show(report)
    if not report.passed:
        raise CheckFailed(report, shown=shown)


def examine(name: str, answer: Any = _NOTHING_GIVEN, student: object = None) -> Report:
    """What `check` finds, without showing it."""
    # grading has no specifications at hand, so they are looked up only here
    from rnncourse.checks import derivations, registry

    if answer is _NOTHING_GIVEN:
        return Report(name, problem='two things are wanted: check("name", your_answer).')
    try:
        if derivations.is_derivation(name):
            return derivations.examine(name, answer, student)
        exercise = registry.find(name, student)
    except (registry.UnknownExercise, _beside.Unreadable) as error:
        return Report(str(name), problem=str(error))
    except registry.NoStudent as error:
        return Report(str(name), problem=f"{error}.")
    return examine_code(exercise, answer)


def examine_code(exercise: CodeExercise, answer: Any) -> Report:
    """Call a student's function on the visible cases and compare what it returns."""
    from rnncourse.checks.compare import compare

    name = exercise.name.partition("/")[0]
    problem = calling.not_a_function(exercise, answer)
    if problem:
        return Report(name, problem=problem)
    messages: dict[str, str] = {}
    notes: list[str] = []
    for number, (arguments, truth) in enumerate(exercise.visible_cases()):
        called = calling.call(exercise, answer, arguments)
        if called.problem:
            before = "the first case is right, but then " if number and not messages else ""
            return Report(name, problem=before + called.problem, missing=called.missing)
        notes += called.notes
        findings = compare(exercise, truth, called.value, arguments)
        for finding in findings:
            text = finding.message
            if not finding.output:
                return Report(name, problem=text, notes=tuple(notes))
            if finding.output not in messages:
                messages[finding.output] = text + (_case(exercise, arguments) if number else "")
    lines = tuple(
        Line(part, part not in messages, messages.get(part, "")) for part in exercise.parts
    )
    scope = f"{len(exercise.public_options)} visible cases"
    return Report(name, lines, notes=tuple(dict.fromkeys(notes)), scope=scope)


def _case(exercise: CodeExercise, arguments: dict[str, Any]) -> str:
    sizes = [f"{axis.upper()} = {n}" for axis, n in exercise.sizes(arguments).items()]
    numbers = [f"{k} = {v}" for k, v in arguments.items() if isinstance(v, int)]
    return f" (Right in the first case; this is one with {', '.join(sizes + numbers)}.)"


def _show(report: Report) -> bool:
    """Show the report on the page of a notebook; elsewhere print it where nothing is raised.

    Returns:
        Whether it stands on a page.
    """
    # IPython is not imported where nobody uses it; in a terminal it has no kernel
    ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    on_page = getattr(ipython, "kernel", None) is not None
    # nbgrader's validation shows errors alone, so the error must say everything there
    if on_page and "NBGRADER_EXECUTION" not in os.environ:
        from IPython.display import publish_display_data

        data = {"text/plain": report.text(), "text/html": report.html()}
        publish_display_data(data)  # type: ignore[no-untyped-call]
        return True
    if report.passed:
        print(report.text())
    return False
