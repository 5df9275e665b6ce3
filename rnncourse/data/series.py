"""Series that were measured, to be continued: sunspots, carbon dioxide, the sea off Peru.

    sunspots   mean number of each year        1700 to 2008    about 11 years from peak to peak
    co2        mean of each month, ppm         1958 to 2001    12 months, on a rising trend
    el-nino    mean of each month, °C          1950 to 2010    12 months

A forecaster sees T values and names the one `horizon` steps after the last. The first part of the
series is for training, the middle to choose by, the end for the test; a window may look back across
a border, but what it has to name lies in its part. Mean and standard deviation come from the
training part alone, as nobody knew those of the future.

Chance is one of three who have learnt nothing, and the best of them differs by series (`naive`):

    mean       always the training part's mean
    last       the last value seen
    seasonal   the value one period before, or as many periods as it takes to have seen it

Source: statsmodels carries the series, all in the public domain. Sunspots: National Geophysical
Data Center. CO2 at Mauna Loa: C. D. Keeling and T. P. Whorf (2004), weekly there. El Niño: sea
surface temperature at 0 to 10° south, 90 to 80° west, NOAA.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate
from rnncourse._validate import Array
from rnncourse.data._packages import need
from rnncourse.data.splits import Split, split

__all__ = ["SERIES", "Forecasting", "Series", "Windows", "forecasting", "naive", "series"]

SERIES = ("sunspots", "co2", "el-nino")


class Series(NamedTuple):
    """Values at equal steps of time."""

    times: Array  # (N,) datetime64, years or months
    values: Array  # (N,) float64
    filled: Array  # (N,) bool, where nothing was measured and a straight line stands in
    period: int  # steps
    unit: str


class Windows(NamedTuple):
    """Pieces of a standardised series, and what follows."""

    x: Array  # (T, N, 1)
    y: Array  # (T, N, 1) the value `horizon` steps after x[t]; y[-1] is the forecast asked for
    at: Array  # (N,) the place of y[-1] in the series


class Forecasting(NamedTuple):
    """A forecasting task; a standardised value times std plus mean is in the series' unit."""

    parts: Split  # of Windows
    mean: float
    std: float
    horizon: int


def series(name: str) -> Series:
    """A measured series.

    Args:
        name: "sunspots", "co2" or "el-nino".

    Raises:
        ValueError: another name.
        ModuleNotFoundError: statsmodels is not installed.

    >>> sunspots = series("sunspots")
    >>> str(sunspots.times[0]), sunspots.values[:4].tolist(), len(sunspots.values)
    ('1700', [5.0, 11.0, 16.0, 23.0], 309)
    """
    if name not in SERIES:
        raise ValueError(f"name must be one of {', '.join(SERIES)}, got {name!r}")
    carried = need("statsmodels.datasets", "series")
    if name == "sunspots":
        table = carried.sunspots.load_pandas().data
        values = table["SUNACTIVITY"].to_numpy(np.float64)
        return _regular(_from(f"{int(table['YEAR'].iloc[0])}", len(values)), values, 11, "sunspots")
    if name == "el-nino":
        table = carried.elnino.load_pandas().data
        values = table.drop(columns="YEAR").to_numpy(np.float64).ravel()  # a row for each year
        return _regular(_from(f"{int(table['YEAR'].iloc[0])}-01", len(values)), values, 12, "°C")
    weeks = carried.co2.load_pandas().data["co2"]
    times, values = _monthly(weeks.index.to_numpy("datetime64[D]"), weeks.to_numpy(np.float64))
    return _regular(times, values, 12, "ppm")


