"""How near one sequence comes to another: edit distance, error rate, and BLEU.

    D[i, 0] = i        D[0, j] = j
    D[i, j] = min(D[i-1, j] + 1, D[i, j-1] + 1, D[i-1, j-1] + [a[i] ≠ b[j]])

is the least number of insertions, deletions and substitutions that turn a's first i items into
b's first j. An error rate divides it by the length of what was wanted.

    BLEU = exp(min(0, 1 - r / c)) · exp(Σₙ log pₙ / N)          n = 1 … N, N = 4

A translation has many good wordings, so BLEU counts which runs of n words stand in any reference.
pₙ is matches over runs, both summed over all sentences; a run matches at most as often as it
stands in the one reference that has most of it. c words were put out; r were wanted, of several
references the length nearest to the output's. The first factor punishes leaving words out.

Items may be anything that compares and hashes: words, characters, class numbers.

Source: V. Levenshtein, Binary codes capable of correcting deletions, insertions, and reversals
(1966); R. Wagner and M. Fischer, The string-to-string correction problem, JACM 21 (1974);
K. Papineni, S. Roukos, T. Ward and W.-J. Zhu, BLEU: a method for automatic evaluation of machine
translation, ACL (2002); smoothing: C.-Y. Lin and F. Och, ORANGE, COLING (2004).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

__all__ = ["BLEU", "bleu", "edit_distance", "error_rate"]

Items = Sequence[Hashable]


class BLEU(NamedTuple):
    """The score, from 0 to 1, and what it is made of."""

    score: float
    precisions: tuple[float, ...]  # p₁ … p_N
    brevity_penalty: float  # 1 where the output is as long as what was wanted


def edit_distance(a: Items, b: Items) -> int:
    """The least number of insertions, deletions and substitutions that turn a into b.

    >>> edit_distance("kitten", "sitting")
    3
    >>> edit_distance("the cat sat".split(), "the cat".split())
    1
    """
    row = list(range(len(b) + 1))  # D[i, ·]
    for i, item in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            change = diagonal + (item != other)
            diagonal = row[j]
            row[j] = min(row[j] + 1, row[j - 1] + 1, change)
    return row[-1]


def error_rate(hypotheses: Sequence[Items], references: Sequence[Items]) -> float:
    """Edits for each item wanted: of words the word error rate, of characters the character's.

    Args:
        hypotheses: the sequences put out.
        references: what was wanted, one for each.

    Returns:
        The sum of distances over the sum of the references' lengths; above 1 where more was put
        out than wanted.

    Raises:
        ValueError: not as many references as hypotheses, or references without any item.

    >>> error_rate(["kitten", "cat"], ["sitting", "cat"])
    0.3
    """
    _as_many(hypotheses, references)
    wanted = sum(len(reference) for reference in references)
    if not wanted:
        raise ValueError(f"references must hold an item, got {len(references)} empty ones")
    pairs = zip(hypotheses, references, strict=True)
    return sum(edit_distance(h, r) for h, r in pairs) / wanted


def bleu(
    hypotheses: Sequence[Items],
    references: Sequence[Sequence[Items]],
    *,
    max_order: int = 4,
    smooth: bool = False,
) -> BLEU:
    """BLEU of a whole set of sentences (not the mean of the sentences' own).

    Args:
        hypotheses: the sentences put out, each a sequence of words; not a string, whose words
            would be its letters.
        references: for each of them one or several wanted sentences.
        max_order: N, the longest run that is compared.
        smooth: add one to matches and runs of two words and more, so that a few short sentences
            without any match of order N do not score 0.

    Raises:
        ValueError: not as many lists of references as hypotheses, a hypothesis without reference,
            a string in place of words, or max_order below 1.

    >>> put_out = "the the the the the the the".split()
    >>> wanted = ["the cat is on the mat".split(), "there is a cat on the mat".split()]
    >>> bleu([put_out], [wanted], max_order=1).score == 2 / 7  # "the" stands at most twice
    True
    """
    if max_order < 1:
        raise ValueError(f"max_order must be at least 1, got {max_order}")
    _as_many(hypotheses, references)
    matches, runs = [0] * max_order, [0] * max_order
    put_out = wanted = 0
    for k, (hypothesis, several) in enumerate(zip(hypotheses, references, strict=True)):
        _sentences(k, hypothesis, several)
        length = len(hypothesis)
        put_out += length
        wanted += min((len(r) for r in several), key=lambda n: (abs(n - length), n))
        for n in range(1, max_order + 1):
            found, most = _runs(hypothesis, n), Counter[Items]()
            for reference in several:
                most |= _runs(reference, n)
            matches[n - 1] += (found & most).total()
            runs[n - 1] += found.total()
    more = [int(smooth and n > 0) for n in range(max_order)]
    precisions = tuple(
        (m + one) / (total + one) if total + one else 0.0
        for m, total, one in zip(matches, runs, more, strict=True)
    )
    penalty = math.exp(min(0.0, 1 - wanted / put_out)) if put_out else float(not wanted)
    score = 0.0
    if min(precisions) > 0:
        score = penalty * math.exp(sum(map(math.log, precisions)) / max_order)
    return BLEU(score, precisions, penalty)


def _runs(items: Items, n: int) -> Counter[Items]:
    """How often each run of n items stands in a sequence."""
    return Counter(tuple(items[k : k + n]) for k in range(len(items) - n + 1))


def _as_many(hypotheses: Sequence[object], references: Sequence[object]) -> None:
    if len(hypotheses) != len(references):
        raise ValueError(
            f"references must be as many as hypotheses, {len(hypotheses)}, got {len(references)}"
        )


def _sentences(k: int, hypothesis: object, several: Sequence[object]) -> None:
    if isinstance(hypothesis, str):
        raise ValueError(f"hypotheses[{k}] must be a sequence of words, got the string; split it")
    if isinstance(several, str) or any(isinstance(reference, str) for reference in several):
        raise ValueError(
            f"references[{k}] must be a list of sentences, each a sequence of words, got a string"
        )
    if not several:
        raise ValueError(f"references[{k}] must hold at least one sentence, got none")
