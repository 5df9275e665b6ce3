"""Numbers for the characters or the words of a text, and back.

`Characters` and `Words` differ only in how they split a text. Special symbols, such as "<end>",
come first; the others follow in the order of their code points, so that the same text gives the
same numbers everywhere. A special symbol is never found in a text: encoding "<end>" gives five
characters, or three words.

A word is a run of letters, digits and underscores; any other visible character stands alone, and
so does each white space, but for a single space between two words: it is left out, and put back
where two words meet. So no text loses anything:

>>> split_words("the cat, the  hat")
['the', 'cat', ',', ' ', 'the', ' ', ' ', 'hat']
>>> join_words(split_words("the cat, the  hat"))
'the cat, the  hat'
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from os import PathLike
from typing import ClassVar, Self

import numpy as np

from rnncourse._validate import Array
from rnncourse.language import _coder

__all__ = ["Characters", "Vocabulary", "Words", "join_words", "split_words"]

_WORD = re.compile(r"\w+|(?<!\w) | (?!\w)|[^\w ]")  # every character but a space between two words


def split_words(text: str) -> list[str]:
    """The words, marks and white space of a text, as the module describes them."""
    return _WORD.findall(text)


def join_words(symbols: Iterable[str]) -> str:
    """The text that `split_words` would split so; a space between words, special symbols too."""
    parts: list[str] = []
    after_word = False
    for symbol in symbols:
        word = len(symbol) > 1 or _is_word(symbol)  # of the others only special symbols are longer
        if after_word and word:
            parts.append(" ")
        parts.append(symbol)
        after_word = word
    return "".join(parts)


class Vocabulary:
    """Symbols with numbers from 0; see `Characters` and `Words`.

    Args:
        text: a text; or symbols one by one, as they occur, when there are several texts.
        special: symbols that stand for no text, such as "<end>".
        unknown: one more special symbol, the first, for whatever has no number of its own; when
            left out, encoding such a symbol is an error.
        min_count: symbols that occur less often have no number of their own.
        size: at most this many symbols in all, the special ones included; the most frequent are
            kept, of equally frequent ones those of smaller code points.

    Raises:
        ValueError: a special symbol twice, or one that a text can hold; a symbol that is none;
            min_count below 1; a size with no room for the special symbols.
    """

    kind: ClassVar[str]
    symbols: tuple[str, ...]
    special: tuple[str, ...]  # the first of the symbols, `unknown` among them
    unknown: str | None

    def __init__(
        self,
        text: str | Iterable[str],
        *,
        special: Sequence[str] = (),
        unknown: str | None = None,
        min_count: int = 1,
        size: int | None = None,
    ) -> None:
        if min_count < 1:
            raise ValueError(f"min_count must be at least 1, got {min_count}")
        self.unknown = unknown
        self.special = ((unknown,) if unknown is not None else ()) + tuple(special)
        for symbol in self.special:
            if self.special.count(symbol) > 1 or self.split(symbol) in ([], [symbol]):
                raise ValueError(
                    f"special symbols must differ from each other and from all {self.kind}, "
                    f"got {symbol!r}"
                )
        if size is not None and size < len(self.special):
            raise ValueError(
                f"size must be at least {len(self.special)}, for the special symbols, got {size}"
            )
        counts = Counter(self.split(text) if isinstance(text, str) else text)
        for symbol in counts:
            if self.split(symbol) != [symbol]:
                raise ValueError(f"text must be a text or hold {self.kind}, got {symbol!r}")
        kept = sorted(symbol for symbol, count in counts.items() if count >= min_count)
        if size is not None:
            by_count = sorted(kept, key=lambda symbol: -counts[symbol])  # stable: ties stay sorted
            kept = sorted(by_count[: size - len(self.special)])
        self.symbols = (*self.special, *kept)
        self._numbers = {symbol: number for number, symbol in enumerate(self.symbols)}

    def split(self, text: str) -> list[str]:
        """The symbols of a text, known or not."""
        raise NotImplementedError

    def join(self, symbols: Iterable[str]) -> str:
        """The text of these symbols."""
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._numbers

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(repr(symbol) for symbol in self.symbols[:6])
        more = ", …" if len(self) > 6 else ""
        return f"<{type(self).__name__}: {len(self)} symbols, {shown}{more}>"

    def number(self, symbol: str) -> int:
        """The number of one symbol, a special one such as "<end>" among them.

        Raises:
            ValueError: it has none.
        """
        if symbol not in self._numbers:
            raise ValueError(f"symbol must be one of the {len(self)} known, got {symbol!r}")
        return self._numbers[symbol]

    def encode(self, text: str) -> Array:
        """Numbers of the symbols of a text, integers (N,).

        Raises:
            ValueError: a symbol without a number, with its place, where there is no `unknown`.
        """
        symbols = self.split(text)
        if self.unknown is not None:
            get, unknown = self._numbers.get, self._numbers[self.unknown]
            return np.array([get(symbol, unknown) for symbol in symbols], np.intp)
        try:
            return np.array([self._numbers[symbol] for symbol in symbols], np.intp)
        except KeyError as error:
            symbol = error.args[0]
            raise ValueError(
                f"text must hold only the {len(self)} known {self.kind}, "
                f"got {symbol!r} at place {symbols.index(symbol)}"
            ) from None

    def decode(self, numbers: Iterable[int] | Array) -> str:
        """The text of these numbers (N,), special symbols by their names.

        Raises:
            ValueError: a number that stands for no symbol.
        """
        return self.join(_coder.symbols_of(numbers, self.symbols))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the vocabulary as JSON."""
        _coder.write(
            path,
            self.kind,
            unknown=self.unknown,
            special=self.special[self.unknown is not None :],
            symbols=self.symbols[len(self.special) :],
        )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises:
            ValueError: the file is no JSON, or holds a vocabulary of another kind.
        """
        content = _coder.read(path, cls.kind)
        wanted = {"special": list, "symbols": list, "unknown": str | None}
        for key, kinds in wanted.items():
            value = content.get(key)
            texts = value if isinstance(value, list) else []
            if not isinstance(value, kinds) or not all(isinstance(text, str) for text in texts):
                raise ValueError(f"{path} must hold text under {key!r}, got {value!r}")
        return cls(content["symbols"], special=content["special"], unknown=content["unknown"])


class Characters(Vocabulary):
    """The characters of a text (its code points); arguments as `Vocabulary`'s.

    >>> letters = Characters("banana")
    >>> letters.symbols, len(letters)
    (('a', 'b', 'n'), 3)
    >>> letters.encode("nab").tolist()
    [2, 0, 1]
    >>> letters.decode([1, 0, 2])
    'ban'
    >>> Characters("banana", unknown="<unk>", special=["<end>"]).encode("bandana").tolist()
    [3, 2, 4, 0, 2, 4, 2]
    """

    kind = "characters"

    def split(self, text: str) -> list[str]:
        """One character after the other."""
        return list(text)

    def join(self, symbols: Iterable[str]) -> str:
        """One after the other."""
        return "".join(symbols)


class Words(Vocabulary):
    """The words of a text, split by `split_words`; arguments as `Vocabulary`'s.

    >>> words = Words("the cat and the hat", unknown="<unk>", min_count=2)
    >>> words.symbols
    ('<unk>', 'the')
    >>> words.encode("the cat").tolist(), words.decode([1, 0])
    ([1, 0], 'the <unk>')
    """

    kind = "words"

    def split(self, text: str) -> list[str]:
        """As `split_words`."""
        return split_words(text)

    def join(self, symbols: Iterable[str]) -> str:
        """As `join_words`."""
        return join_words(symbols)


def _is_word(character: str) -> bool:
    return bool(re.match(r"\w", character))
