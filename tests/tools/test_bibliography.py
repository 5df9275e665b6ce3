"""The bibliography can be read: one slip in it stops the building of every page."""

import re

from pybtex.database import parse_file

from tools.site.paths import BOOK

BIBLIOGRAPHY = BOOK / "references.bib"


def test_every_entry_is_read_once_and_complete():
    entries = parse_file(str(BIBLIOGRAPHY)).entries  # a name given twice, or an open brace, raises
    keys = re.findall(r"^@\w+\{([^,]+),", BIBLIOGRAPHY.read_text("utf8"), re.MULTILINE)
    assert list(entries) == keys
    incomplete = {
        key: [name for name in ("title", "year") if not entry.fields.get(name)]
        for key, entry in entries.items()
    }
    assert {key: missing for key, missing in incomplete.items() if missing} == {}
    assert [key for key, entry in entries.items() if not entry.persons] == []


def test_every_citation_has_its_entry():
    entries = parse_file(str(BIBLIOGRAPHY)).entries
    unknown = {}
    for page in BOOK.rglob("*.md"):
        for found in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page.read_text("utf8")):
            for key in found.split(","):
                if key.strip() not in entries:
                    unknown.setdefault(key.strip(), page.name)
    assert unknown == {}
