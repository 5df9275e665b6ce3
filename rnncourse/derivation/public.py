"""What a student is told in the notebook: the verdict on one public draw, never the answer."""

from rnncourse.derivation.exercises import exercise, public_draw
from rnncourse.derivation.judge import judge
from rnncourse.derivation.report import Report


def judge_public(exercise_name: str, text: str) -> Report:
    """Judge a derivation against the public draw carried with the package.

    Raises:
        ValueError: where there is no exercise of that name.
    """
    return judge(text, exercise(exercise_name), (public_draw(exercise_name),))
