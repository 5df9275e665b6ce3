"""Times as instructors write and read them: in the course's zone, with its name."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone(name: str) -> ZoneInfo:
    """A time zone by its name.

    Raises:
        ValueError: where there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone: {name!r} is no time zone such as Europe/Vienna or UTC") from None


def read(text: str, zone_name: str, what: str = "time") -> datetime:
    """A time that a person wrote, in UTC.

    Args:
        text: ``2026-12-01 23:59``, which is in the zone, or with an offset: ``…T22:59+00:00``. A
            day alone is its last minute.
        zone_name: of the course.
        what: the argument's name, for messages.

    Raises:
        ValueError: where it is no time, or one that the zone's clocks skip.
    """
    text = text.strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += " 23:59"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{what}: {text!r} is no time such as '2026-12-01 23:59' or '2026-12-01T22:59+00:00'"
        ) from None
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    there = found.replace(tzinfo=zone(zone_name))
    back = there.astimezone(UTC).astimezone(zone(zone_name)).replace(tzinfo=None)
    if back != found:
        raise ValueError(
            f"{what}: {text} does not exist in {zone_name}, where clocks go forward then; "
            f"write {back:%Y-%m-%d %H:%M}"
        )
    return there.astimezone(UTC)


def shown(when: datetime, zone_name: str) -> str:
    """``Tue 1 Dec 2026, 23:59 (Europe/Vienna)``."""
    there = when.astimezone(zone(zone_name))
    # not strftime, whose names follow the locale
    day = "MonTueWedThuFriSatSun"[3 * there.weekday() :][:3]
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * (there.month - 1) :][:3]
    return f"{day} {there.day} {month} {there.year}, {there:%H:%M} ({zone_name})"


def span(seconds: float) -> str:
    """``1 day 3 h``, ``2 h 5 min``, ``40 s``: the two largest parts."""
    whole = int(seconds)
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    named = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (left, "s"))
    parts = [f"{number} {unit}" for number, unit in named if number]
    return " ".join(parts[:2]) or "0 s"


def naive(when: datetime) -> datetime:
    """As nbgrader keeps times: UTC, without a zone."""
    return when.astimezone(UTC).replace(tzinfo=None)


def aware(when: datetime) -> datetime:
    """The same, back with its zone."""
    return when.replace(tzinfo=UTC)
