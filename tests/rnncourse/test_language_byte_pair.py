"""Byte pairs: the paper's example, the paper's own slow algorithm, and any text back."""

import itertools
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data
from rnncourse.language import BytePairs, pieces

steady = settings(derandomize=True, deadline=None)
texts = st.text() | st.text("ab \n.é\ud800\udc00\U0001f600")
small = st.text("ab .", max_size=40)


def slowly(counts, merges):
    """The algorithm of Sennrich et al.: count all pairs anew, merge the first of the most frequent.

    Words are tuples of byte strings.
    """
    words = {tuple(bytes([b]) for b in word): n for word, n in counts.items()}
    found = []
    for _ in range(merges):
        pairs = Counter()
        for word, n in words.items():
            for pair in itertools.pairwise(word):
                pairs[pair] += n
        if not pairs or max(pairs.values()) < 2:
            break
        best = max(pairs, key=pairs.get)  # of equal counts the one that was met first
        found.append(best)
        words = {merged(word, best): n for word, n in words.items()}
    return found, words


def merged(word, pair):
    out, k = [], 0
    while k < len(word):
        n = 2 if word[k : k + 2] == pair else 1
        out.append(b"".join(word[k : k + n]))
        k += n
    return tuple(out)


def test_the_example_of_the_paper():
    """Its dictionary, _ for the end of a word, and the ten merges that its program prints."""
    coder = BytePairs.train({"low_": 5, "lower_": 2, "newest_": 6, "widest_": 3}, merges=10)
    assert [b"%s %s" % pair for pair in coder.merges] == [
        *(b"e s", b"es t", b"est _", b"l o", b"lo w"),
        *(b"n e", b"ne w", b"new est_", b"low _", b"w i"),
    ]
    # an unknown word in known parts
    assert coder.segment("lowest_") == [b"low", b"est_"]
    assert coder.symbols[256:259] == [b"es", b"est", b"est_"]
    assert len(coder) == 266
    assert repr(coder) == "<BytePairs: 266 symbols, 10 merges>"


@steady
@given(small, st.integers(0, 12))
def test_the_merges_are_those_of_the_slow_algorithm(text, merges):
    counts = Counter(pieces(text))
    expected, words = slowly({piece.encode(): n for piece, n in counts.items()}, merges)
    coder = BytePairs.train(text, merges)
    assert coder.merges == expected
    # and encoding a text does what training did to it
    for word in words:
        assert tuple(coder.segment(b"".join(word).decode())) == word


@steady
@given(texts, texts)
def test_every_text_comes_back(text, trained_on):
    for coder in (BytePairs(), BytePairs.train(trained_on, 20), BytePairs.train(text, 20)):
        numbers = coder.encode(text)
        assert numbers.dtype == np.intp
        assert coder.decode(numbers) == text
        assert b"".join(coder.segment(text)) == text.encode("utf-8", "surrogatepass")
        assert np.array_equal(coder.encode(text), numbers)  # from the cache


@steady
@given(texts)
def test_pieces_are_the_text_and_none_is_empty(text):
    assert "".join(pieces(text)) == text
    assert all(pieces(text))


def test_a_piece_takes_the_space_before_it_and_no_other_white_space():
    assert pieces("x = 1\n    y  += 'é'\n") == [
        *("x", " =", " 1", "\n   ", " y", " ", " +=", " '", "é", "'", "\n")
    ]


@steady
@given(texts)
def test_no_symbol_crosses_a_piece(text):
    coder = BytePairs.train(text, 30)
    parts = [coder.encode(piece) for piece in pieces(text)]
    assert np.array_equal(coder.encode(text), np.concatenate([*parts, np.zeros(0, np.intp)]))


@steady
@given(st.lists(st.integers(0, 255), max_size=12))
def test_any_numbers_are_some_text(numbers):
    text = BytePairs().decode(numbers)
    try:
        assert text == bytes(numbers).decode()
    except UnicodeDecodeError:
        assert "\ufffd" in text or any("\ud800" <= c <= "\udfff" for c in text)


def test_prose_takes_less_than_half_the_symbols():
    text = data.documentation()[:60_000]
    coder = BytePairs.train(text, 300)
    assert len(coder.encode(text)) < 0.45 * len(text.encode())
    assert {b" the", b"ing", b" object"} <= set(coder.symbols)
    unseen = data.heaps()
    assert len(coder.encode(unseen)) < 0.65 * len(unseen.encode())


def test_ties_are_broken_by_place():
    # ab, cd and ef twice each; the piece that stands first decides, then the leftmost pair
    assert BytePairs.train({"cd": 2, "ab": 2}, 1).merges == [(b"c", b"d")]
    assert BytePairs.train({"xab": 2, "ab": 1, "x": 9}, 1).merges == [(b"a", b"b")]
    assert BytePairs.train({"efab": 2}, 1).merges == [(b"e", b"f")]


def test_a_full_cache_is_emptied_and_changes_nothing(monkeypatch):
    coder = BytePairs.train("the cat and the hat", 5)
    numbers = coder.encode("the cat and the hat")
    monkeypatch.setattr("rnncourse.language.byte_pair._CACHED", 2)
    again = BytePairs.train("the cat and the hat", 5)
    assert np.array_equal(again.encode("the cat and the hat"), numbers)
    assert len(again._cache) <= 2


def test_saved_and_loaded_it_is_the_same(tmp_path):
    coder = BytePairs.train("low low lower λλ λλ", 8)
    coder.save(tmp_path / "pairs.json")
    loaded = BytePairs.load(tmp_path / "pairs.json")
    assert loaded.merges == coder.merges
    assert loaded.symbols == coder.symbols
    assert loaded.segment("lowλ") == coder.segment("lowλ")
    assert (tmp_path / "pairs.json").read_bytes().isascii()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: BytePairs.train("ab", -1), "merges must be at least 0, got -1"),
        (lambda: BytePairs.train({"ab": 0}, 1), "text['ab'] must be at least 1, got 0"),
        (lambda: BytePairs([(97, 98), (97, 257)]), "pairs[1] must be two numbers from 0 to 256"),
        (lambda: BytePairs([(97, 98, 99)]), "pairs[0] must be two numbers from 0 to 255, got"),
        (lambda: BytePairs([(97, 98), (97, 98)]), "pairs[1] must be a new pair, got (97, 98)"),
        (lambda: BytePairs().decode([1, 256]), "numbers[1] must lie between 0 and 255, got 256"),
        (lambda: BytePairs().decode([-1]), "numbers[0] must lie between 0 and 255, got -1"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"kind": "words"}', "must hold byte pairs, got 'words'"),
        ("[]", "must hold byte pairs, got None"),
        ('{"kind": "byte pairs"}', "must hold a list of pairs of numbers, got None at place 0"),
        ('{"kind": "byte pairs", "pairs": [[97, 98], [97, 0.5]]}', "got [97, 0.5] at place 1"),
        ('{"kind": "byte pairs", "pairs": [[97, 300]]}', "pairs[0] must be two numbers"),
    ],
)
def test_files_that_hold_something_else(tmp_path, content, message):
    path = tmp_path / "pairs.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=re.escape(message)):
        BytePairs.load(path)
