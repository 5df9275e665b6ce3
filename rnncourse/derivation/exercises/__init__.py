"""The exercises in derivation, by name: symbols and steps, no answers."""

from functools import cache
from importlib.resources import files

from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.exercises.bptt import CHAIN, DELTA, GRADIENTS
from rnncourse.derivation.values import Draw, load

EXERCISES = {e.name: e for e in (GRADIENTS, DELTA, CHAIN)}


def exercise(name: str) -> DerivationExercise:
    """The exercise with that name.

    Raises:
        ValueError: where there is none.
    """
    if name not in EXERCISES:
        wanted = ", ".join(EXERCISES)
        raise ValueError(f"name: there is no derivation exercise {name!r}; there are {wanted}")
    return EXERCISES[name]


@cache
def public_draw(name: str) -> Draw:
    """The true values of one public draw of an exercise, carried with the package.

    They come from automatic differentiation (``python -m autograder.judge.export``); to read them
    takes no PyTorch.
    """
    folder = files("rnncourse.derivation.exercises")
    return load((folder / f"{exercise(name).name}.json").read_text(encoding="utf-8"))
