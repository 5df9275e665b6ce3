"""An exercise in code: what the student writes, on which inputs, against which truth."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    compared: bool = True  # False: many values are right, and properties say which
    blocks: tuple[
        str, ...
    ] = ()  # what lies below one another on the axis "g": ("i", "f", "g", "o")


@dataclass(frozen=True)
class Property:
    """Something that must be true of what the function returns, where no one value is right.

    ``holds(arguments, outputs)`` gives a truth value for each of its conditions; it may raise where
    an array has not the shape that it should have, and then none of them holds.
    """

    name: str  # earns points under this name, as an output does: "orthogonal"
    messages: tuple[str, ...]  # one for each condition: what is said where it is the first to fail
    holds: Callable[[Mapping[str, Any], Arrays], Sequence[bool]]


@dataclass(frozen=True)
class CodeExercise:
    """A function that a student writes, with its inputs and its truth.

    ``draw(rng, **options)`` gives the arguments, in the order of the call; ``solve(**arguments)``
    the right outputs by name, and where it can, under ``"<name>.by_step"``, the shares (T, B, …)
    whose sum is the output, from which ``compare`` tells "only the last step" from a wrong value.
    A function with one output returns it alone; with several, a tuple in the order of ``outputs``,
    or a dict by name.

    Where ``solve`` is None the truth is not in this package: the visible cases were solved by the
    autograder, with automatic differentiation, and are carried as a file
    (``python -m autograder.judge.export``). One asked of every student's own network is called
    ``exercise/member``, such as "bptt.mine/leaky".
    """

    name: str  # "bptt.backward"
    function: str  # "rnn_backward"
    signature: str  # "rnn_backward(params, x, y, h0)": shown when a call does not fit
    outputs: tuple[Output, ...]
    draw: Callable[..., dict[str, Any]]
    solve: Callable[..., Arrays] | None
    public_seed: int = 1
    public_options: tuple[Mapping[str, Any], ...] = ({},)  # one visible case each
    tolerance: float = 1e-8  # relative to the largest true value; float32 answers get 1e-4
    inputs: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # axes of the array arguments
    properties: tuple[Property, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """What can be right or wrong on its own: outputs, then properties."""
        compared = (output.name for output in self.outputs if output.compared)
        return (*compared, *(p.name for p in self.properties))

    def visible_cases(self) -> Iterator[tuple[dict[str, Any], Arrays]]:
        """Arguments and right outputs of each visible case, in order."""
        if self.solve is None:
            from rnncourse.checks.stored import stored_cases

            yield from stored_cases(self.name)
            return
        for number in range(len(self.public_options)):
            arguments = self.visible_arguments(number)
            yield arguments, self.truth(arguments)

    def truth(self, arguments: Mapping[str, Any]) -> Arrays:
        """The right outputs for one call's arguments.

        Raises:
            ValueError: where this package does not hold the way to them.
        """
        if self.solve is None:
            raise ValueError(f"{self.name} is solved by the autograder alone")
        all_hold = {p.name: np.ones(len(p.messages)) for p in self.properties}
        return {**self.solve(**arguments), **all_hold}

    def visible_arguments(self, number: int) -> dict[str, Any]:
        """The arguments of one visible case."""
        rng = np.random.default_rng(self.public_seed + number)
        return self.draw(rng, **self.public_options[number])

    def sizes(self, arguments: Mapping[str, Any]) -> dict[str, int]:
        """How long each axis is in one call, such as ``{"t": 6, "b": 4}``."""
        return {
            axis: size
            for name, axes in self.inputs.items()
            if arguments.get(name) is not None  # None: an initial state that is not given
            for axis, size in zip(axes, np.shape(arguments[name]), strict=True)
        }
