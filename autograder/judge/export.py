"""Write the public draws of the derivation exercises: ``python -m autograder.judge.export``.

They go into the wheel, so that a notebook or a page can judge a derivation without PyTorch.
"""

import json
from pathlib import Path

import numpy as np

from autograder.assignments.bptt.derivations import ITEMS
from autograder.judge.truth import Truth
from rnncourse.derivation import exercises

PUBLIC_SEED = 1
FOLDER = Path(exercises.__file__).parent


def public_values(truth: Truth) -> dict[str, object]:
    """The public draw of an exercise, as plain data."""
    return truth(np.random.default_rng(PUBLIC_SEED))


def main() -> None:
    """Write one file an exercise."""
    for item in ITEMS:
        assert isinstance(item.truth, Truth)
        text = json.dumps(public_values(item.truth), separators=(",", ":"))
        (FOLDER / f"{item.exercise.name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
