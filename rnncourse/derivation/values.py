"""True values of an exercise's symbols: one draw of a network, as plain lists of numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnncourse.derivation.exercise import DerivationExercise

Matrix = list[list[float]]


@dataclass(frozen=True)
class Draw:
    """One draw: the number of steps, the size of each dimension, every symbol's value.

    A sequence is a list over the steps 0 to T, None where it has no value; a matrix is a list of
    rows.
    """

    steps: int  # T
    sizes: Mapping[str, int]  # {"H": 3, "I": 2, "K": 5}, all different
    values: Mapping[str, Any]
    functions: Mapping[str, tuple[float, ...]]

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Draw":
        """From plain data with the keys ``T``, ``sizes``, ``values`` and perhaps ``functions``."""
        functions = {k: tuple(v) for k, v in plain.get("functions", {}).items()}
        return cls(int(plain["T"]), dict(plain["sizes"]), dict(plain["values"]), functions)

    def plain(self) -> dict[str, Any]:
        """The same as plain data, for JSON."""
        return {
            "T": self.steps,
            "sizes": dict(self.sizes),
            "values": dict(self.values),
            "functions": {k: list(v) for k, v in self.functions.items()},
        }

    def value(self, exercise: DerivationExercise, name: str, time: int | None) -> Matrix | None:
        """A symbol's value, at a step where it is a sequence; None where it has none."""
        symbol = exercise.by_name[name]
        value: Any = self.values[name]
        if not symbol.is_sequence or time is None:
            return value  # type: ignore[no-any-return]
        outside = not (symbol.first or 0) <= time <= self.steps
        if (symbol.zero_after and time == self.steps + 1) or (symbol.zero_outside and outside):
            rows, columns = (self.size(d) for d in symbol.shape)
            return [[0.0] * columns for _ in range(rows)]
        if outside:
            return None
        return value[time]  # type: ignore[no-any-return]

    def size(self, dimension: str) -> int:
        """The size that a letter stands for; the letter 1 stands for itself."""
        return 1 if dimension == "1" else self.sizes[dimension]
