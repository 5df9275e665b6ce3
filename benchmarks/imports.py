"""Is `import rnncourse` cheap? In a process of its own, against `import numpy` in another."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.measure import side_by_side

STATEMENTS = ("import rnncourse", "import rnncourse; rnncourse.elman")


def _process(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


def lines() -> Iterator[Callable[[float], dict[str, Any]]]:
    """One for each statement."""
    for statement in STATEMENTS:
        yield partial(_compared, statement)


def _compared(statement: str, seconds: float) -> dict[str, Any]:
    ours, numpy = "ours", "numpy"
    functions = {ours: _process(statement), numpy: _process("import numpy")}
    times = side_by_side(functions, seconds=seconds, least=15)
    return {
        "statement": statement,
        "ms (median)": times[ours].median * 1e3,
        "ms (least)": times[ours].least * 1e3,
        "import numpy, ms (median)": times[numpy].median * 1e3,
        "import numpy, ms (least)": times[numpy].least * 1e3,
        "ratio of medians": times[ours].median / times[numpy].median,
        "ratio of least": times[ours].least / times[numpy].least,
    }
