"""Writes the page of grading's speed from what `python -m benchmarks.grading --json` stored."""

import json
from typing import Any

from .paths import ROOT

RESULTS = ROOT / "benchmarks" / "grading.json"
STUDENT = "the student's own cells"
BAR = 24  # signs of the longest bar

HEAD = """# Speed of grading

How long does it take to grade a class, and where does the time go? `make bench-grading` measures
both, and this page shows what it stored; no number here is typed.

## Against stock nbgrader

Both grade the same submissions on the same machine in the same run, one after the other:
`autograder grade`, and `nbgrader autograde` with nbgrader's own preprocessors and a Jupyter
kernel for each submission. Half of the class is right in everything, the other half has known
mistakes here and there. The assignment is that on back-propagation through time, in two forms:

- **PyTorch**: all of it. Derivations and the students' own networks are judged against truths
  by automatic differentiation, so that the tests import PyTorch.
- **NumPy**: its three functions whose truths are NumPy, and the figure.

In the stock form the test cells hold the hidden cases. They draw the same inputs, compute the
truth in the same way and give the same points by output; the benchmark fails if one student's
marks differ. What stock does not do is not asked of it: it names no mistake, writes no diagnosis,
gives every student the same numbers, and runs the submission with all rights of whoever grades.
Each time is that of the whole command, its start included; memory is that of all processes
together, pages that they share counted once. Where there are several rounds, each grader goes
first in every other one and times are medians.

Measure on a quiet machine. Where other programs compete for its processors (the load beside the
processor's name, below, says how many), two workers get a larger share than one kernel, and the
starts of both, which are once for a class, weigh more than they should.

```text
{machine}
```
"""

PROFILE = """## Where the time goes

The same work in one process, one submission at a time, each stage timed where it begins and ends:
{count} submissions after the first {warm}, seconds of wall time a submission. What runs in the
student's own cells has to be run by every grader; the rest is what this one adds. With a worker
on each core the stages of several submissions overlap.
"""


def grading() -> str:
    """The page, from the stored results."""
    stored = json.loads(RESULTS.read_text("utf8"))
    parts = [HEAD.format(machine="\n".join(stored["machine"])), race(stored["race"])]
    first = stored["stages"][0]
    parts.append(PROFILE.format(count=first["submissions"], warm=first["before"]))
    for found in stored["stages"]:
        parts += [f"### Form {found['form']}", stages(found)]
    return "\n".join(parts)


def race(rows: list[dict[str, Any]]) -> str:
    """One line for each form and quantity: stock nbgrader, this course's grader, the ratio."""
    lines = ["| form | what | nbgrader | autograder | ratio |", "|---|---|---|---|---|"]
    for row in rows:
        form = f"{row['form']}, {row['submissions']} submissions"
        for what, title in (
            ("grade", "submissions graded a minute"),
            ("feedback", "feedback pages a minute"),
        ):
            theirs, ours = (row[f"{what}, {name}, a minute"] for name in ("nbgrader", "autograder"))
            ratio = f"{row[f'{what}, ratio']:.1f}"
            lines.append(f"| {form} | {title} | {rate(theirs)} | {rate(ours)} | {ratio} |")
        theirs, ours = (row[f"memory, {name}, MiB"] for name in ("nbgrader", "autograder"))
        lines.append(
            f"| {form} | peak memory, MiB | {theirs:.0f} | {ours:.0f} | {ours / theirs:.1f} |"
        )
    return "\n".join([*lines, ""])


def rate(value: float) -> str:
    """Three digits, and no power of ten."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def stages(found: dict[str, Any]) -> str:
    """A stage in each line, with its share as a number and as a bar."""
    whole, parts = found["a submission, s"], found["stages, s"]
    most = max(parts.values())
    lines = ["| stage | seconds | share | |", "|---|---|---|---|"]
    for name, seconds in parts.items():
        bar = "█" * round(BAR * seconds / most)
        lines.append(f"| {name} | {seconds:.4f} | {seconds / whole:.0%} | {bar} |")
    own = parts.get(STUDENT, 0.0)
    lines += [
        "",
        f"In all {whole:.2f} s, of which {own / whole:.0%} in the student's own cells. "
        f"Starting the sandbox takes {found['start of the sandbox, s']:.1f} s, once; "
        f"a feedback page {found['a feedback page, s']:.3f} s.",
        "",
    ]
    return "\n".join(lines)
