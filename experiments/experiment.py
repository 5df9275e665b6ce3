"""What an experiment is: facts in print, settings, and a function that measures them for one seed.

A result is kept as `results/NAME.json`, at another scale as `results/SCALE/NAME.json`: every value
with the seed, the settings and the versions that made it. Nothing gets into such a file but by
`python -m experiments --store`.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

NAMES = (
    "esn_mackey_glass",
    "lstm_embedded_reber",
    "adding",
    "copy_memory",
    "parity",
    "jacobian_norms",
    "sequence_models",
)
RESULTS = Path(__file__).parent / "results"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Show = Callable[[float, str], None]  # the part of the seed that is done, 0 to 1, and a few words


@dataclass(frozen=True)
class Fact:
    """A statement in print, and between which numbers ours must lie to agree with it."""

    name: str  # of the value among those that are measured
    says: str  # what the number is
    source: str
    published: str  # as printed
    chance: float | None  # who has learnt nothing; None where there is no such thing
    least: float
    most: float
    differs: str = ""  # why ours is expected not to agree, where it is

    def holds(self, value: float) -> bool:
        """Whether a measured value agrees."""
        return self.least <= value <= self.most


class Measured(NamedTuple):
    """What one seed gave."""

    values: dict[str, float]  # one for each fact, and others worth knowing
    curves: dict[str, list[float]]  # the test after every round of training


@dataclass(frozen=True)
class Experiment:
    """Facts, and how they are measured."""

    claim: str
    facts: tuple[Fact, ...]
    settings: dict[str, Any]  # the keyword arguments of `measure`, as JSON can hold them
    measure: Callable[..., Measured]  # (seed, show, **settings)
    seeds: int = 3  # how many, unless told


def load(name: str, scale: str | None = None) -> Experiment:
    """The experiment of that name; at another scale than the one that is shown, if it has one.

    Raises:
        ValueError: it has not.
    """
    module = import_module(f"experiments.{name}")
    scales: dict[str, Experiment] = getattr(module, "SCALES", {})
    if scale is not None and scale not in scales:
        raise ValueError(f"scale of {name} must be one of {', '.join(scales) or '–'}, got {scale}")
    found: Experiment = module.EXPERIMENT if scale is None else scales[scale]
    return found


def run(
    experiment: Experiment, seeds: Sequence[int], show: Show, jobs: int = 1, **options: Any
) -> dict[str, Any]:
    """Measure once for each seed.

    Args:
        experiment: what to measure.
        seeds: of the weights and of the training data.
        show: called now and then with the part of the whole that is done and a few words.
        jobs: how many seeds at a time, each in a process of its own, which shows nothing.
        options: for `measure`, such as a device; they change how it is computed and not what.

    Returns:
        What `results/NAME.json` holds.
    """
    parts: list[Show] = [partial(_part, show, place, len(seeds)) for place in range(len(seeds))]
    if jobs > 1:
        parts = [_quiet] * len(seeds)
        with ProcessPoolExecutor(jobs) as pool:
            found = list(pool.map(partial(_seed, experiment, options), seeds, parts))
    else:
        found = [_seed(experiment, options, *one) for one in zip(seeds, parts, strict=True)]
    measured, seconds = zip(*found, strict=True)
    return {
        "claim": experiment.claim,
        "facts": [asdict(fact) for fact in experiment.facts],
        "settings": experiment.settings,
        "seeds": list(seeds),
        "seconds": list(seconds),
        "values": {name: [m.values[name] for m in measured] for name in measured[0].values},
        "curves": {name: [m.curves[name] for m in measured] for name in measured[0].curves},
        "made with": made_with(experiment.settings.get("backend", "numpy")),
    }


def _seed(
    experiment: Experiment, options: dict[str, Any], seed: int, show: Show
) -> tuple[Measured, float]:
    """What one seed gives, and the seconds of processor time that it takes."""
    begun = time.process_time()
    measured = experiment.measure(seed, show, **experiment.settings, **options)
    return measured, round(time.process_time() - begun, 2)


def _part(show: Show, place: int, count: int, done: float, words: str) -> None:
    show((place + done) / count, words)


def _quiet(_done: float, _words: str) -> None:
    pass


def made_with(backend: str = "numpy") -> dict[str, str]:
    """Versions, processor and threads; PyTorch's version and the GPU where it is the backend."""
    threads = ", ".join(f"{name}={os.environ.get(name, 'unset')}" for name in THREADS)
    made = {
        "rnncourse": version("rnncourse"),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "machine": f"{platform.system()} {platform.machine()}",
        "threads": threads,
    }
    if backend == "torch":
        import torch

        made["torch"] = torch.__version__
        made["GPU"] = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return made


def store(name: str, result: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write `NAME.json`, each fact and each list of numbers on a line of its own."""
    path = folder / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    lines = [f" {_line(key)}: {_block(value)}" for key, value in result.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf8")
    return path


def stored(name: str, folder: Path = RESULTS) -> dict[str, Any]:
    """Read `NAME.json`."""
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf8"))
    return found


def _block(value: Any) -> str:
    """JSON with one entry of a dict or of a list of dicts on each line."""
    if isinstance(value, dict) and value:
        entries = [f"{_line(key)}: {_line(entry)}" for key, entry in value.items()]
        return "{\n  " + ",\n  ".join(entries) + "\n }"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n  " + ",\n  ".join(map(_line, value)) + "\n ]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class Row(NamedTuple):
    """One line of the table: a fact beside what was measured."""

    fact: Fact
    values: list[float]

    @property
    def median(self) -> float:
        """Of the seeds' values."""
        return statistics.median(self.values)

    @property
    def agree(self) -> int:
        """How many seeds' values agree with the fact."""
        return sum(map(self.fact.holds, self.values))

    @property
    def expected(self) -> bool:
        """Whether the median agrees, or does not where the fact says why not."""
        return self.fact.holds(self.median) != bool(self.fact.differs)


def rows(result: dict[str, Any]) -> list[Row]:
    """The facts of a result, each with its values."""
    facts = [Fact(**entry) for entry in result["facts"]]
    return [Row(fact, result["values"][fact.name]) for fact in facts]
