"""The frame of every page: templates, the rule against scripts, the marks of an outcome."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from autograder import taught
from autograder.reports import render
from autograder.reports.results import number
from autograder.verdict import Outcome

# a page loads its own styles and the pictures in it: no script, no frame, no form, no request
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)

_MARKS = {
    Outcome.RIGHT: ("good", "M3 8.5 6.5 12 13 4.5"),
    Outcome.PARTLY: ("part", "M3 8 Q5.5 4.5 8 8 T13 8"),
    Outcome.WRONG: ("bad", "M4 4 12 12 M12 4 4 12"),
    Outcome.MISSING: ("none", "M4 8 H12"),
    Outcome.CRASHED: ("bad", "M8 3 V9 M8 12 V12.6"),
    Outcome.TIMEOUT: ("bad", "M8 2 A6 6 0 1 1 7.99 2 M8 5 V8.4 L10.4 9.8"),
    Outcome.MEMORY: ("bad", "M8 3 V9 M8 12 V12.6"),
    Outcome.REFUSED: ("bad", "M3.5 8 H12.5"),
    Outcome.MANUAL: ("wait", "M3.5 12.5 L4.5 9.5 11 3 13 5 6.5 11.5 Z"),
}


@dataclass(frozen=True)
class Link:
    """A place in the book."""

    words: str
    url: str  # "" where the course has no site


def link_to(label: str, site_url: str) -> Link | None:
    """The place in the book with a label; None where there is none."""
    place = taught.place_of(label)
    return Link(place.words, place.url(site_url)) if place else None


def tone(outcome: Outcome) -> str:
    """The class name that colours an outcome: good, part, bad, none or wait."""
    return _MARKS[outcome][0]


def mark(outcome: Outcome) -> Markup:
    """A small drawn sign for an outcome; the word always stands beside it."""
    colour, path = _MARKS[outcome]
    return Markup(
        '<svg class="mark {}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>'
    ).format(colour, path)


@cache
def _environment() -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: render.clean(value) if type(value) is str else value,
    )
    env.filters.update(number=number, mark=mark, tone=tone, plain=render.plain)
    env.filters["mark_of"] = lambda outcome: mark(Outcome(outcome))
    env.filters["percent"] = lambda share: f"{100 * share:.0f}%"
    return env


def page(template: str, **values: Any) -> str:
    """Render ``templates/<template>`` with every value escaped."""
    return _environment().get_template(template).render(policy=POLICY, **values)
