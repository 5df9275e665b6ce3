"""Reber's grammar: generator and checker against the grammar written as a regular expression."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data

steady = settings(derandomize=True, deadline=None, max_examples=50)
seeds = st.integers(0, 2**32 - 1)
PATTERN = re.compile("B(?:TS*X(?:S|XT*V(?:PXT*V)*(?:V|PS))|PT*V(?:PXT*V)*(?:V|PS))E")


def draw(seed=0):
    return np.random.default_rng(seed)


@steady
@given(seed=seeds)
def test_reber_strings_match_the_pattern(seed):
    inner, outer = data.reber(draw(seed)), data.embedded_reber(draw(seed))
    assert PATTERN.fullmatch(inner)
    assert data.is_reber(inner)
    assert PATTERN.fullmatch(outer[2:-2])
    assert outer[:2] + outer[-2:] in ("BTTE", "BPPE")
    assert data.is_embedded_reber(outer)
    assert not data.is_reber(outer)
    assert not data.is_embedded_reber(inner)


@steady
@given(st.text(alphabet="BTSXPVE", max_size=12))
def test_the_checker_is_the_pattern_on_any_string(text):
    assert data.is_reber(text) == bool(PATTERN.fullmatch(text))
    assert data.is_embedded_reber(f"BT{text}TE") == bool(PATTERN.fullmatch(text))


@steady
@given(seed=seeds, place=st.integers(0, 10**6), other=st.sampled_from("BTSXPVEab"))
def test_corrupted_reber_strings_are_refused(seed, place, other):
    text = data.embedded_reber(draw(seed))
    place %= len(text)
    changed = text[:place] + other + text[place + 1 :]
    ends = (changed[:2] + changed[-2:]) in ("BTTE", "BPPE")
    expected = ends and bool(PATTERN.fullmatch(changed[2:-2]))
    assert data.is_embedded_reber(changed) == expected
    swapped = text[:-2] + {"T": "P", "P": "T"}[text[-2]] + "E"
    for wrong in (swapped, text[:-1], text + "E", text[1:], ""):
        assert not data.is_embedded_reber(wrong)


@steady
@given(seed=seeds, embedded=st.booleans())
def test_reber_next_names_exactly_what_may_follow(seed, embedded):
    text = (data.embedded_reber if embedded else data.reber)(draw(seed))
    follow = data.reber_next(text, embedded=embedded)
    assert len(follow) == len(text)
    assert follow[-1] == ""
    for place, (symbol, allowed) in enumerate(zip(text[1:], follow, strict=False)):
        assert symbol in allowed
        for other in set("BTSXPVE") - set(allowed):
            with pytest.raises(ValueError, match=rf"string\[{place + 1}\] must be"):
                data.reber_next(text[: place + 1] + other, embedded=embedded)


def test_reber_takes_every_edge_half_the_time():
    rng = draw()
    strings = [data.embedded_reber(rng) for _ in range(4000)]
    assert np.mean([s[1] == "T" for s in strings]) == pytest.approx(0.5, abs=0.03)
    assert np.mean([s[3] == "T" for s in strings]) == pytest.approx(0.5, abs=0.03)
    shortest = np.mean([len(s) == 9 for s in strings])  # BTXSE or BPVVE within
    assert shortest == pytest.approx(1 / 4, abs=0.03)


@pytest.mark.parametrize(
    ("string", "message"),
    [("BTT", "string[2] must be S or X, got 'T'"), ("BTXSEE", "string[5] must be nothing, got")],
)
def test_reber_next_refuses(string, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        data.reber_next(string)
