"""Dates, numbers, names and entities: what holds whatever words a version of a package knows."""

import datetime
import re
from collections import Counter

import numpy as np
import pytest

from rnncourse import data, iob
from rnncourse.data.dates import LOCALES, STYLES, _is_read_otherwise, _writers
from rnncourse.data.entities import _deal
from rnncourse.data.names import NAME_LOCALES
from rnncourse.data.number_words import LANGUAGES


def draw(seed=0):
    return np.random.default_rng(seed)


# dates


def plain(written):
    """As somebody reads it who does not care about leading zeros."""
    for before in "/.- ":
        written = written.replace(f"{before}0", before)
    return written.lstrip("0")


def test_a_whole_year_of_dates_has_no_undetected_second_reading():
    forms = tuple(write for locale in LOCALES for write in _writers(locale, STYLES))
    read = {}
    for n in range(366):
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=n)
        for write in forms:
            read.setdefault(plain(write(day)), {}).setdefault(day, write(day))
    twofold = {key for key, days in read.items() if len(days) > 1}
    assert len(twofold) >= 132  # 03/04/2024 and its like: 12 · 12 - 12 of them with slashes
    for key, days in read.items():
        flagged = {_is_read_otherwise(written, day, forms) for day, written in days.items()}
        assert flagged == {key in twofold}


def test_dates_are_evenly_drawn_and_in_the_alphabet():
    pairs = data.dates(draw(), 2000)
    assert pairs == data.dates(draw(), 2000)
    assert set(pairs.tags) == set(LOCALES)
    symbols = data.date_symbols()
    assert set("".join(pairs.sources + pairs.targets)) <= set(symbols)
    assert symbols == "".join(sorted(set(symbols)))
    years = [int(target[:4]) for target in pairs.targets]
    assert (min(years), max(years)) == (1950, 2049)
    assert abs(np.mean(years) - 1999.5) < 2
    for source, target, tag in zip(*pairs, strict=True):
        assert target[:4] in source  # four digits, even in the short styles
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", target)
        written = {write(datetime.date.fromisoformat(target)) for write in _writers(tag, STYLES)}
        assert source in written


def test_a_locale_alone_may_write_its_short_dates():
    short = data.dates(draw(), 300, locales=["en_US"], styles=["short"])
    for source, target in zip(short.sources, short.targets, strict=True):
        month, day, year = (int(part) for part in source.split("/"))
        assert f"{year}-{month:02}-{day:02}" == target
    assert any(int(source.split("/")[1]) <= 12 for source in short.sources)
    both = data.dates(draw(), 300, locales=["en_US", "en_GB"], styles=["short"])
    for target in both.targets:
        month, day = int(target[5:7]), int(target[8:])
        assert day > 12 or day == month


# numbers in words


def test_number_words_both_ways():
    there = data.number_words(draw(), 300)
    back = data.number_words(draw(), 300, to="digits")
    assert there == data.number_words(draw(), 300)
    assert back.sources == there.targets
    for source, target, tag in zip(there.sources, back.targets, there.tags, strict=True):
        assert source == f"{tag} {target}"
        assert 0 <= int(target) < 10_000
    assert set(there.tags) == set(LANGUAGES)


def test_no_two_numbers_share_their_words():
    from num2words import num2words

    meaning = {}
    for number in [*range(200), *range(200, 10_000, 97)]:
        for language in LANGUAGES:
            assert meaning.setdefault(num2words(number, lang=language), number) == number


def test_numbers_for_the_test_stay_unseen():
    train, _, test = data.split(range(10_000), seed=0)
    pairs = data.number_words(draw(), 500, to="digits", languages=["en"], among=test)
    assert {int(target) for target in pairs.targets} <= set(test)
    assert not {int(target) for target in pairs.targets} & set(train)


# names


@pytest.fixture(scope="module")
def surnames():
    return data.names(draw(), each=200)


def test_names_are_different_and_balanced(surnames):
    assert len(set(surnames.names)) == len(surnames.names) == 2000
    assert np.bincount(surnames.y).tolist() == [200] * 10
    assert surnames.locales == NAME_LOCALES
    assert 0.05 < (np.diff(surnames.y) == 0).mean() < 0.2  # neither sorted nor in turn


def test_names_follow_the_rng():
    first, again, other = (data.names(draw(n), 20, locales=["it_IT"]).names for n in (0, 0, 1))
    assert first == again
    assert set(first) != set(other)


