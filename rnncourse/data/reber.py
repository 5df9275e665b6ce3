"""Reber's grammar, and the embedded one: strings whose end depends on their beginning.

Reber's grammar is a graph of seven states. A string starts with B and ends with E; wherever two
edges leave a state each is taken with probability 1/2. The embedded grammar wraps such a string:

    B T (a Reber string) T E        or        B P (a Reber string) P E

so the last symbol but one repeats the second, across a string of any length.

Chance: who has forgotten the second symbol predicts the last but one in half of the strings. The
usual measure of success counts a string when, at every step, the symbols given the highest outputs
are those that may follow: `reber_next` gives them.

Source: A. S. Reber, Implicit learning of artificial grammars (1967); A. Cleeremans, D.
Servan-Schreiber and J. L. McClelland (1989); S. Hochreiter and J. Schmidhuber, Long short-term
memory, Neural Computation 9 (1997), experiment 1.
"""

from __future__ import annotations

import numpy as np

__all__ = ["SYMBOLS", "embedded_reber", "is_embedded_reber", "is_reber", "reber", "reber_next"]

SYMBOLS = "BTSXPVE"

_GRAMMAR: tuple[dict[str, int], ...] = (  # for each state: symbol, and the state that it leads to
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
    {},
)


def _embed() -> tuple[dict[str, int], ...]:
    """The embedded grammar: B, then T or P, each before a copy of the inner one; its end, E."""
    n = len(_GRAMMAR)
    starts = {"T": 2, "P": 2 + n}
    last = 2 + 2 * n
    states = [{"B": 1}, starts]
    for second, start in starts.items():
        inner = [{symbol: start + to for symbol, to in edges.items()} for edges in _GRAMMAR]
        states += [*inner[:-1], {second: last}]
    return (*states, {"E": last + 1}, {})


_EMBEDDED = _embed()


def reber(rng: np.random.Generator) -> str:
    """Draw one string of Reber's grammar.

    >>> reber(np.random.default_rng(0))
    'BPVVE'
    """
    symbols, state = "", 0
    while _GRAMMAR[state]:
        edges = list(_GRAMMAR[state].items())
        symbol, state = edges[rng.integers(len(edges))]
        symbols += symbol
    return symbols


def embedded_reber(rng: np.random.Generator) -> str:
    """Draw one string of the embedded grammar; the last symbol but one is chance at 1/2.

    >>> embedded_reber(np.random.default_rng(0))
    'BPBPVPXTTTTVVEPE'
    """
    second = "TP"[rng.integers(2)]
    return f"B{second}{reber(rng)}{second}E"


def is_reber(string: str) -> bool:
    """Whether Reber's grammar makes the string.

    >>> is_reber("BTSSXSE"), is_reber("BTSSXPE")
    (True, False)
    """
    return _makes(_GRAMMAR, string)


def is_embedded_reber(string: str) -> bool:
    """Whether the embedded grammar makes the string.

    >>> is_embedded_reber("BTBPVVETE"), is_embedded_reber("BTBPVVEPE")
    (True, False)
    """
    return _makes(_EMBEDDED, string)


def reber_next(string: str, *, embedded: bool = False) -> list[str]:
    """The symbols that may follow each symbol of a string, in the order of SYMBOLS.

    Args:
        string: a string of the grammar, or the beginning of one.
        embedded: whether the grammar is the embedded one.

    Returns:
        As many entries as the string has symbols, "" after the end.

    Raises:
        ValueError: a symbol that the grammar does not allow there.

    >>> reber_next("BTSX")
    ['TP', 'SX', 'SX', 'SX']
    >>> reber_next("BTBPVVETE", embedded=True)
    ['TP', 'B', 'TP', 'TV', 'PV', 'E', 'T', 'E', '']
    """
    follow: list[str] = []
    state, grammar = 0, _EMBEDDED if embedded else _GRAMMAR
    for place, symbol in enumerate(string):
        if symbol not in grammar[state]:
            wanted = " or ".join(grammar[state]) or "nothing"
            raise ValueError(f"string[{place}] must be {wanted}, got {symbol!r}")
        state = grammar[state][symbol]
        follow.append("".join(sorted(grammar[state], key=SYMBOLS.index)))
    return follow


def _makes(grammar: tuple[dict[str, int], ...], string: str) -> bool:
    state = 0
    for symbol in string:
        if symbol not in grammar[state]:
            return False
        state = grammar[state][symbol]
    return not grammar[state]
