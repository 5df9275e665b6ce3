"""Data that packages of the extra `data` carry, or words for sentences drawn here."""

from __future__ import annotations

from functools import partial

from rnncourse.data._entry import Entry
from rnncourse.data.dates import dates
from rnncourse.data.digits import digits
from rnncourse.data.entities import entities
from rnncourse.data.names import names
from rnncourse.data.number_words import number_words
from rnncourse.data.series import series

__all__ = ["PACKAGED"]

PACKAGED = (
    Entry(
        "digits",
        "1797 digits of 8 by 8 pixels, by pixel, permuted or by row; chance is 1/10 right",
        "Alpaydin and Kaynak 1998, UCI Machine Learning Repository",
        "CC BY 4.0",
        True,
        lambda: digits,
        "scikit-learn",
    ),
    Entry(
        "dates",
        "dates in 21 locales, to be written as in ISO 8601; chance is 1 in 36,525 right",
        "the Unicode Common Locale Data Repository",
        "Unicode",
        False,
        lambda: dates,
        "babel",
    ),
    Entry(
        "number-words",
        "numbers to words in 14 languages and back; chance is 1 in 10,000 right",
        "the package num2words",
        "LGPL",
        False,
        lambda: number_words,
        "num2words",
    ),
    Entry(
        "names",
        "surnames of ten countries, to be told apart; chance is 1/10 right",
        "the package Faker",
        "MIT",
        False,
        lambda: names,
        "faker",
    ),
    Entry(
        "entities",
        "sentences with people, organisations, places and dates, tagged; chance is an F1 of 0",
        "this course's templates, names of the package Faker",
        "MIT",
        False,
        lambda: entities,
        "faker",
    ),
    Entry(
        "sunspots",
        "309 years of sunspots, to be continued; chance, the last value, is an RMSE of 0.86",
        "National Geophysical Data Center",
        "public domain",
        True,
        partial(series, "sunspots"),
        "statsmodels",
    ),
    Entry(
        "co2",
        "526 months of CO2 at Mauna Loa; chance, the last value, is an RMSE of 0.12",
        "Keeling and Whorf 2004",
        "public domain",
        True,
        partial(series, "co2"),
        "statsmodels",
    ),
    Entry(
        "el-nino",
        "732 months of the sea's temperature off Peru; chance, the last value, is an RMSE of 0.52",
        "NOAA, ERSST.V3B, Niño 1+2",
        "public domain",
        True,
        partial(series, "el-nino"),
        "statsmodels",
    ),
)