def forecasting(
    given: Series,
    T: int,
    *,
    horizon: int = 1,
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15),
    dtype: Any = np.float64,
) -> Forecasting:
    """Windows of T steps for a forecaster; chance is the best of `naive`.

    Training windows lie in the training part whole. Those of the other parts are scored by y[-1],
    which lies in their part; what they look back on may not.

    Args:
        given: the series.
        T: steps in a window, at least 1.
        horizon: steps from the last one seen to the one asked for, at least 1.
        shares: of training, validation and test, adding to 1.
        dtype: float32 or float64.

    Raises:
        ValueError: T or horizon below 1, bad shares, a part without a window, a value that is not
            finite, training values that are all the same, dtype not floating.

    >>> task = forecasting(series("sunspots"), T=22)
    >>> task.parts.train.x.shape, len(task.parts.test.at)
    ((22, 194, 1), 46)
    >>> bool(np.array_equal(task.parts.train.y[:-1], task.parts.train.x[1:]))
    True
    """
    _init.sizes(T=T, horizon=horizon)
    _validate.floating(dtype)
    _validate.finite("given.values", given.values)
    ranges = split(range(len(given.values)), shares=shares)
    known = given.values[: len(ranges.train)]
    if not len(known) or known.std() == 0:
        raise ValueError("given must have values that differ in its training part")
    mean, std = float(known.mean()), float(known.std())
    z = (given.values - mean) / std
    parts = []
    for name, part in zip(Split._fields, ranges, strict=True):
        at = np.arange(max(part.start, T + horizon - 1), max(part.stop, 0))
        if not len(at):
            raise ValueError(
                f"T + horizon must leave a window for the {name} part of {len(part)} steps, "
                f"got T = {T}, horizon = {horizon}"
            )
        last = at - horizon + np.arange(1 - T, 1)[:, None]  # (T, N) the place of each step seen
        x, y = (z[steps][..., None].astype(dtype) for steps in (last, last + horizon))
        parts.append(Windows(x, y, at))
    return Forecasting(Split(*parts), mean, std, horizon)


def naive(given: Series, task: Forecasting) -> dict[str, Split]:
    """Root mean squared errors of three who have learnt nothing, in training deviations.

    Args:
        given: the series.
        task: what `forecasting` made of it.

    Returns:
        "mean", "last" and "seasonal", each with the error on every part; without the steps before
        the first period is over.

    Raises:
        ValueError: a part ends before the first period does.

    >>> sunspots = series("sunspots")
    >>> errors = naive(sunspots, forecasting(sunspots, T=22))
    >>> {name: round(error.test, 2) for name, error in errors.items()}
    {'mean': 1.54, 'last': 0.86, 'seasonal': 1.02}
    """
    horizon = task.horizon
    z = (given.values - task.mean) / task.std
    back = given.period * -(-horizon // given.period)  # the least whole periods not below horizon
    found = {}
    for name, steps in (("mean", None), ("last", horizon), ("seasonal", back)):
        errors = []
        for part in task.parts:
            at = part.at if steps is None else part.at[part.at >= steps]
            if not len(at):
                raise ValueError(f"task must go beyond the first {steps} steps in every part")
            guess = 0.0 if steps is None else z[at - steps]
            errors.append(float(np.sqrt(np.mean((z[at] - guess) ** 2))))
        found[name] = Split(*errors)
    return found


def _from(first: str, count: int) -> Array:
    """Years or months in a row."""
    start = np.datetime64(first)
    return start + np.arange(count)


def _monthly(days: Array, values: Array) -> tuple[Array, Array]:
    """The mean of each month's values that are numbers; NaN where there are none."""
    months = days.astype("datetime64[M]")
    steps = (months - months[0]).astype(int)
    good = ~np.isnan(values)
    counts = np.bincount(steps[good], minlength=steps[-1] + 1)
    sums = np.bincount(steps[good], values[good], minlength=steps[-1] + 1)
    means = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    return months[0] + np.arange(len(means)), means


def _regular(times: Array, values: Array, period: int, unit: str) -> Series:
    """The series with its gaps filled by straight lines."""
    gaps = np.isnan(values)
    places = np.arange(len(values))
    filled = np.interp(places, places[~gaps], values[~gaps])
    return Series(times, filled, gaps, period, unit)
