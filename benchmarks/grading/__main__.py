"""`python -m benchmarks.grading [--submissions 60] [--rounds 1] [--form PyTorch] [--json FILE]`."""

import argparse
import json
import os
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks.measure import THREADS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--submissions", type=int, default=60, help="how many students hand in")
    parser.add_argument("--rounds", type=int, default=1, help="how often each grades them all")
    parser.add_argument("--form", choices=("PyTorch", "NumPy"), action="append", help="only this")
    parser.add_argument("--profiled", type=int, default=20, help="submissions looked into")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    options = parser.parse_args()
    for name in THREADS:  # read when NumPy and PyTorch load, here and in both graders
        os.environ.setdefault(name, "1")
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    from benchmarks.grading import forms
    from benchmarks.grading.race import our_way, race
    from benchmarks.grading.where import WARM, where
    from benchmarks.measure import machine

    console = Console()
    about = machine()
    console.print(about, highlight=False)
    rows, stages = [], []
    for form in options.form or forms.FORMS:
        with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
            told = lambda text: console.print(text, style="dim", highlight=False)  # noqa: E731
            rows.append(race(form, options.submissions, options.rounds, Path(folder), told))
        with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
            way = our_way(form, WARM + options.profiled, Path(folder))
            stages.append(where(form, way.folder))
        for name, value in (rows[-1] | stages[-1] | stages[-1]["stages, s"]).items():
            console.print(f"  {name:32} {shown(value)}", highlight=False)
    if options.json:
        report = {"machine": about.splitlines(), "race": rows, "stages": stages}
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def shown(value: object) -> str:
    """Three digits of a measured number; anything else as it is."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
