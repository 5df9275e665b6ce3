"""Writes the page of measured speeds from what `python -m benchmarks --json` stored."""

import json
from typing import Any

import rnncourse

from .paths import ROOT

RESULTS = ROOT / "benchmarks" / "results.json"

HEAD = """# Measured speed

Each table compares ways to compute the same numbers. All of a line's ways ran in one process, in
turn and on one thread, so that a busy moment falls on all of them. A ratio below 1 means that the
first is faster; ratios are of medians, or of the least times where it says so. `fast` is a cell's
`forward` and `backward`, `step` the loop over its `step` and `step_backward`, `torch` the layer of
`torch.nn`, `loop` the reading in `rnncourse.nn` under automatic differentiation, `by hand` the same
with the hand-derived backward pass, and `products` the matrix products of the fast form alone: what
would be left if everything else cost nothing. Times are the processor's, on one thread.

"Natural" leaves every library to choose its instructions; "held to AVX2" keeps NumPy, oneDNN and
PyTorch to AVX2. Where a processor has AVX-512, the libraries differ in how well they use it: on
Intel's with AVX-512, and on machines without it, the second setting is the nearer one.

These numbers are of one machine:

```text
{machine}
```

Measure yours with `make bench`; `python -m benchmarks --json FILE` stores the numbers.
"""


def speed() -> str:
    """The page, from the stored results."""
    stored = json.loads(RESULTS.read_text("utf8"))
    parts = [HEAD.format(machine="\n".join(stored.pop("machine")))]
    for title, rows in stored.items():
        parts += [f"## {heading(title)}", table(rows)]
    return "\n\n".join(parts) + "\n"


def heading(title: str) -> str:
    """A title with a capital, or with a module's name as it is written."""
    first, _, rest = title.partition(" ")
    return f"`{first}` {rest}" if first in rnncourse.__all__ else title[0].upper() + title[1:]


def table(rows: list[dict[str, Any]]) -> str:
    """A case in each line: what it is, its time, the ratios."""
    columns = [name for name in rows[0] if wanted(name, rows[0])]
    lines = [columns, ["---"] * len(columns)]
    lines += [[shown(row[name]) for name in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def wanted(name: str, row: dict[str, Any]) -> bool:
    """Whether a quantity is on the page: the case, ratios, and the first time."""
    times = [n for n in row if n.endswith((", ms", "(median)"))]
    ratio = "/" in name or name.startswith("ratio")
    return isinstance(row[name], str) or ratio or name == times[0]


def shown(value: Any) -> str:
    """Three digits of a number; a text as it is."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
