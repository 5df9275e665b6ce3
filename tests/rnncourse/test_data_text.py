"""Splits, sentences with a year, prose without repeats, source with the classes of its tokens."""

import ast
import io
import keyword
import re
import tokenize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data
from rnncourse.data.source_tokens import CLASSES, SOURCE_MODULES
from rnncourse.data.years import WORDS, YEARS, sentence

steady = settings(derandomize=True, deadline=None, max_examples=50)
MAIN = r"(i|we|she|he|they) (went|flew|drove|moved|returned) to [a-z]+"


def draw(seed=0):
    return np.random.default_rng(seed)


# splits


@steady
@given(st.text(), st.integers(0, 10), st.integers(0, 10), st.integers(1, 10))
def test_split_leaves_nothing_out(text, a, b, c):
    shares = tuple(n / (a + b + c) for n in (a, b, c))
    parts = data.split(text, shares=shares)
    assert "".join(parts) == text
    for part, share in zip(parts, shares, strict=True):
        assert abs(len(part) - share * len(text)) <= 1
    shuffled = data.split(text, seed=a, shares=shares)
    assert sorted(sum(shuffled, ())) == sorted(text)
    assert [len(part) for part in shuffled] == [len(part) for part in parts]


def test_split_shuffles_by_its_seed():
    assert data.split(range(50), seed=1) == data.split(range(50), seed=1)
    assert data.split(range(50), seed=1) != data.split(range(50), seed=2)
    assert data.split(np.arange(10)).valid.tolist() == [8]


# years


@steady
@given(st.integers(0, 2**32 - 1), st.integers(6, 20), st.integers(1, 4))
def test_years_are_where_they_may_be(seed, T, B):
    x, y = data.years(draw(seed), T, B)
    assert (x.shape, y.shape) == ((T, B), (B,))
    for numbers, year in zip(x.T, y, strict=True):
        words = sentence(numbers).split()
        assert len(words) == T
        (place,) = [place for place, word in enumerate(words) if word in YEARS]
        assert words[place - 1] == "in"
        assert place in data.year_positions(T)
        assert words[place] == YEARS[year] == WORDS[year]
        assert numbers[place] == year
        assert len(re.findall(MAIN, " ".join(words))) == 1


@steady
@given(st.integers(6, 12), st.data())
def test_years_keep_to_the_positions(T, drawn):
    allowed = data.year_positions(T)
    positions = drawn.draw(st.lists(st.sampled_from(allowed), min_size=1, unique=True))
    x, _ = data.years(draw(), T, 60, positions=positions)
    assert set(np.argwhere(x.T < 50)[:, 1].tolist()) <= set(positions)


def test_years_are_fair_and_use_every_word():
    x, y = data.years(draw(), 12, 6000)
    assert x.max() < len(WORDS)
    assert (np.bincount(x.ravel(), minlength=len(WORDS)) > 0).all()
    assert np.bincount(y).tolist() == pytest.approx([120] * 50, abs=45)
    places = np.argwhere(x.T < 50)[:, 1]
    assert np.bincount(places, minlength=12)[1:] / 6000 == pytest.approx([1 / 11] * 11, abs=0.015)
    again = data.years(draw(), 12, 6000)
    assert np.array_equal(x, again[0])


def test_the_clause_stands_on_either_side():
    x, _ = data.years(draw(), 11, 40, positions=[5])
    before = [bool(re.search(MAIN, sentence(numbers[:4]))) for numbers in x.T]
    assert 5 < sum(before) < 35


def test_the_shortest_sentences_are_the_two_of_the_book():
    x, _ = data.years(draw(), 6, 50)
    for numbers in x.T:
        assert re.fullmatch(rf"in \d{{4}} {MAIN}|{MAIN} in \d{{4}}", sentence(numbers))


# prose


