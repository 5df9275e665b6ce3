"""Data that packages carry: properties that hold whatever words a version of them knows."""

import datetime
import math
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data
from rnncourse.data.dates import LOCALES, STYLES, _is_read_otherwise, _writers
from rnncourse.data.digits import scans
from rnncourse.data.names import NAME_LOCALES
from rnncourse.data.number_words import LANGUAGES

steady = settings(derandomize=True, deadline=None, max_examples=30)


def draw(seed=0):
    return np.random.default_rng(seed)


# digits


def test_digits_are_scikit_learns_in_three_parts_without_overlap():
    from sklearn.datasets import load_digits

    train, valid, test = data.digits()
    assert train.x.shape[1] + valid.x.shape[1] + test.x.shape[1] == 1797
    there = load_digits()
    wanted = Counter((image.tobytes(), int(y)) for image, y in zip(there.data, there.target))  # noqa: B905
    found = Counter()
    for part in (train, valid, test):
        images = (part.x[:, :, 0].T * 16).copy()
        found.update((image.tobytes(), int(y)) for image, y in zip(images, part.y, strict=True))
    assert found == wanted
    assert (train.x.min(), train.x.max(), train.x.dtype) == (0, 1, np.float64)
    assert max(np.bincount(there.target)) == 183


def test_digits_by_row_and_permuted_are_the_same_images():
    pixels, rows = data.digits(dtype=np.float32).valid, data.digits("row", dtype=np.float32).valid
    permuted = data.digits(permuted=5, dtype=np.float32).valid
    assert np.array_equal(pixels.y, rows.y)
    assert np.array_equal(pixels.y, permuted.y)
    for n in range(5):
        assert np.array_equal(rows.x[:, n].ravel(), pixels.x[:, n, 0])
    order = data.pixel_order(5)
    assert np.array_equal(permuted.x, pixels.x[order])
    assert not np.array_equal(permuted.x, pixels.x)
    assert permuted.x.dtype == np.float32


def test_digits_parts_follow_the_seed():
    assert np.array_equal(data.digits().test.y, data.digits(seed=0).test.y)
    assert not np.array_equal(data.digits(seed=1).test.y, data.digits().test.y)
    assert [part.x.shape[1] for part in data.digits(shares=(1, 0, 0))] == [1797, 0, 0]


