"""Characters and words: any text comes back, the same numbers everywhere, JSON."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.language import Characters, Words, join_words, split_words

steady = settings(derandomize=True, deadline=None)
# half of the texts from few characters, so that spaces, words and marks meet in every way
texts = st.text() | st.text("ab_ 1\n\t.,é\ud800\xa0")
kinds = pytest.mark.parametrize("kind", [Characters, Words])


@kinds
@steady
@given(text=texts, more=texts)
def test_every_known_text_comes_back(kind, text, more):
    for special, unknown in [((), None), (("<end>", "<pad>"), "<unk>")]:
        vocabulary = kind(text, special=special, unknown=unknown)
        numbers = vocabulary.encode(text)
        assert numbers.dtype == np.intp
        assert vocabulary.decode(numbers) == text
        assert [vocabulary.symbols[n] for n in numbers] == vocabulary.split(text)
        if unknown:  # what is not known is 0, and nothing else is, whatever the text holds
            found = vocabulary.encode(more + unknown)
            known = [symbol in vocabulary for symbol in vocabulary.split(more + unknown)]
            assert np.array_equal(found > 2, known)
            assert np.array_equal(found == 0, ~np.array(known))


@steady
@given(texts)
def test_words_cover_the_text_and_split_alone_as_they_do_together(text):
    words = split_words(text)
    assert join_words(words) == text
    assert all(split_words(word) == [word] for word in words)
    assert "".join(words).replace(" ", "") == text.replace(" ", "")


def test_words_by_hand():
    assert split_words("Don't  stop; x_1 = 2\n") == [
        *("Don", "'", "t", " ", " ", "stop", ";", " ", "x_1", " ", "=", " ", "2", "\n")
    ]
    assert join_words(["the", "<unk>", "sat", ",", " ", "<unk>"]) == "the <unk> sat, <unk>"


def test_order_and_special_symbols():
    letters = Characters("banana", special=["<end>", "<pad>"], unknown="<unk>")
    assert letters.symbols == ("<unk>", "<end>", "<pad>", "a", "b", "n")
    assert letters.special == ("<unk>", "<end>", "<pad>")
    assert [letters.number(s) for s in ("<unk>", "<pad>", "n")] == [0, 2, 5]
    assert "<end>" in letters
    assert "x" not in letters
    assert letters.decode([4, 3, 1]) == "ba<end>"
    # the same characters in any order and number give the same vocabulary
    assert Characters("nab", special=["<end>", "<pad>"], unknown="<unk>") == letters
    assert Characters("nab") != letters
    assert Characters("ab") != Words(["a", "b"])
    assert repr(Characters("banana")) == "<Characters: 3 symbols, 'a', 'b', 'n'>"


def test_rare_symbols_and_a_limit_on_size():
    text = "c c c b b a a d"
    assert Words(text, min_count=2).symbols == ("a", "b", "c")
    assert Words(text, unknown="<unk>", size=3).symbols == ("<unk>", "a", "c")  # a before b: a tie
    assert Words(text, unknown="<unk>", min_count=3, size=3).symbols == ("<unk>", "c")
    assert len(Words(text, size=99)) == 4
    words = Words(text, unknown="<unk>", min_count=2)
    assert words.encode("d c e").tolist() == [0, 3, 0]
    assert words.decode(words.encode("d c e")) == "<unk> c <unk>"


def test_several_texts_symbol_by_symbol():
    corpus = ["the cat", "the hat"]
    words = Words(word for text in corpus for word in split_words(text))
    assert words == Words("the cat the hat")
    assert Characters(["b", "a"]) == Characters("ab")


@kinds
@pytest.mark.parametrize("how", [{}, {"unknown": "<unk>", "special": ["<end>"], "min_count": 2}])
def test_saved_and_loaded_it_is_the_same(tmp_path, kind, how):
    vocabulary = kind("The cat — λ \ud800 \U0001f600 cat λ, \\ \" '\n", **how)
    path = tmp_path / "vocabulary.json"
    vocabulary.save(path)
    assert kind.load(path) == vocabulary
    assert path.read_bytes().isascii()
    assert json.loads(path.read_text())["kind"] == vocabulary.kind


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Characters("ab").encode("abc"), "hold only the 2 known characters, got 'c' at"),
        (lambda: Words("a b").encode("b a cat"), "2 known words, got 'cat' at place 2"),
        (lambda: Characters("ab").decode([0, 2]), "numbers[1] must lie between 0 and 1, got 2"),
        (lambda: Characters("ab").decode([-1]), "numbers[0] must lie between 0 and 1, got -1"),
        (lambda: Characters("ab").number("c"), "symbol must be one of the 2 known, got 'c'"),
        (lambda: Characters("ab", min_count=0), "min_count must be at least 1, got 0"),
        (lambda: Characters("ab", size=1, special=["<1>", "<2>"]), "size must be at least 2"),
        (lambda: Characters("ab", special=["x"]), "from all characters, got 'x'"),
        (lambda: Words("ab", unknown="unknown"), "from all words, got 'unknown'"),
        (lambda: Words("ab", special=[""]), "from all words, got ''"),
        (lambda: Words("ab", special=["<a>"], unknown="<a>"), "differ from each other"),
        (lambda: Characters(["ab"]), "text must be a text or hold characters, got 'ab'"),
        (lambda: Words(["a b"]), "text must be a text or hold words, got 'a b'"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]", "must hold words, got None"),
        ('{"kind": "characters"}', "must hold words, got 'characters'"),
        ('{"kind": "words", "special": [], "symbols": [1]}', "under 'symbols', got [1]"),
        ('{"kind": "words", "special": "a", "symbols": []}', "under 'special', got 'a'"),
        ('{"kind": "words", "special": [], "symbols": [], "unknown": 1}', "'unknown', got 1"),
        ("words", "Expecting value"),
    ],
)
def test_files_that_hold_something_else(tmp_path, content, message):
    path = tmp_path / "vocabulary.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=re.escape(message)):
        Words.load(path)
