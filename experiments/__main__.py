"""`python -m experiments [NAME …] [--seeds N] [--store | --stored]`: facts in print beside ours."""

import argparse
import os

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from experiments.experiment import NAMES, THREADS, load, rows, run, store, stored
from experiments.table import table


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all of {', '.join(NAMES)}")
    parser.add_argument("--seeds", type=int, metavar="N", help="how many; 3 to 10 if left out")
    keep = parser.add_mutually_exclusive_group()
    keep.add_argument("--store", action="store_true", help="write experiments/results/NAME.json")
    keep.add_argument("--stored", action="store_true", help="show what is stored, run nothing")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"NAME must be one of {', '.join(NAMES)}, got {', '.join(sorted(unknown))}")
    if options.seeds is not None and options.seeds < 1:
        parser.error(f"--seeds must be at least 1, got {options.seeds}")
    for name in THREADS:  # read when NumPy loads, so before the experiments do
        os.environ.setdefault(name, "1")

    console, differ = Console(), []
    columns = TextColumn("{task.fields[name]}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, TextColumn("{task.description}"), transient=True) as progress:
        for name in options.names or NAMES:
            if options.stored:
                result = stored(name)
            else:
                experiment = load(name)
                task = progress.add_task("", total=1.0, name=name)

                def show(done: float, words: str, task: object = task) -> None:
                    progress.update(task, completed=done, description=words)  # type: ignore[arg-type]

                result = run(experiment, range(options.seeds or experiment.seeds), show)
                progress.remove_task(task)
            if options.store:
                store(name, result)
            console.print(table(name, result))
            differ += [row.fact.says for row in rows(result) if not row.fact.holds(row.median)]
    if differ:
        raise SystemExit("not as in print: " + "; ".join(differ))


if __name__ == "__main__":
    main()