def test_prose_has_no_paragraph_twice():
    parts = data.prose()
    seen = set()
    for part in parts:
        for paragraph in re.split(r"\n\s*\n", part):
            words = tuple(paragraph.split())
            assert words not in seen
            seen.add(words)
    whole = {tuple(paragraph.split()) for paragraph in re.split(r"\n\s*\n", data.documentation())}
    assert seen - {()} == whole - {()}
    total = sum(map(len, parts))
    assert 0.7 < total / len(data.documentation()) < 0.9
    assert data.prose((0.5, 0.25, 0.25)).train.startswith(parts.train[:1000])
    assert data.unigram_entropy(parts.train) == pytest.approx(4.7, abs=0.05)


# source


def classes_of(text):
    return "".join("_knd'#o"[number] for number in data.label_source(text))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("for i in range(3):  # thrice\n    pass\n", "kkk_n_kk_nnnnnodoo__########_____kkkk_"),
        (
            "x = '''a\nif\n''' + \"b\"\n",
            "n_o_''''''''''''_o_'''_".replace("''''''''''''", "'" * 11),
        ),
        ("a\\\n  + 1e-5", "n____o_dddd"),
        ("f'{x:>{w}} {{}}' 'y'\n", "''''''''''''''''_'''_"),
        ("f'a{b + f\"{c}\"}d' + e\n", "'" * 17 + "_o_n_"),
        ("é, Ω = 1, 2  # 🙂\nmatch = None", "no_n_o_do_d__###_nnnnn_o_kkkk"),
    ],
)
def test_every_character_has_its_class(text, wanted):
    assert classes_of(text) == wanted


def test_tokens_are_those_of_python(root):
    text = (root / "rnncourse" / "lstm.py").read_text(encoding="utf-8")
    found = [(text[t.start : t.stop], CLASSES[t.number]) for t in data.tokens(text)]
    words = [word for word, kind in found if kind in ("name", "keyword")]
    assert {word for word in words if keyword.iskeyword(word)} == {
        word for word, kind in found if kind == "keyword"
    }
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert names <= {word for word, kind in found if kind == "name"}
    comments = [t.string for t in tokenize.generate_tokens(io.StringIO(text).readline)
                if t.type == tokenize.COMMENT]  # fmt: skip
    assert [word for word, kind in found if kind == "comment"] == comments
    covered = "".join(word for word, _ in found)
    assert re.sub(r"\s", "", covered) == re.sub(r"\s", "", text)
    starts = [t.start for t in data.tokens(text)]
    assert starts == sorted(starts)


def test_source_comes_in_whole_modules():
    modules = data.Split(["bisect", "sched"], ["fnmatch"], ["string"])
    parts = data.source_tokens(modules)
    for part, names in zip(parts, modules, strict=True):
        assert part.text == data.source(names)
        assert len(part.classes) == len(part.text)
        assert set(np.unique(part.classes)) <= set(range(len(CLASSES)))
        string = CLASSES.index("string")
        assert 0.1 < (part.classes == string).mean() < 0.7
    names = [name for part in SOURCE_MODULES for name in part]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.split("abc", shares=(0.5, 0.5)), "shares must be three, none negative, and"),
        (lambda: data.split("abc", shares=(1.5, -0.5, 0)), "and add to 1, got (1.5, -0.5, 0)"),
        (lambda: data.split("abc", shares=(np.nan, 0, 1)), "shares must be three"),
        (lambda: data.years(draw(), 5, 1), "T must be at least 6, a clause and a year, got 5"),
        (lambda: data.years(draw(), 6, 0), "B must be at least 1, got 0"),
        (lambda: data.years(draw(), 6, 1, positions=[2]), "positions must be among 1, 5 for T = 6"),
        (lambda: data.years(draw(), 6, 1, positions=[]), "positions must be among 1, 5 for T = 6"),
        (lambda: data.tokens("'"), "text must be Python source: "),
        (lambda: data.tokens("x = ("), "text must be Python source: "),
        (lambda: data.tokens("  x\n y\n"), "text must be Python source: "),
        (lambda: data.tokens("x = ?"), "text must be Python source: "),
        (lambda: data.source_tokens(data.Split(["no_such"], [], [])), "got 'no_such'"),
    ],
)
def test_text_data_refuse(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
