"""Language models: vocabularies, n-grams, drawing symbols, and how good a model is.

>>> from rnncourse import language
>>> letters = language.Characters("banana")
>>> letters.encode("nab").tolist()
[2, 0, 1]
"""

from __future__ import annotations

from rnncourse.language.vocabulary import Characters, Vocabulary, Words, join_words, split_words

__all__ = ["Characters", "Vocabulary", "Words", "join_words", "split_words"]
