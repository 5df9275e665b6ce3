"""Text that every Python carries: nothing is downloaded, nothing is stored here twice."""

from __future__ import annotations

import codecs
import heapq
import importlib.util
import io
import re
from collections.abc import Sequence
from contextlib import redirect_stdout

from rnncourse.data.splits import Split, split

__all__ = ["MODULES", "documentation", "heaps", "prose", "source", "zen"]

#: pure Python, readable, and little changed from version to version
MODULES = ("heapq", "bisect", "textwrap", "fnmatch", "shlex", "sched", "string", "csv", "calendar")


def zen() -> str:
    """The Zen of Python, the same on every version.

    >>> len(zen()), zen().splitlines()[3]
    (856, 'Explicit is better than implicit.')
    """
    with redirect_stdout(io.StringIO()):  # the module prints itself when imported
        import this
    return codecs.decode(this.s, "rot13")


def heaps() -> str:
    """An essay on heaps by François Pinard, which the module `heapq` carries.

    >>> heaps().splitlines()[2]
    '[explanation by François Pinard]'
    """
    return heapq.__about__  # type: ignore[no-any-return]


def documentation(topics: Sequence[str] | None = None) -> str:
    """Topics of Python's language reference, as `help()` shows them; differs by version.

    Args:
        topics: names as in `pydoc_data.topics.topics`; all of them, in alphabetical order, when
            left out.

    Raises:
        ValueError: there is no such topic.

    >>> documentation(["while"]).lstrip().splitlines()[0]
    'The "while" statement'
    """
    from pydoc_data.topics import topics as known

    for topic in topics or ():
        if topic not in known:
            raise ValueError(f"topics must be names in pydoc_data.topics, got {topic!r}")
    return "\n".join(known[topic] for topic in (sorted(known) if topics is None else topics))


def prose(shares: tuple[float, float, float] = (0.8, 0.1, 0.1)) -> Split:
    """Python's language reference in three parts, no paragraph twice; differs by version.

    Topics repeat one another: "compound" holds all of "while", for instance. Here a paragraph that
    came before, whatever its spaces and line ends, is left out, so that none is both trained on and
    tested on. A fifth of the text goes.

    Args:
        shares: of training, validation and test, counted in paragraphs, adding to 1.

    Returns:
        A Split of texts, the topics in alphabetical order.

    Raises:
        ValueError: shares that are negative or do not add to 1.

    >>> train, valid, test = prose()
    >>> len(train) > len(valid) > 10_000 < len(test)
    True
    """
    paragraphs: dict[str, str] = {}
    for paragraph in re.split(r"\n\s*\n", documentation()):
        paragraphs.setdefault(" ".join(paragraph.split()), paragraph)
    return Split(*("\n\n".join(part) for part in split(tuple(paragraphs.values()), shares=shares)))


def source(modules: Sequence[str] = MODULES) -> str:
    """The source of modules of the standard library, one after the other; differs by version.

    Raises:
        ValueError: there is no such module, or it has no Python source here.

    >>> source(["bisect"]).splitlines()[0]
    '\"\"\"Bisection algorithms.\"\"\"'
    """
    return "\n".join(_source(name) for name in modules)


def _source(name: str) -> str:
    spec = importlib.util.find_spec(name)
    found = getattr(spec.loader, "get_source", lambda _: None)(name) if spec else None
    if not found:
        raise ValueError(f"modules must be importable and have Python source, got {name!r}")
    return str(found)
