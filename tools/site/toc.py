"""The book's table of contents, read from `book/_toc.yml`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .paths import BOOK


class Entry(NamedTuple):
    """A page and the part that it is in ("" for the first page)."""

    page: str
    part: str


def entries(toc: Path = BOOK / "_toc.yml") -> list[Entry]:
    """List the pages in their order."""

    def below(node: Any, part: str) -> Iterator[Entry]:
        if isinstance(node, list):
            for item in node:
                yield from below(item, part)
        elif isinstance(node, dict):
            part = node.get("caption", part)
            yield from (Entry(node[key], part) for key in ("root", "file") if key in node)
            for value in node.values():
                yield from below(value, part)

    return list(below(yaml.safe_load(toc.read_text("utf8")), ""))