@steady
@given(st.integers(0, 3), st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_scans_come_back(N, rows, columns, seed):
    images = draw(seed).random((N, rows, columns))
    images.flags.writeable = False
    order = draw(seed).permutation(rows * columns)
    by_pixel, by_row = scans(images), scans(images, "row")
    assert by_pixel.shape == (rows * columns, N, 1)
    assert np.array_equal(by_pixel[:, :, 0].T.reshape(images.shape), images)
    assert np.array_equal(by_row.transpose(1, 0, 2), images)
    assert np.array_equal(scans(images, order=order), by_pixel[order])


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
    assert (np.diff(surnames.y) != 0).mean() > 0.5  # shuffled


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
    from rnncourse import iob

    return [
        (span, words[span.start : span.stop])
        for words, tags in zip(part.words, part.tags, strict=True)
        for span in iob.decode(tags)
    ]


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2"])
def test_entities_are_tagged_and_unseen_at_test(scheme):
    from rnncourse import iob

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


def test_entities_need_the_words_around():
    train, _, test = data.entities(draw(), (400, 1, 100))
    kinds = {entity: span.kind for span, entity in spans(train)}
    assert not [entity for _, entity in spans(test) if entity in kinds]
    around = {word for words in train.words for word in words}
    plain = {w for ws, ts in zip(test.words, test.tags, strict=True)
             for w, t in zip(ws, ts, strict=True) if t == "O"}  # fmt: skip
    assert plain <= around


# series


@pytest.mark.parametrize(
    ("name", "first", "last", "N", "gaps"),
    [
        ("sunspots", "1700", "2008", 309, 0),
        ("co2", "1958-03", "2001-12", 526, 5),
        ("el-nino", "1950-01", "2010-12", 732, 0),
    ],
)
def test_series_are_whole_and_regular(name, first, last, N, gaps):
    series = data.load(name)
    assert (str(series.times[0]), str(series.times[-1])) == (first, last)
    assert (np.diff(series.times).astype(int) == 1).all()
    assert series.values.shape == series.times.shape == series.filled.shape == (N,)
    assert np.isfinite(series.values).all()
    assert series.filled.sum() == gaps
    for place in np.flatnonzero(series.filled):
        around = series.values[place - 1 : place + 2]
        assert around[1] == pytest.approx(around[[0, 2]].mean(), abs=0.6)


def test_months_are_the_means_of_their_weeks():
    import statsmodels.datasets

    weeks = statsmodels.datasets.co2.load_pandas().data["co2"]
    series = data.series("co2")
    months = weeks.resample("MS").mean()
    np.testing.assert_allclose(series.values[~series.filled], months.dropna(), rtol=1e-14)
    assert np.array_equal(series.filled, months.isna())


def test_el_nino_goes_on_from_december_to_january():
    series = data.series("el-nino")
    months = series.values.reshape(61, 12).mean(axis=0)
    assert 2 <= months.argmax() + 1 <= 4  # warmest in the southern autumn
    assert np.abs(np.diff(series.values)).max() < 4


windows = st.tuples(st.integers(1, 20), st.integers(1, 14))


@steady
@given(windows, st.sampled_from([np.float32, np.float64]))
def test_windows_hold_what_came_before_and_after(sizes, dtype):
    T, horizon = sizes
    values = np.arange(100.0) ** 1.5
    years = np.datetime64("1900") + np.arange(100)
    given = data.Series(years, values, np.zeros(100, bool), 7, "")
    task = data.forecasting(given, T, horizon=horizon, dtype=dtype)
    mean, std = values[:70].mean(), values[:70].std()
    assert (task.mean, task.std, task.horizon) == (mean, std, horizon)
    z = ((values - mean) / std).astype(dtype)
    for part, start, stop in zip(task.parts, (0, 70, 85), (70, 85, 100), strict=True):
        assert part.x.dtype == part.y.dtype == dtype
        assert part.x.shape == part.y.shape == (T, len(part.at), 1)
        assert part.at.tolist() == list(range(max(start, T + horizon - 1), stop))
        for n, at in enumerate(part.at):
            np.testing.assert_array_equal(part.y[:, n, 0], z[at - T + 1 : at + 1])
            first = at - horizon - T + 1
            np.testing.assert_array_equal(part.x[:, n, 0], z[first : first + T])


def test_nothing_of_the_future_is_known():
    series = data.series("el-nino")
    changed = series._replace(values=np.where(np.arange(732) < 622, series.values, 99.0))
    before, after = data.forecasting(series, 12), data.forecasting(changed, 12)
    assert (before.mean, before.std) == (after.mean, after.std)
    for part in ("train", "valid"):
        assert np.array_equal(getattr(before.parts, part).y, getattr(after.parts, part).y)


@pytest.mark.parametrize("horizon", [1, 5, 12, 13])
def test_naive_forecasts_by_hand(horizon):
    series = data.series("el-nino")
    task = data.forecasting(series, 24, horizon=horizon)
    errors = data.naive(series, task)
    back = 12 * math.ceil(horizon / 12)
    for name in ("train", "valid", "test"):
        part = getattr(task.parts, name)
        y, z = part.y[-1, :, 0], (series.values - task.mean) / task.std
        assert getattr(errors["mean"], name) == pytest.approx(np.sqrt((y**2).mean()))
        last = np.sqrt(((y - part.x[-1, :, 0]) ** 2).mean())
        assert getattr(errors["last"], name) == pytest.approx(last)
        rest = [(z[at] - z[at - back]) ** 2 for at in part.at if at >= back]
        assert getattr(errors["seasonal"], name) == pytest.approx(np.sqrt(np.mean(rest)))


def test_the_catalogue_tells_the_naive_errors():
    for name in ("sunspots", "co2", "el-nino"):
        (entry,) = (entry for entry in data.catalogue() if entry.name == name)
        series = entry.load()
        best = min(
            error.test for error in data.naive(series, data.forecasting(series, 24)).values()
        )
        assert entry.summary.endswith(f"the last value, is an RMSE of {best:.2f}")
        assert entry.summary.startswith(f"{len(series.values)} ")


# without the packages


def test_packages_load_late_and_their_absence_is_explained():
    code = """
import sys
import numpy as np
import rnncourse.data as data
from rnncourse.cli import data as listing
rows = listing.listing()
heavy = {"babel", "faker", "num2words", "sklearn", "statsmodels", "pandas", "scipy"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
for name in heavy:
    sys.modules[name] = None
rng = np.random.default_rng(0)
for ask in (data.digits, lambda: data.dates(rng, 1), lambda: data.number_words(rng, 1),
            lambda: data.names(rng, 1), lambda: data.entities(rng), lambda: data.load("co2")):
    try:
        ask()
    except ModuleNotFoundError as error:
        print(error.name, "|", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    packages = ["sklearn", "babel", "num2words", "faker", "faker", "statsmodels"]
    assert [line.split(" | ")[0] for line in lines] == packages
    for line, package in zip(lines, packages, strict=True):
        assert f'needs {package}: pip install "rnncourse[data]"' in line


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.digits("column"), "by must be pixel or row, got 'column'"),
        (lambda: data.digits(shares=(0.5, 0.1, 0.1)), "shares must be three, none negative"),
        (lambda: data.digits(dtype=int), "dtype must have a floating dtype"),
        (lambda: scans(np.ones((2, 2))), "images must have shape (N, rows, columns), got (2, 2)"),
        (lambda: scans(np.ones((1, 0, 2))), "rows must be at least 1, got 0"),
        (lambda: scans(np.ones((1, 2, 1)), order=[0, 0]), "order must hold each of the 2 pixels"),
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
        (lambda: data.series("moon"), "name must be one of sunspots, co2, el-nino, got 'moon'"),
        (lambda: data.forecasting(data.series("sunspots"), 0), "T must be at least 1, got 0"),
        (lambda: data.forecasting(data.series("sunspots"), 5, horizon=0), "horizon must be at"),
        (lambda: data.forecasting(data.series("sunspots"), 300), "a window for the train part"),
        (lambda: data.forecasting(data.series("sunspots"), 5, shares=(0.9, 0.1, 0)), "test part"),
        (lambda: data.forecasting(data.series("sunspots"), 5, dtype=int), "floating dtype"),
    ],
)  # fmt: skip
def test_packaged_data_refuse(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_forecasting_refuses_bad_values():
    times = np.datetime64("1900") + np.arange(40)
    flat = data.Series(times, np.ones(40), np.zeros(40, bool), 4, "")
    with pytest.raises(ValueError, match="values that differ in its training part"):
        data.forecasting(flat, 2)
    broken = flat._replace(values=np.where(np.arange(40) == 3, np.nan, 1.0))
    with pytest.raises(ValueError, match=re.escape("given.values[3] must be finite, got nan")):
        data.forecasting(broken, 2)
    rising = flat._replace(values=np.arange(40.0), period=38)
    with pytest.raises(ValueError, match="task must go beyond the first 38 steps"):
        data.naive(rising, data.forecasting(rising, 2))
