"""Entities as tags, one for each word, and how well predicted entities match.

A tag is O, outside of every entity, or a prefix and the entity's kind. The schemes differ in where
B- stands:

    words   the   lake   Como   Italy    Rome
    IOB1    O     I-LOC  I-LOC  B-LOC    O        B- only right after an entity of the same kind
    IOB2    O     B-LOC  I-LOC  B-LOC    O        B- at the first word of every entity

One reading fits both: an entity begins at B-, and at an I- whose kind differs from that of the
word before; it ends where the next begins or O stands. A network may put out I- after O or after
another kind, which IOB2 has no meaning for. The reading begins an entity there, as the CoNLL
script does; `is_valid` says whether it was needed.

An entity counts as found only with the right first word, last word and kind.

Source: L. Ramshaw and M. Marcus, Text chunking using transformation-based learning (1995), for
IOB1; E. Tjong Kim Sang and F. De Meulder, Introduction to the CoNLL-2003 shared task (2003), for
the measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["SCHEMES", "Score", "Span", "decode", "encode", "is_valid", "score", "score_by_kind"]

SCHEMES = ("IOB1", "IOB2")


class Span(NamedTuple):
    """An entity: the words from `start` up to and without `stop`, and its kind."""

    start: int
    stop: int
    kind: str


class Score(NamedTuple):
    """Counts of entities, and what follows from them."""

    right: int  # predicted, and there
    predicted: int
    there: int

    @property
    def precision(self) -> float:
        """The share of the predicted entities that are right; 0 where nothing was predicted."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of the entities that were found; 0 where there are none."""
        return self.right / self.there if self.there else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where nothing is right."""
        return 2 * self.right / (self.predicted + self.there) if self.right else 0.0


def encode(spans: Iterable[Span], length: int, scheme: str = "IOB2") -> list[str]:
    """Tags of a sentence from its entities.

    Args:
        spans: the entities, in any order, not overlapping.
        length: words in the sentence.
        scheme: IOB1 or IOB2.

    Raises:
        ValueError: a span outside of the sentence, empty, overlapping another or without a kind;
            an unknown scheme.

    >>> encode([Span(1, 3, "LOC"), Span(3, 4, "LOC")], 5)
    ['O', 'B-LOC', 'I-LOC', 'B-LOC', 'O']
    >>> encode([Span(1, 3, "LOC"), Span(3, 4, "LOC")], 5, "IOB1")
    ['O', 'I-LOC', 'I-LOC', 'B-LOC', 'O']
    """
    _check_scheme(scheme)
    tags = ["O"] * length
    before: Span | None = None
    for span in sorted(Span(*span) for span in spans):
        if not 0 <= span.start < span.stop <= length:
            raise ValueError(f"spans must lie in 0 to length = {length} and not be empty: {span}")
        if not span.kind:
            raise ValueError(f"spans must have a kind, got {span}")
        if before and span.start < before.stop:
            raise ValueError(f"spans must not overlap, got {before} and {span}")
        tags[span.start : span.stop] = [f"I-{span.kind}"] * (span.stop - span.start)
        touches = before is not None and (before.stop, before.kind) == (span.start, span.kind)
        if scheme == "IOB2" or touches:
            tags[span.start] = f"B-{span.kind}"
        before = span
    return tags


def decode(tags: Sequence[str]) -> list[Span]:
    """Entities of a sentence from its tags, of either scheme, in order.

    Raises:
        ValueError: a tag that is not O, B- or I- and a kind.

    >>> decode(["O", "B-LOC", "I-LOC", "B-LOC", "O"])
    [Span(start=1, stop=3, kind='LOC'), Span(start=3, stop=4, kind='LOC')]
    >>> decode(["I-LOC", "I-PER"])
    [Span(start=0, stop=1, kind='LOC'), Span(start=1, stop=2, kind='PER')]
    """
    spans: list[Span] = []
    start, kind = 0, ""  # no kind: outside
    for t, (prefix, now) in enumerate([*_split(tags), ("O", "")]):
        if kind and (prefix != "I" or now != kind):
            spans.append(Span(start, t, kind))
            kind = ""
        if now and not kind:
            start, kind = t, now
    return spans


def is_valid(tags: Sequence[str], scheme: str = "IOB2") -> bool:
    """Whether the tags are those that `encode` writes for their entities.

    In IOB2 an I- must go on with an entity of its kind; in IOB1 a B- must follow one.

    Raises:
        ValueError: a tag that is not O, B- or I- and a kind; an unknown scheme.

    >>> is_valid(["O", "I-LOC"]), is_valid(["O", "I-LOC"], "IOB1")
    (False, True)
    """
    found = decode(tags)
    return list(tags) == encode(found, len(tags), scheme)


def score(truth: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]]) -> Score:
    """Count entities over all sentences, of every kind together.

    Args:
        truth: the tags of each sentence.
        predicted: those to be judged, of the same lengths; in either scheme, valid or not.

    Raises:
        ValueError: another number of sentences or words; a tag that is none.

    >>> found = score([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "O", "O", "B-LOC"]])
    >>> found, found.precision, found.recall, found.f1
    (Score(right=1, predicted=2, there=2), 0.5, 0.5, 0.5)
    """
    return _total(score_by_kind(truth, predicted).values())


def score_by_kind(
    truth: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]]
) -> dict[str, Score]:
    """The same for each kind of entity that occurs, by name in alphabetical order.

    Raises:
        ValueError: as `score`.

    >>> for kind, found in score_by_kind([["B-PER", "B-LOC"]], [["B-PER", "B-PER"]]).items():
    ...     print(kind, found.precision, found.recall, round(found.f1, 4))
    LOC 0.0 0.0 0.0
    PER 0.5 1.0 0.6667
    """
    truth, predicted = list(truth), list(predicted)
    if len(truth) != len(predicted):
        raise ValueError(
            f"predicted must have as many sentences as truth, {len(truth)}, got {len(predicted)}"
        )
    counts: dict[str, list[int]] = {}
    for n, (ours, theirs) in enumerate(zip(truth, predicted, strict=True)):
        if len(ours) != len(theirs):
            raise ValueError(
                f"predicted[{n}] must have as many tags as truth[{n}], {len(ours)}, "
                f"got {len(theirs)}"
            )
        there, found = set(decode(ours)), set(decode(theirs))
        for place, spans in enumerate([there & found, found, there]):
            for span in spans:
                counts.setdefault(span.kind, [0, 0, 0])[place] += 1
    return {kind: Score(*counts[kind]) for kind in sorted(counts)}


def _total(scores: Iterable[Score]) -> Score:
    return Score(*map(sum, zip(*scores, Score(0, 0, 0), strict=True)))


def _split(tags: Sequence[str]) -> list[tuple[str, str]]:
    """Prefix and kind of each tag; O has none."""
    if isinstance(tags, str):
        raise ValueError(f"tags must be a sequence of tags, got the single string {tags!r}")
    if not isinstance(tags, Iterable):
        raise ValueError(f"tags must be a sequence of tags, got {tags!r}")
    pairs = []
    for t, tag in enumerate(tags):
        if not isinstance(tag, str):
            raise ValueError(f"tags[{t}] must be a string, got {tag!r}")
        prefix, dash, kind = tag.partition("-")
        if tag != "O" and not (prefix in ("B", "I") and dash and kind):
            raise ValueError(f"tags[{t}] must be O, B- or I- and a kind, got {tag!r}")
        pairs.append((prefix, kind))
    return pairs


def _check_scheme(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}, got {scheme!r}")
