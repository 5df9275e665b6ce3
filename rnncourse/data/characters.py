"""From text to class numbers to one-hot vectors, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from rnncourse._validate import Array

__all__ = ["Characters", "one_hot"]


class Characters:
    """The characters of a text, numbered in the order of their code points.

    >>> letters = Characters("banana")
    >>> letters.symbols, len(letters)
    ('abn', 3)
    >>> letters.encode("nab").tolist()
    [2, 0, 1]
    >>> letters.decode([1, 0, 2])
    'ban'
    """

    def __init__(self, text: str) -> None:
        self.symbols = "".join(sorted(set(text)))
        self._numbers = {symbol: number for number, symbol in enumerate(self.symbols)}

    def __len__(self) -> int:
        return len(self.symbols)

    def __repr__(self) -> str:
        return f"Characters({self.symbols!r})"

    def encode(self, text: str) -> Array:
        """Class numbers of the characters, an integer array as long as the text.

        Raises:
            ValueError: a character that is not among the symbols, with its place.
        """
        try:
            return np.array([self._numbers[character] for character in text], np.intp)
        except KeyError as error:
            character = error.args[0]
            raise ValueError(
                f"text[{text.index(character)}] must be one of the {len(self)} known "
                f"characters, got {character!r}"
            ) from None

    def decode(self, numbers: Iterable[int] | Array) -> str:
        """The text of these class numbers.

        Raises:
            ValueError: a number that stands for no character.
        """
        found = []
        for place, number in enumerate(numbers):
            if not 0 <= number < len(self):
                raise ValueError(
                    f"numbers[{place}] must lie between 0 and {len(self) - 1}, got {number}"
                )
            found.append(self.symbols[number])
        return "".join(found)


def one_hot(numbers: Any, size: int, *, dtype: Any = np.float64) -> Array:
    """Vectors that are 1 at the class number and 0 elsewhere, in a new last axis.

    Args:
        numbers: class numbers, integers of any shape.
        size: how many classes there are.
        dtype: of the result.

    Returns:
        An array of the shape of `numbers` and one more axis of length `size`.

    Raises:
        ValueError: a number outside 0 to size - 1, or numbers that are not integers.

    >>> one_hot([2, 0], size=3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    numbers = np.asarray(numbers)
    if numbers.size and not np.issubdtype(numbers.dtype, np.integer):
        raise ValueError(f"numbers must be integers, got dtype {numbers.dtype}")
    if numbers.size and (numbers.min() < 0 or numbers.max() >= size):
        wrong = numbers[(numbers < 0) | (numbers >= size)].flat[0]
        raise ValueError(f"numbers must lie between 0 and size - 1 = {size - 1}, got {wrong}")
    vectors = np.zeros((*numbers.shape, size), dtype)
    np.put_along_axis(vectors, numbers[..., None].astype(np.intp), 1, axis=-1)
    return vectors
