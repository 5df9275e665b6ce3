"""An exercise in code: what the student writes, on which inputs, against which truth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Output:
    """One thing that the student's function returns."""

    name: str  # as in the code: "d_W_hh"
    symbol: str  # as on paper: "∇_W L"
    axes: tuple[str, ...]  # what each axis counts: ("t", "b", "h"); () for a number


@dataclass(frozen=True)
class CodeExercise:
    """A function that a student writes, with its inputs and its truth.

    ``draw(rng, **options)`` gives the arguments, in the order of the call; ``solve(**arguments)``
    the right outputs by name, and where it can, under ``"<name>.by_step"``, the shares (T, B, …)
    whose sum is the output, from which ``compare`` tells "only the last step" from a wrong value.
    A function with one output returns it alone; with several, a tuple in the order of ``outputs``,
    or a dict by name.
    """

    name: str  # "bptt.backward"
    function: str  # "rnn_backward"
    signature: str  # "rnn_backward(params, x, y, h0)": shown when a call does not fit
    outputs: tuple[Output, ...]
    draw: Callable[..., dict[str, Any]]
    solve: Callable[..., Arrays]
    public_seed: int = 1
    public_options: tuple[Mapping[str, Any], ...] = ({},)  # one visible case each
    tolerance: float = 1e-8  # relative to the largest true value; float32 answers get 1e-4
    inputs: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # axes of the array arguments

    def sizes(self, arguments: Mapping[str, Any]) -> dict[str, int]:
        """How long each axis is in one call, such as ``{"t": 6, "b": 4}``."""
        return {
            axis: size
            for name, axes in self.inputs.items()
            if name in arguments
            for axis, size in zip(axes, np.shape(arguments[name]), strict=True)
        }
