"""Byte-pair encoding: frequent neighbours become one symbol, until there are enough symbols.

    begin with the 256 bytes as symbols
    count every pair of neighbouring symbols inside the pieces of the text
    the most frequent pair becomes a new symbol, everywhere; repeat

A new text is encoded by the same merges in the same order. Since every byte has a symbol, every
text can be encoded and comes back as it was: there are no unknown words, rare ones only take more
symbols. The pieces, which no symbol crosses, are words and runs of marks, each with the space
before it, and white space.

Of pairs that are equally frequent the one that stands first is merged: in the first piece that has
one of them, the leftmost. So the merges depend on the text alone.

>>> coder = BytePairs.train("low low low low low lower lower", merges=3)
>>> coder.merges
[(b'l', b'o'), (b'lo', b'w'), (b' ', b'low')]
>>> coder.segment("low lowest")
[b'low', b' low', b'e', b's', b't']
>>> coder.encode("low lowest").tolist()
[257, 258, 101, 115, 116]

Source: R. Sennrich, B. Haddow and A. Birch, Neural machine translation of rare words with subword
units, ACL (2016); on bytes: A. Radford et al., Language models are unsupervised multitask learners
(2019).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from os import PathLike
from typing import Any, Self

import numpy as np

from rnncourse._validate import Array
from rnncourse.language import _coder

__all__ = ["BytePairs", "pieces"]

_PIECE = re.compile(r" ?\w+| ?[^\w\s]+|\s+(?!\S)|\s+")
_CACHED = 1 << 16  # pieces; a book has fewer
_LARGEST = 1 << 26  # bytes of all symbols: each pair may double the longest, in a hostile file

Pair = tuple[int, int]


def pieces(text: str) -> list[str]:
    """The parts of a text that are encoded one by one; joined they are the text.

    >>> pieces("Not now,  he said.")
    ['Not', ' now', ',', ' ', ' he', ' said', '.']
    """
    return _PIECE.findall(text)


class BytePairs:
    """An encoder, given its merges; `train` finds them.

    Args:
        pairs: for symbol 256, 257 and so on the numbers of the two symbols that it joins.

    Attributes:
        symbols: the bytes that each number stands for.

    Raises:
        ValueError: a pair that is none, or names a symbol which does not come before it; a pair
            that is there already.
    """

    def __init__(self, pairs: Iterable[Sequence[int]] = ()) -> None:
        self.symbols = [bytes([byte]) for byte in range(256)]
        self._pairs: list[Pair] = []
        self._joined: dict[Pair, int] = {}  # the number of the symbol that joins two
        size = 0
        for pair in pairs:
            known = len(self.symbols)
            if len(pair) != 2 or not all(0 <= number < known for number in pair):
                raise ValueError(
                    f"pairs[{known - 256}] must be two numbers from 0 to {known - 1}, got {pair}"
                )
            left, right = pair
            size += len(self.symbols[left]) + len(self.symbols[right])
            if size > _LARGEST:
                raise ValueError(
                    f"pairs must join at most {_LARGEST} bytes in all, "
                    f"got more at pairs[{known - 256}]"
                )
            if (left, right) in self._joined:
                raise ValueError(f"pairs[{known - 256}] must be a new pair, got {pair} again")
            self._pairs.append((left, right))
            self._joined[left, right] = known
            self.symbols.append(self.symbols[left] + self.symbols[right])
        self._cache: dict[str, list[int]] = {}

    @classmethod
    def train(cls, text: str | Mapping[str, int], merges: int) -> Self:
        """Find the merges of a text.

        Args:
            text: the text; or its pieces and how often each occurs, when it was counted elsewhere.
            merges: how many; fewer where no pair occurs twice any more.

        Raises:
            ValueError: merges is negative, or a piece occurs less than once.
        """
        if not isinstance(merges, int | np.integer):
            raise ValueError(f"merges must be a whole number, got {merges!r}")
        if merges < 0:
            raise ValueError(f"merges must be at least 0, got {merges}")
        counts = Counter(pieces(text)) if isinstance(text, str) else text
        for piece, count in counts.items():
            if count < 1:
                raise ValueError(f"text[{piece!r}] must be at least 1, got {count}")
        return cls(_find({_bytes(piece): count for piece, count in counts.items()}, merges))

    @property
    def merges(self) -> list[tuple[bytes, bytes]]:
        """The merges in the order in which they were found, as bytes."""
        return [(self.symbols[left], self.symbols[right]) for left, right in self._pairs]

    def __len__(self) -> int:
        return len(self.symbols)

    def __repr__(self) -> str:
        return f"<BytePairs: {len(self)} symbols, {len(self._pairs)} merges>"

    def encode(self, text: str) -> Array:
        """Numbers of the symbols of a text, integers (N,).

        A lone half of a surrogate pair, which is no character and has no UTF-8, is encoded as the
        three bytes that it would have.
        """
        numbers: list[int] = []
        cache = self._cache
        for piece in pieces(text):
            found = cache.get(piece)
            if found is None:
                if len(cache) >= _CACHED:
                    cache.clear()
                found = cache[piece] = self._encode(piece)
            numbers.extend(found)
        return np.array(numbers, np.intp)

    def decode(self, numbers: Iterable[int] | Array) -> str:
        """The text of these numbers (N,).

        What a network draws may be no UTF-8; then the bytes that are wrong become U+FFFD.

        Raises:
            ValueError: a number that stands for no symbol.

        >>> BytePairs().decode([206, 187]), BytePairs().decode([206, 33])
        ('λ', '\ufffd!')
        """
        content = b"".join(_coder.symbols_of(numbers, self.symbols))
        try:
            return content.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return content.decode("utf-8", "replace")

    def segment(self, text: str) -> list[bytes]:
        """The symbols of a text as bytes."""
        return [self.symbols[number] for number in self.encode(text)]

    def save(self, path: str | PathLike[str]) -> None:
        """Write the merges as JSON."""
        _coder.write(path, "byte pairs", pairs=self._pairs)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises:
            ValueError: the file is no JSON, or holds something else.
        """
        pairs: Any = _coder.read(path, "byte pairs").get("pairs")
        for place, pair in enumerate(pairs if isinstance(pairs, list) else [pairs]):
            if not isinstance(pair, list) or not all(type(number) is int for number in pair):
                raise ValueError(
                    f"{path} must hold a list of pairs of numbers, got {pair!r} at place {place}"
                )
        return cls(pairs)

    def _encode(self, piece: str) -> list[int]:
        numbers = list(_bytes(piece))
        none = len(self)
        while len(numbers) > 1:
            first = min(self._joined.get(pair, none) for pair in pairwise(numbers))
            if first == none:
                break
            numbers = _join(numbers, self._pairs[first - 256], first)
        return numbers


