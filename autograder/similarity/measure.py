"""How much of what is rare in a class two answers share, in bits.

A run of tokens that everybody has says nothing; one that a student in a hundred has says much, if
two have it. So a run weighs log2(students / holders), over its length, since a token stands in
several runs. What was released weighs nothing, and neither does what most of the class wrote.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from autograder.similarity.reading import RUN, Run

Matrix = NDArray[np.float64]
_BLOCK = 512  # students at a time: bounds what the product holds


class CellIndex:
    """A class's answers to one cell."""

    def __init__(
        self, students: Sequence[str], texts: Mapping[str, frozenset[Run]], released: frozenset[Run]
    ) -> None:
        """Weigh every run.

        Args:
            students: all of the class, in the order of the numbers below.
            texts: runs of the answers of those who have one.
            released: runs of what the students were given.
        """
        self._texts = {s: runs - released for s, runs in texts.items()}
        held = Counter(run for runs in self._texts.values() for run in runs)
        size = max(1, len(self._texts))
        self._weights = {
            run: np.log2(size / n) / RUN if n <= size / 2 else 0.0 for run, n in held.items()
        }
        self._students = students
        self.bits = np.array([self._weight(self._texts.get(s, frozenset())) for s in students])

    def _weight(self, runs: frozenset[Run]) -> float:
        return float(sum(self._weights[run] for run in runs))

    def shared(self) -> Matrix:
        """Bits that each two students share: a symmetric matrix."""
        held = Counter(run for runs in self._texts.values() for run in runs)
        several = [run for run, n in held.items() if n > 1 and self._weights[run] > 0]
        column = {run: i for i, run in enumerate(several)}
        weights = np.array([self._weights[run] for run in several])
        rows = np.zeros((len(self._students), len(several)), dtype=np.float32)
        for row, student in zip(rows, self._students, strict=True):
            for run in self._texts.get(student, ()):
                if run in column:
                    row[column[run]] = 1
        found = np.zeros((len(rows), len(rows)))
        for start in range(0, len(rows), _BLOCK):
            found[start : start + _BLOCK] = (rows[start : start + _BLOCK] * weights) @ rows.T
        return found

    def common_runs(self, a: str, b: str) -> frozenset[Run]:
        """The runs that two students share and that weigh something."""
        runs = self._texts.get(a, frozenset()) & self._texts.get(b, frozenset())
        return frozenset(run for run in runs if self._weights[run] > 0)

    def beside(self, student: str, reference: frozenset[Run]) -> tuple[float, frozenset[Run]]:
        """Bits of a student's answer that a text outside the class holds, and their runs."""
        runs = frozenset(self._texts.get(student, frozenset()) & reference)
        return self._weight(runs), frozenset(r for r in runs if self._weights[r] > 0)


def share(shared: Matrix, bits: Matrix) -> Matrix:
    """Shared bits over the mean of both students' own, from 0 to 1."""
    both = np.add.outer(bits, bits)
    return np.divide(2 * shared, both, out=np.zeros_like(both), where=both > 0)
