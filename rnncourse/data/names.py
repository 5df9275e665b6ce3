"""Surnames of ten countries: where does a name come from?

Endings tell much: -ini, -wicz, -sson, -nen. All are in Latin letters, with the accents of their
language, which tell some of it too.

Chance: as many names from each country, so 1 of the number of countries is right: 1/10.

Source: the word lists of the package Faker. Another version of it may hold other names; the same
version draws the same ones from the same rng. A name that two countries share is listed once, under
the one that drew it first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array
from rnncourse.data._packages import need

__all__ = ["NAME_LOCALES", "Names", "faker_of", "names"]

NAME_LOCALES = (
    "de_DE", "en_GB", "es_ES", "fi_FI", "fr_FR", "hr_HR", "it_IT", "nl_NL", "pl_PL", "sv_SE",
)  # fmt: skip

_PATIENCE = 2000  # draws without a new name, after which a list counts as used up


class Names(NamedTuple):
    """Surnames, all different, and their origins."""

    names: tuple[str, ...]
    y: Array  # (N,) the origin's place in `locales`
    locales: tuple[str, ...]


def names(
    rng: np.random.Generator, each: int = 300, *, locales: Sequence[str] = NAME_LOCALES
) -> Names:
    """Draw surnames, as many of each origin, in random order; chance is 1/10 right.

    Args:
        rng: source of the names and of their order, such as `np.random.default_rng(0)`.
        each: names for each origin, at least 1.
        locales: as Faker names them.

    Returns:
        The names, all different, with their origins: `split(range(len(names)), seed=0)` has no name
        in two parts.

    Raises:
        ValueError: each is below 1, no locale, one twice or one that Faker does not know, or fewer
            names than asked for.
        ModuleNotFoundError: Faker is not installed.

    >>> found = names(np.random.default_rng(0), each=2, locales=["it_IT", "fi_FI"])
    >>> len(set(found.names)), sorted(found.y.tolist())
    (4, [0, 0, 1, 1])
    """
    _init.sizes(each=each)
    if isinstance(locales, str) or not locales or len(set(locales)) < len(locales):
        raise ValueError(f"locales must be a sequence of different names, got {locales!r}")
    sources = [faker_of(rng, locale) for locale in locales]
    origin: dict[str, int] = {}
    for _ in range(each):  # in turn, so that no country takes the shared names first
        for place, source in enumerate(sources):
            origin[_new(source.last_name, origin, locales[place], each)] = place
    order = rng.permutation(len(origin)).tolist()
    found = list(origin)
    y = np.array(list(origin.values()), np.intp)[order]
    return Names(tuple(found[i] for i in order), y, tuple(locales))


def faker_of(rng: np.random.Generator, locale: str) -> Any:
    """A Faker of that locale that follows the rng, every word of its lists as likely.

    Raises:
        ValueError: Faker does not know the locale.
        ModuleNotFoundError: Faker is not installed.
    """
    faker = need("faker", "names").Faker
    try:
        source = faker(locale, use_weighting=False)
    except AttributeError:
        raise ValueError(f"locales must be names that Faker knows, got {locale!r}") from None
    source.seed_instance(int(rng.integers(2**32)))
    return source


def _new(draw: Any, known: dict[str, int], locale: str, each: int) -> str:
    for _ in range(_PATIENCE):
        name = str(draw())
        if name not in known:
            return name
    raise ValueError(f"each must be smaller: Faker's {locale} has no {each} surnames of its own")
