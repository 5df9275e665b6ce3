"""Derivations as answers: a small language for back-propagation on paper, read, typeset and judged in plain Python."""

from rnncourse.derivation.exercise import (
    DerivationExercise,
    Display,
    Function,
    Step,
    Symbol,
)
from rnncourse.derivation.language import parse_line, read
from rnncourse.derivation.nodes import LanguageError, Line, Reading


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
    "LanguageError",
    "Line",
    "Reading",
    "Step",
    "Symbol",
    "parse_line",
    "read",
]
