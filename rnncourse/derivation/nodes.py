"""The tree that a line of a derivation becomes, and the one error that reading it can raise."""

from collections.abc import Iterator
from dataclasses import dataclass


class LanguageError(ValueError):
    """A text that is not in the language: what is wrong, in plain words, and where it stands."""

    def __init__(self, message: str, column: int = 0, length: int = 1, row: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.target: str | None = None  # the step that the line was for, where that could be read
        self.row = row  # line of the student's text, from 0
        self.column = column  # character of that line, from 0
        self.length = max(1, length)


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the student's text a node stands."""

    row: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Index:
    """A step: ``t+1`` is ``Index("t", 1)``, ``T`` ``Index("T", 0)``, ``3`` ``Index(None, 3)``."""

    base: str | None
    offset: int = 0

    def __str__(self) -> str:
        if self.base is None:
            return str(self.offset)
        return self.base + (f"{self.offset:+d}" if self.offset else "")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    span: Span
    text: str

    @property
    def value(self) -> float:
        """Its value."""
        return float(self.text)


@dataclass(frozen=True, slots=True)
class Use:
    """A symbol, with its time index where it is a sequence."""

    span: Span
    name: str
    index: Index | None = None

    def __str__(self) -> str:
        return self.name if self.index is None else f"{self.name}[{self.index}]"


@dataclass(frozen=True, slots=True)
class Transpose:
    """The transpose of a matrix."""

    span: Span
    body: "Node"


@dataclass(frozen=True, slots=True)
class Negate:
    """A leading minus."""

    span: Span
    body: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and one of ``+ - * / ** @``."""

    span: Span
    op: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """``diag(v)``, ``outer(u, v)`` or one of the exercise's functions."""

    span: Span
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum over all time steps, 1 to T."""

    span: Span
    index: str
    body: "Node"


Node = Number | Use | Transpose | Negate | Binary | Call | Sum


@dataclass(frozen=True)
class Line:
    """One line (or one chain over several lines): ``target = expression = expression …``."""

    row: int
    text: str  # as written, the lines of a chain joined by a line break
    target: Use
    expressions: tuple[Node, ...]


@dataclass(frozen=True)
class Reading:
    """A whole text, read: its lines in order, each understood or refused."""

    entries: tuple[Line | LanguageError, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that were understood."""
        return tuple(e for e in self.entries if isinstance(e, Line))

    @property
    def errors(self) -> tuple[LanguageError, ...]:
        """What was refused."""
        return tuple(e for e in self.entries if isinstance(e, LanguageError))


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node."""
    if isinstance(node, Transpose | Negate | Sum):
        return (node.body,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    return node.arguments if isinstance(node, Call) else ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it, outermost first."""
    yield node
    for child in children(node):
        yield from walk(child)
