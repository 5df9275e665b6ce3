"""Language models: vocabularies, n-grams, drawing symbols, and how good a model is.

Vocabularies (`Characters`, `Words`, `BytePairs`) turn text into class numbers and back; `NGram`
counts them, a cell with `rnncourse.network` learns them; `distribution`, `draw` and `generate` make
new ones; `perplexity` and bits say how well a model foresees a text.

>>> from rnncourse import data, language
>>> text = data.zen()
>>> letters = language.Characters(text)
>>> numbers = letters.encode(text)
>>> for order in (1, 2, 3):
...     model = language.NGram(numbers[:700], order, len(letters))
...     bits = language.bits_per_symbol(model.log_probabilities(numbers[700:]))
...     print(order, round(bits, 2))
1 4.5
2 4.08
3 3.73
"""

from __future__ import annotations

from rnncourse.language.byte_pair import BytePairs, pieces
from rnncourse.language.ngram import SMOOTHINGS, NGram
from rnncourse.language.sampling import distribution, draw, generate
from rnncourse.language.scores import (
    bits_per_character,
    bits_per_symbol,
    log_probabilities,
    perplexity,
)
from rnncourse.language.vocabulary import Characters, Vocabulary, Words, join_words, split_words

__all__ = [
    "SMOOTHINGS",
    "BytePairs",
    "Characters",
    "NGram",
    "Vocabulary",
    "Words",
    "bits_per_character",
    "bits_per_symbol",
    "distribution",
    "draw",
    "generate",
    "join_words",
    "log_probabilities",
    "perplexity",
    "pieces",
    "split_words",
]