def test_names_tell_where_they_come_from(surnames):
    """The last two letters alone beat chance three times over."""
    train, _, test = data.split(range(2000), seed=0)
    ends = {}
    for n in train:
        ends.setdefault(surnames.names[n][-2:], []).append(int(surnames.y[n]))
    guesses = [Counter(ends.get(surnames.names[n][-2:], [0])).most_common(1)[0][0] for n in test]
    assert np.mean(np.array(guesses) == surnames.y[list(test)]) > 0.3


# entities


def spans(part):
    return [
        (span, words[span.start : span.stop])
        for words, tags in zip(part.words, part.tags, strict=True)
        for span in iob.decode(tags)
    ]


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2"])
def test_entities_are_tagged_and_unseen_at_test(scheme):
    parts = data.entities(draw(3), (300, 60, 80), scheme=scheme)
    assert parts == data.entities(draw(3), (300, 60, 80), scheme=scheme)
    assert [len(part.words) for part in parts] == [300, 60, 80]
    for part in parts:
        for words, tags in zip(part.words, part.tags, strict=True):
            assert len(words) == len(tags)
            assert iob.is_valid(tags, scheme)
            assert all(word and " " not in word for word in words)
        assert {span.kind for span, _ in spans(part)} == {"DATE", "LOC", "ORG", "PER"}
        outside = [tag for tags in part.tags for tag in tags]
        assert 0.4 < outside.count("O") / len(outside) < 0.65
        guess = [["O"] * len(tags) for tags in part.tags]
        assert iob.score(part.tags, guess).f1 == 0
    seen = [{(span.kind, entity) for span, entity in spans(part)} for part in parts]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


def test_commas_in_entities_are_words():
    taken = set()
    assert _deal("ORG", lambda: "A, B and C", taken, 1) == [("A", ",", "B", "and", "C")]
    assert taken == {("A", ",", "B", "and", "C")}


def test_entities_need_the_words_around():
    train, _, test = data.entities(draw(), (400, 1, 100))
    kinds = {entity: span.kind for span, entity in spans(train)}
    assert not [entity for _, entity in spans(test) if entity in kinds]
    around = {word for words in train.words for word in words}
    plain = {w for ws, ts in zip(test.words, test.tags, strict=True)
             for w, t in zip(ws, ts, strict=True) if t == "O"}  # fmt: skip
    assert plain <= around


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.dates(draw(), 0), "B must be at least 1, got 0"),
        (lambda: data.dates(draw(), 1, locales=[]), "locales must be a sequence of at least one"),
        (lambda: data.dates(draw(), 1, locales="de"), "at least one name, got 'de'"),
        (lambda: data.dates(draw(), 1, locales=["xx"]), "names that Babel knows, got 'xx'"),
        (lambda: data.dates(draw(), 1, locales=["d e"]), "names that Babel knows, got 'd e'"),
        (lambda: data.dates(draw(), 1, styles=["tiny"]), "styles must be among short, medium"),
        (lambda: data.number_words(draw(), 0), "B must be at least 1, got 0"),
        (lambda: data.number_words(draw(), 1, to="song"), "to must be words or digits, got 'song'"),
        (lambda: data.number_words(draw(), 1, languages=["xx"]), "num2words knows, got 'xx'"),
        (lambda: data.number_words(draw(), 1, languages="en"), "at least one name, got 'en'"),
        (lambda: data.number_words(draw(), 1, among=[]), "among must hold numbers, none negative"),
        (lambda: data.number_words(draw(), 1, among=[-1]), "none negative, got [-1]"),
        (lambda: data.names(draw(), 0), "each must be at least 1, got 0"),
        (lambda: data.names(draw(), 10**5), "each must be smaller: Faker's"),
        (lambda: data.names(draw(), 1, locales=["xx_XX"]), "that Faker knows, got 'xx_XX'"),
        (lambda: data.names(draw(), 1, locales=["it_IT"] * 2), "a sequence of different names"),
        (lambda: data.entities(draw(), (1, 1)), "sizes must be three, got (1, 1)"),
        (lambda: data.entities(draw(), (1, 0, 1)), "sizes must be at least 1, got 0"),
        (lambda: data.entities(draw(), (9000, 1, 1)), "sizes must be smaller: no more than"),
        (lambda: data.entities(draw(), scheme="IOBES"), "scheme must be one of IOB1, IOB2"),
    ],
)  # fmt: skip
def test_language_data_refuse(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
