"""The exercises in derivation, by name: symbols and steps, no answers.

One that is asked of every student's own network has a version for each member of a family, called
``exercise/member``.
"""

import json
from functools import cache
from importlib.resources import files

from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.exercises import bptt, bptt_personal, forward, gated, longterm, tcn
from rnncourse.derivation.personal import Family, PersonalDerivation
from rnncourse.derivation.values import Draw

_SHARED = (*bptt.EXERCISES, *forward.EXERCISES, *gated.EXERCISES)
_PERSONAL: tuple[PersonalDerivation, ...] = (
    bptt_personal.PERSONAL,
    forward.UNFOLDED,
    gated.PERSONAL,
    longterm.LEAKY_JACOBIANS,
    tcn.PERSONAL,
)

PERSONAL = {p.name: p for p in _PERSONAL}
FAMILIES: dict[str, Family] = {p.family.name: p.family for p in PERSONAL.values()}
EXERCISES: dict[str, DerivationExercise] = {e.name: e for e in _SHARED} | {
    e.name: e for p in PERSONAL.values() for e in p.versions.values()
}


def names() -> tuple[str, ...]:
    """What a student may ask for: every exercise, a personal one once."""
    return (*(name for name in EXERCISES if "/" not in name), *PERSONAL)


def exercise(name: str) -> DerivationExercise:
    """The exercise with that name.

    Raises:
        ValueError: where there is none.
    """
    if name not in EXERCISES:
        wanted = ", ".join(names())
        raise ValueError(f"name: there is no derivation exercise {name!r}; there are {wanted}")
    return EXERCISES[name]


def version_for(name: str, student: object) -> str:
    """Name of what a student is asked: the version of a personal exercise, else ``name`` itself.

    Raises:
        NoStudent: where the exercise is a personal one and there is no id.
    """
    if name not in PERSONAL:
        return name
    return f"{name}/{PERSONAL[name].family.of(student)}"


@cache
def public_draw(name: str) -> Draw:
    """The true values of one public draw of an exercise, carried with the package.

    They come from automatic differentiation (``python -m autograder.judge.export``); to read them
    takes no PyTorch.
    """
    file, _, member = exercise(name).name.partition("/")
    folder = files("rnncourse.derivation.exercises")
    plain = json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
    return Draw.of(plain[member] if member else plain)
