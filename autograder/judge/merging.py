"""Two mistakes in one line of a derivation, made from the right line and the two wrong ones."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations

from autograder.assignment import Mistake

_TOKEN = re.compile(r"\d+\.\d+|\w+|\*\*|\S")


@dataclass(frozen=True)
class Both:
    """Two mistakes, and the line with both."""

    first: Mistake
    second: Mistake
    source: str


def pairs_of(right: str, mistakes: Sequence[Mistake]) -> Iterator[Both]:
    """Every two mistakes in one step that change different places of its line.

    Args:
        right: the right line, or chain, of the step.
        mistakes: those of the step.
    """
    head, _, rest = right.partition("=")
    for first, second in combinations(mistakes, 2):
        for link in rest.split("="):
            source = merged(f"{head}= {link}", first.source, second.source)
            if source:
                yield Both(first, second, source)
                break


def merged(right: str, first: str, second: str) -> str:
    """The line with the changes of both; empty where they touch the same place."""
    tokens = _TOKEN.findall(right)
    one, other = _changes(tokens, first), _changes(tokens, second)
    changes = sorted(one + other) if one and other else []
    if not changes:
        return ""
    out: list[str] = []
    done = -1
    for start, end, new in changes:
        if start <= done:
            return ""  # side by side is too near: what was meant is anybody's guess
        out += [*tokens[max(done, 0) : start], *new]
        done = end
    return " ".join([*out, *tokens[max(done, 0) :]])


def _changes(tokens: Sequence[str], line: str) -> list[tuple[int, int, list[str]]]:
    other = _TOKEN.findall(line)
    codes = SequenceMatcher(None, tokens, other, autojunk=False).get_opcodes()
    return [(a, b, other[c:d]) for tag, a, b, c, d in codes if tag != "equal"]


def line_of(text: str, step: str) -> str:
    """The line, or chain, that a derivation has for a step; empty where it has none."""
    kept: list[str] = []
    inside = False
    for row in text.splitlines():
        row = row.split("#")[0]
        if not row.lstrip().startswith("="):
            inside = row.split("=")[0].strip() == step
        if inside:
            kept.append(row.strip())
    return " ".join(kept)
