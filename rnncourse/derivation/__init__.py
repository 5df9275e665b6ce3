"""Derivations as answers: a small language for back-propagation on paper.

Read, typeset and judged in plain Python: one set of files for the notebook, grading and a browser.
"""

from rnncourse.derivation.exercise import (
    DerivationExercise,
    Display,
    Function,
    Step,
    Symbol,
)
from rnncourse.derivation.language import parse_line, read
from rnncourse.derivation.nodes import LanguageError, Line, Reading
from rnncourse.derivation.public import judge_public
from rnncourse.derivation.report import Kind, Note, Report, State, StepReport


class Derivation(str):
    """The text of a derivation, with the name of the exercise that it answers."""

    exercise: str

    def __new__(cls, text: str, exercise: str = "") -> "Derivation":
        """Keep the text as it was written."""
        self = super().__new__(cls, text)
        self.exercise = exercise
        return self


__all__ = [
    "Derivation",
    "DerivationExercise",
    "Display",
    "Function",
    "Kind",
    "LanguageError",
    "Line",
    "Note",
    "Reading",
    "Report",
    "State",
    "Step",
    "StepReport",
    "Symbol",
    "judge_public",
    "parse_line",
    "read",
]
