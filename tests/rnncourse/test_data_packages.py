"""Digits and series that packages carry, and what happens without the packages."""

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
from rnncourse.data.digits import scans

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
        (lambda: data.digits(dtype=int), "dtype must be floating"),
        (lambda: scans(np.ones((2, 2))), "images must have shape (N, rows, columns), got (2, 2)"),
        (lambda: scans(np.ones((1, 0, 2))), "rows must be at least 1, got 0"),
        (lambda: scans(np.ones((1, 2, 1)), order=[0, 0]), "order must hold each of the 2 pixels"),
        (lambda: data.series("moon"), "name must be one of sunspots, co2, el-nino, got 'moon'"),
        (lambda: data.forecasting(data.series("sunspots"), 0), "T must be at least 1, got 0"),
        (lambda: data.forecasting(data.series("sunspots"), 5, horizon=0), "horizon must be at"),
        (lambda: data.forecasting(data.series("sunspots"), 300), "a window for the train part"),
        (lambda: data.forecasting(data.series("sunspots"), 5, shares=(0.9, 0.1, 0)), "test part"),
        (lambda: data.forecasting(data.series("sunspots"), 5, dtype=int), "must be floating"),
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
