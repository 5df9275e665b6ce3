"""Which of an exercise's properties hold of an answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse.checks.exercise import Arrays, CodeExercise, Property
from rnncourse.checks.unpack import Finding


def measured(
    exercise: CodeExercise, arguments: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> Arrays:
    """For each property, 1 for a condition that holds and 0 for one that does not."""
    return {p.name: _conditions(p, arguments, dict(arrays)) for p in exercise.properties}


def property_findings(
    exercise: CodeExercise,
    arguments: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    unread: Sequence[Finding],
) -> Iterator[Finding]:
    """What is wrong: the first condition that fails, for each property.

    Args:
        exercise: what was asked.
        arguments: of the call.
        arrays: the outputs that could be read.
        unread: what is wrong with outputs that no value is compared with; said of each property.
    """
    found = measured(exercise, arguments, arrays)
    for property_ in exercise.properties:
        if unread:
            yield Finding(property_.name, unread[0].kind, unread[0].message)
            continue
        failed = np.flatnonzero(found[property_.name] == 0)
        if len(failed):
            yield Finding(property_.name, "property", property_.messages[failed[0]])


def _conditions(property_: Property, arguments: Mapping[str, Any], arrays: Arrays) -> NDArray[Any]:
    none = np.zeros(len(property_.messages))
    if not all(np.isfinite(array).all() for array in arrays.values()):
        return none
    try:
        held = property_.holds(arguments, arrays)
    except (ValueError, IndexError, KeyError, np.linalg.LinAlgError):
        return none
    return np.array([float(h) for h in held])
