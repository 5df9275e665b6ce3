"""The exercises in derivation, by name: symbols and steps, no answers.

One that is asked of every student's own network has a version for each member of a family, called
``exercise/member``. Beside those of the course there may be an instructor's own
(``rnncourse._beside``).
"""

import json
from functools import cache
from importlib.resources import files

from rnncourse import _beside
from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.exercises import bptt, bptt_personal, forward, gated, longterm, tcn
from rnncourse.derivation.personal import Family, PersonalDerivation
from rnncourse.derivation.plain import from_plain
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
    own = (name for found in _beside.here() for name in _own(found))
    asked = (name.partition("/")[0] for name in (*EXERCISES, *own))
    return tuple(dict.fromkeys(asked))


def exercise(name: str) -> DerivationExercise:
    """The exercise with that name.

    Raises:
        ValueError: where there is none.
    """
    if name in EXERCISES:
        return EXERCISES[name]
    found = _beside.carried(name.partition(".")[0])
    if found is None or name not in _own(found):
        wanted = ", ".join(names())
        raise ValueError(f"name: there is no derivation exercise {name!r}; there are {wanted}")
    return _own(found)[name]


def family(name: str) -> Family | None:
    """The networks among which the id chooses in the assignment ``name``; None where in none."""
    if name in FAMILIES:
        return FAMILIES[name]
    found = _beside.carried(name)
    return _own_family(found) if found else None


def version_for(name: str, student: object) -> str:
    """Name of what a student is asked: the version of a personal exercise, else ``name`` itself.

    Raises:
        NoStudent: where the exercise is a personal one and there is no id.
    """
    if name in PERSONAL:
        return f"{name}/{PERSONAL[name].family.of(student)}"
    found = _beside.carried(name.partition(".")[0])
    asked = _own_family(found) if found and name not in _own(found) else None
    return f"{name}/{asked.of(student)}" if asked else name


@cache
def _own(found: _beside.Carried) -> dict[str, DerivationExercise]:
    return {entry["name"]: from_plain(entry) for entry in found.plain["derivations"]}


@cache
def _own_family(found: _beside.Carried) -> Family | None:
    plain = found.plain["family"]
    return Family(plain["name"], plain["members"], plain["shown"]) if plain else None


def public_draw(name: str) -> Draw:
    """The true values of one public draw of an exercise, carried with the package or its notebook.

    They come from automatic differentiation (``python -m autograder.judge.export``); to read them
    takes no PyTorch.
    """
    if name in EXERCISES:
        return _packaged_draw(name)
    found = _beside.carried(exercise(name).name.partition(".")[0])
    assert found is not None  # else there were no such exercise
    return Draw.of(found.plain["draws"][name])


@cache
def _packaged_draw(name: str) -> Draw:
    file, _, member = name.partition("/")
    folder = files("rnncourse.derivation.exercises")
    plain = json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
    return Draw.of(plain[member] if member else plain)
