"""Write what the wheel carries of the truth: ``python -m autograder.judge.export``.

The public draws of the derivations, and the visible cases of functions whose truth comes from
automatic differentiation. With them a notebook or a page can judge an answer without PyTorch.
Beside them, for the book, which items watch for which of its common mistakes.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograder import assignments, taught
from autograder.assignment import CodeItem, DerivationItem
from rnncourse.checks import exercises as code_exercises
from rnncourse.checks import registry
from rnncourse.checks.stored import plain, read
from rnncourse.derivation import exercises

PUBLIC_SEED = 1
FOLDER = Path(exercises.__file__).parent
CODE_FOLDER = Path(code_exercises.__file__).parent
FIGURES = 13  # of a number that is written: the judge compares to 1e-9


def public_values(truth: Callable[[np.random.Generator], Mapping[str, Any]]) -> dict[str, Any]:
    """The public draw of an exercise, as plain data."""
    return dict(truth(np.random.default_rng(PUBLIC_SEED)))


def derivations(assignment: str) -> Iterator[tuple[str, Any]]:
    """Name of the file and what it holds, for each derivation of an assignment."""
    for item in assignments.load(assignment).items:
        if not isinstance(item, DerivationItem):
            continue
        if item.personal is None:
            yield item.exercise.name, public_values(item.truth)
            continue
        versions = item.personal.versions.items()
        draws = {m: _shorter(public_values(v.truth)) for m, v in versions}
        yield item.exercise.name.partition("/")[0], draws


def functions(assignment: str) -> Iterator[tuple[str, Any]]:
    """The same for each function whose truth the package does not hold."""
    own = registry.exercises(assignment)
    for item in assignments.load(assignment).items:
        if not isinstance(item, CodeItem) or own[item.exercise.name].solve is not None:
            continue
        if item.personal is None:
            yield item.exercise.name, cases(item)
            continue
        versions = item.personal.versions.items()
        yield item.exercise.name.partition("/")[0], {m: cases(version) for m, version in versions}


def cases(item: CodeItem) -> list[dict[str, Any]]:
    """Arguments and right outputs of a function's visible cases, as plain data."""
    made = []
    for number in range(len(item.exercise.public_options)):
        arguments = plain(item.exercise.visible_arguments(number))
        # the truth of the very numbers that are written
        truth = item.exercise.truth(read(arguments))
        made.append({"arguments": arguments, "truth": plain(truth)})
    return made


def _shorter(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shorter(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_shorter(entry) for entry in value]
    return float(f"{value:.{FIGURES}g}") if isinstance(value, float) else value


def main() -> None:
    """Write one file an exercise, and the book's list."""
    for assignment in assignments.names():
        for folder, made in ((FOLDER, derivations), (CODE_FOLDER, functions)):
            for name, value in made(assignment):
                text = json.dumps(value, separators=(",", ":"))
                (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    taught.write_watched(map(assignments.load, assignments.names()))


if __name__ == "__main__":
    main()