def _bytes(piece: str) -> bytes:
    return piece.encode("utf-8", "surrogatepass")


def _join(numbers: list[int], pair: Pair, new: int) -> list[int]:
    """Put one symbol in the place of a pair, from left to right."""
    left, right = pair
    joined: list[int] = []
    k, last = 0, len(numbers) - 1
    while k <= last:
        if k < last and numbers[k] == left and numbers[k + 1] == right:
            joined.append(new)
            k += 2
        else:
            joined.append(numbers[k])
            k += 1
    return joined


def _find(counts: Mapping[bytes, int], merges: int) -> list[Pair]:
    """The merges of words of which each occurs so often.

    Only the words that hold the pair are counted again after a merge.
    """
    words = [list(word) for word in counts]
    times = list(counts.values())
    total: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)  # the words that hold a pair

    def count(w: int, sign: int) -> None:
        for pair in pairwise(words[w]):
            total[pair] += sign * times[w]
            (where[pair].add if sign > 0 else where[pair].discard)(w)
            if not total[pair]:
                del total[pair], where[pair]

    def place(pair: Pair) -> tuple[int, int]:
        w = min(where[pair])
        return w, list(pairwise(words[w])).index(pair)

    for w in range(len(words)):
        count(w, 1)
    found: list[Pair] = []
    while len(found) < merges and total:
        most = max(total.values())
        if most < 2:
            break
        best = min((pair for pair, n in total.items() if n == most), key=place)
        for w in list(where[best]):
            count(w, -1)
            words[w] = _join(words[w], best, 256 + len(found))
            count(w, 1)
        found.append(best)
    return found
