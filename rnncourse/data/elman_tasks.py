"""Two tasks of Elman's: predict the next bit of an XOR stream, the next letter of joined words.

The XOR stream is made of triples, two fair bits and then their exclusive or. Only every third bit
can be predicted, so the error falls and rises with period three.

Chance: who always says 1/2 has a mean squared error of 1/4 at every step, and the best predictor
1/6 on average: 1/4, 0, 1/4 within a triple. In the letters, who knows each word and nothing of
the order of words is unsure only where a word begins: the error peaks there.

Source: J. L. Elman, Finding structure in time, Cognitive Science 14 (1990). His sentences came from
a generator of 15 words, of which the 14 below stand in his printed excerpt; here each word is
drawn independently, all as likely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array

__all__ = ["WORDS", "letters_in_words", "xor_stream"]

WORDS = (
    *("many", "years", "ago", "a", "boy", "and", "girl", "lived", "by", "the", "sea"),
    *("they", "played", "happily"),
)


def xor_stream(rng: np.random.Generator, T: int, B: int) -> tuple[Array, Array]:
    """Draw B streams of triples (p, q, p xor q); the best mean squared error is 1/6, chance 1/4.

    Args:
        rng: source of the bits, such as `np.random.default_rng(0)`.
        T: steps, at least 1; Elman's stream had 3,000 bits.
        B: streams, at least 1.

    Returns:
        x (T, B), bits; and y (T, B), the next bit of each. y[t] is x[t - 1] xor x[t] where
        t % 3 == 1, and a fair coin elsewhere.

    Raises:
        ValueError: T or B is below 1.

    >>> x, y = xor_stream(np.random.default_rng(0), T=9, B=1)
    >>> x[:, 0].tolist(), y[:, 0].tolist()
    ([1, 1, 0, 1, 0, 1, 0, 0, 0], [1, 0, 1, 0, 1, 0, 0, 0, 0])
    """
    _init.sizes(T=T, B=B)
    pairs = rng.integers(2, size=(T // 3 + 1, 2, B))
    third = pairs[:, :1] ^ pairs[:, 1:]
    bits = np.concatenate([pairs, third], axis=1).reshape(-1, B)  # (3 (T // 3 + 1), B)
    return bits[:T], bits[1 : T + 1]


def letters_in_words(
    rng: np.random.Generator, count: int, words: Sequence[str] = WORDS
) -> tuple[str, Array]:
    """Join words without spaces; a word's first letter is chance, the others mostly are not.

    Args:
        rng: source of the choice, such as `np.random.default_rng(0)`.
        count: words to draw, at least 1.
        words: the lexicon, none of them empty.

    Returns:
        The letters, and where words begin, an array of bool as long as the text.

    Raises:
        ValueError: count is below 1, there is no word, or one is empty.

    >>> text, begins = letters_in_words(np.random.default_rng(1), count=4)
    >>> text, begins.nonzero()[0].tolist()
    ('girllivedseahappily', [0, 4, 9, 12])
    """
    _init.sizes(count=count)
    if not words or not all(words):
        raise ValueError(f"words must be at least one word and none empty, got {list(words)}")
    drawn = [words[number] for number in rng.integers(len(words), size=count)]
    ends = np.cumsum([len(word) for word in drawn])
    begins = np.zeros(ends[-1], bool)
    begins[0] = True
    begins[ends[:-1]] = True
    return "".join(drawn), begins
