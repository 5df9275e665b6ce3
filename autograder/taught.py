"""Where the book explains a mistake: the labels before its common mistakes.

A chapter puts ``(mistake-bptt-late-state)=`` before a common mistake; a ``Mistake`` of a catalogue
names that label as ``taught``. So a hint can say where the book explains what went wrong, and the
book, which graded item watches for it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.assignment import Assignment, WrittenItem

BOOK = Path(__file__).resolve().parents[1] / "book"
WATCHED = BOOK / "watched.json"  # what tools/sphinx_ext/watched.py reads
_LABEL = re.compile(r"\((mistake-[a-z0-9-]+)\)=\s*")
_FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*(\S*)")


@dataclass(frozen=True)
class Place:
    """A labelled mistake in the book."""

    label: str
    page: str  # "recurrence/bptt"
    chapter: str
    section: str

    @property
    def words(self) -> str:
        """For a reader who has no link."""
        return f"{self.chapter}, “{self.section}”"

    def url(self, site: str) -> str:
        """The place on a site; empty where there is none."""
        return f"{site.rstrip('/')}/{self.page}.html#{self.label}" if site else ""


@cache
def places(book: Path = BOOK) -> Mapping[str, Place]:
    """Every labelled mistake of the book by its label; empty where the book is not at hand.

    Raises:
        ValueError: where two places have one label.
    """
    found: dict[str, Place] = {}
    for path in sorted(book.glob("*/*.md")):
        for place in _in_page(path, path.relative_to(book).with_suffix("").as_posix()):
            if place.label in found:
                raise ValueError(f"{place.page} and {found[place.label].page}: {place.label}")
            found[place.label] = place
    return found


def place_of(label: str) -> Place | None:
    """Where a label stands; None where the book has none of that name."""
    return places().get(label) if label else None


def _in_page(path: Path, page: str) -> Iterator[Place]:
    chapter = section = code = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        bar = _FENCE.match(line)
        if bar and code:
            code = "" if line.strip() == code else code
        elif bar and (bar[2] == "{code-cell}" or (bar[2] and bar[2][0] not in "{:")):
            code = bar[1]  # a comment in it is no heading
        elif code or bar:
            continue
        elif line.startswith("#"):
            section = line.lstrip("#").strip()
            chapter = chapter or section
        elif label := _LABEL.fullmatch(line.strip()):
            yield Place(label[1], page, chapter, section)


def watched(assignments: Iterator[Assignment]) -> dict[str, list[dict[str, str]]]:
    """For each label the graded items that watch for it: no hint and no wrong line."""
    found: dict[str, list[dict[str, str]]] = {}
    for assignment in assignments:
        for item in assignment.items:
            if isinstance(item, WrittenItem):
                continue
            for label in dict.fromkeys(m.taught for m in item.mistakes if m.taught):
                about = {
                    "assignment": assignment.name,
                    "title": assignment.title,
                    "item": item.title,
                }
                found.setdefault(label, []).append(about)
    return dict(sorted(found.items()))


def write_watched(assignments: Iterator[Assignment], path: Path = WATCHED) -> None:
    """Write what the book's build reads; a copy of the book without the autograder keeps it."""
    text = json.dumps(watched(assignments), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
