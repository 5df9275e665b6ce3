"""Tags and entities: there and back, known sentences, the measures counted by hand, refusals."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import iob
from rnncourse.iob import Span

steady = settings(derandomize=True, deadline=None)
TAGS = ["O", "B-A", "I-A", "B-B", "I-B"]
sentences = st.lists(st.sampled_from(TAGS), max_size=8)
schemes = st.sampled_from(iob.SCHEMES)


@st.composite
def entities(draw):
    """Entities and the length of their sentence."""
    spans, at = [], 0
    for gap, size, kind in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("AB")), max_size=5)
    ):
        spans.append(Span(at + gap, at + gap + size, kind))
        at += gap + size
    return spans, at + draw(st.integers(0, 2))


@steady
@given(entities(), schemes)
def test_there_and_back(drawn, scheme):
    spans, length = drawn
    tags = iob.encode(spans[::-1], length, scheme)
    assert len(tags) == length
    assert iob.decode(tags) == spans
    assert iob.is_valid(tags, scheme)


@steady
@given(sentences)
def test_validity_is_the_rule_for_neighbours(tags):
    pairs = list(zip(["O", *tags], tags))  # noqa: B905
    assert iob.is_valid(tags, "IOB2") == all(
        now[0] != "I" or (before != "O" and before[1:] == now[1:]) for before, now in pairs
    )
    assert iob.is_valid(tags, "IOB1") == all(
        now[0] != "B" or (before != "O" and before[1:] == now[1:]) for before, now in pairs
    )


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("", []),
        ("O O", []),
        ("I-A", [(0, 1, "A")]),
        ("B-A B-A I-A", [(0, 1, "A"), (1, 3, "A")]),
        ("I-A I-A B-A O I-A", [(0, 2, "A"), (2, 3, "A"), (4, 5, "A")]),
        ("B-A I-B I-B O", [(0, 1, "A"), (1, 3, "B")]),
        ("B-A-B I-A-B", [(0, 2, "A-B")]),
    ],
)
def test_known_sentences(tags, spans):
    assert iob.decode(tags.split()) == spans


def test_the_schemes_differ_only_at_the_beginnings():
    spans = [Span(0, 2, "A"), Span(2, 3, "A"), Span(3, 4, "B"), Span(5, 6, "B")]
    assert iob.encode(spans, 6, "IOB2") == ["B-A", "I-A", "B-A", "B-B", "O", "B-B"]
    assert iob.encode(spans, 6, "IOB1") == ["I-A", "I-A", "B-A", "I-B", "O", "I-B"]


def test_the_measures_counted_by_hand():
    truth = [["B-A", "I-A", "O", "B-B"], ["B-A", "O"], ["O"]]
    predicted = [["B-A", "I-A", "O", "B-A"], ["B-A", "I-A"], ["O"]]
    found = iob.score(truth, predicted)
    assert found == (1, 3, 3)
    assert (found.precision, found.recall) == pytest.approx((1 / 3, 1 / 3))
    kinds = iob.score_by_kind(truth, predicted)
    assert kinds == {"A": (1, 3, 2), "B": (0, 0, 1)}
    assert kinds["A"].f1 == pytest.approx(2 / (3 / 1 + 2 / 1))
    assert (kinds["B"].precision, kinds["B"].recall, kinds["B"].f1) == (0, 0, 0)


@steady
@given(st.lists(st.tuples(sentences, st.randoms(use_true_random=False)), max_size=4))
def test_the_measures_agree_with_each_other(drawn):
    truth = [tags for tags, _ in drawn]
    predicted = [random.choices(TAGS, k=len(tags)) for tags, random in drawn]
    found, mirrored = iob.score(truth, predicted), iob.score(predicted, truth)
    assert (found.precision, found.recall) == (mirrored.recall, mirrored.precision)
    if found.right:
        harmonic = 2 / (1 / found.precision + 1 / found.recall)
        assert found.f1 == pytest.approx(harmonic)
    itself = iob.score(truth, truth)
    assert itself.right == itself.predicted == itself.there
    assert itself.f1 == (1 if itself.there else 0)


def test_no_sentences():
    assert iob.score([], []) == (0, 0, 0)
    assert iob.score_by_kind([], []) == {}


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (iob.decode, (["O", "X-A"],), "tags[1] must be O, B- or I- and a kind, got 'X-A'"),
        (iob.decode, (["B-"],), "tags[0] must be O, B- or I- and a kind, got 'B-'"),
        (iob.decode, (["O-A"],), "tags[0] must be O, B- or I- and a kind, got 'O-A'"),
        (iob.decode, (["I"],), "tags[0] must be O, B- or I- and a kind, got 'I'"),
        (iob.decode, ("O",), "tags must be a sequence of tags, got the single string 'O'"),
        (iob.encode, ([Span(1, 4, "A")], 3), "spans must lie in 0 to length = 3 and not be empty"),
        (iob.encode, ([Span(1, 1, "A")], 3), "spans must lie in 0 to length = 3 and not be empty"),
        (iob.encode, ([Span(0, 1, "")], 3), "spans must have a kind"),
        (iob.encode, ([Span(0, 2, "A"), Span(1, 3, "A")], 3), "spans must not overlap, got"),
        (iob.encode, ([], 3, "BIO"), "scheme must be one of IOB1, IOB2, got 'BIO'"),
        (iob.is_valid, ([], "iob2"), "scheme must be one of IOB1, IOB2, got 'iob2'"),
        (iob.score, ([["O"]], []), "predicted must have as many sentences as truth, 1, got 0"),
        (iob.score, ([["O"]], [[]]), "predicted[0] must have as many tags as truth[0], 1, got 0"),
    ],
)
def test_refusals(function, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        function(*arguments)
