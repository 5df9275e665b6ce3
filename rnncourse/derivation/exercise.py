"""The specification of a derivation: its symbols with their shapes, and the steps asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

Shape = tuple[str, str]  # rows and columns as on paper: ("H", "I"); a vector is ("H", "1")


@dataclass(frozen=True)
class Display:
    """How a symbol is set: a letter with its ornaments, or a derivative by another symbol."""

    letter: str = ""  # one or more characters; the symbol's own name where empty
    accent: str = ""  # "hat"
    mark: str = ""  # a raised label that is no power: "H" in f^H
    low: str = ""  # a lowered label: "f" in a_f
    gradient: bool = False  # ∇ of the loss by the letter
    immediate: bool = False  # ∂⁺: the immediate derivative, as against the total one


@dataclass(frozen=True)
class Symbol:
    """A matrix, or a sequence of them, one for each time step.

    ``derived`` symbols are what a derivation is about: the lines that use them must not lean on
    themselves. The others (inputs, weights, states) are given and may be used anywhere.
    """

    name: str  # "dh"
    shape: Shape  # ("H", "1")
    description: str
    first: int | None = None  # the first step of a sequence; None where there is no time
    zero_after: bool = False  # one step past the last it is zero by definition
    zero_outside: bool = False  # at every step before the first and after the last it is zero
    derived: bool = False
    leans_on: tuple[str, ...] = ()  # for a derived symbol with no line of its own: "dh[t]"
    spellings: tuple[str, ...] = ()  # other names for it
    display: Display = Display()

    @property
    def is_sequence(self) -> bool:
        """Whether it takes a time index."""
        return self.first is not None


@dataclass(frozen=True)
class Step:
    """One line that the exercise asks for."""

    target: str  # "dh[t]"
    description: str
    times: tuple[str, str] = ("1", "T")  # first and last t at which the line must hold
    uses: tuple[str, ...] | None = None  # derived symbols that the line may use; None: all
    least_links: int = 1  # expressions that the chain must have
    ends_in: tuple[str, ...] | None = None  # what its last expression may use of them; None: all
    optional: bool = False  # a helper: judged and usable where it is written, never asked for


@dataclass(frozen=True)
class Function:
    """A function of the language that acts on every element, or on a column as a whole.

    ``parameters`` names an entry of the draw (see ``values.Draw.functions``) whose numbers are
    passed after the element: an exercise can leave the activation open and be judged by value.
    """

    name: str
    apply: Callable[..., float] | None  # of one element; None for softmax, which needs the column
    description: str = ""
    parameters: str = ""
    spellings: tuple[str, ...] = ()
    display: Display = Display()
    prime: bool = False  # set with a prime: the derivative of a function


@dataclass(frozen=True, eq=False)  # one object an exercise: compared and hashed by identity
class DerivationExercise:
    """A derivation that a student writes as text, one line a step."""

    name: str  # "bptt.gradients"
    title: str
    symbols: tuple[Symbol, ...]
    steps: tuple[Step, ...]
    functions: tuple[Function, ...]
    network: tuple[str, ...] = ()  # the equations that define the symbols, in the same language
    indices: tuple[str, ...] = ("t", "s")  # names that run over time; T is the last step
    notes: tuple[str, ...] = ()  # conventions to show beside the exercise, in plain words

    @cached_property
    def by_name(self) -> dict[str, Symbol]:
        """Symbols by name and by every other spelling."""
        table = {s.name: s for s in self.symbols}
        for symbol in self.symbols:
            for spelling in symbol.spellings:
                table.setdefault(spelling, symbol)
        return table

    @cached_property
    def function_by_name(self) -> dict[str, Function]:
        """Functions by name and by every other spelling."""
        table = {f.name: f for f in self.functions}
        for function in self.functions:
            for spelling in function.spellings:
                table.setdefault(spelling, function)
        return table

    def step(self, target: str) -> Step:
        """The step with that target.

        Raises:
            KeyError: where no step has it.
        """
        for step in self.steps:
            if step.target == target:
                return step
        raise KeyError(
            f"{self.name} has no step {target!r}; it has {[s.target for s in self.steps]}"
        )
