"""`python -m experiments [NAME …] [--scale S] [--store | --stored]`: facts in print beside ours."""

import argparse
import os

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from experiments.experiment import NAMES, RESULTS, THREADS, load, rows, run, store, stored
from experiments.table import table


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all of {', '.join(NAMES)}")
    parser.add_argument("--seeds", type=int, metavar="N", help="how many; 3 to 10 if left out")
    parser.add_argument("--scale", metavar="S", help="another than is shown: check, or paper")
    parser.add_argument("--device", metavar="D", help="cpu or cuda, where PyTorch is used")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="seeds at a time")
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
    folder = RESULTS / (options.scale or "")
    columns = TextColumn("{task.fields[name]}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, TextColumn("{task.description}"), transient=True) as progress:
        for name in options.names or NAMES:
            if options.stored:
                result = stored(name, folder)
            else:
                try:
                    experiment = load(name, options.scale)
                except ValueError as error:
                    parser.error(str(error))
                task = progress.add_task("", total=1.0, name=name)

                def show(done: float, words: str, task: object = task) -> None:
                    progress.update(task, completed=done, description=words)  # type: ignore[arg-type]

                device = {} if options.device is None else {"device": options.device}
                seeds = range(options.seeds or experiment.seeds)
                result = run(experiment, seeds, show, options.jobs, **device)
                progress.remove_task(task)
            if options.store:
                store(name, result, folder)
            console.print(table(name, result))
            differ += [row.fact.says for row in rows(result) if not row.expected]
    if differ:
        raise SystemExit("not as in print: " + "; ".join(differ))


if __name__ == "__main__":
    main()
