"""Text from a submission, made fit for a message, a page or a database."""

import unicodedata

_KEEP = "\n\t"


def printable(text: str) -> str:
    """The text without control characters (PostgreSQL refuses NUL) and halves of characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(
        c
        for c in whole
        if c in _KEEP or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def shown(value: object, limit: int = 60) -> str:
    """A short quotation of something that a student chose, on one line."""
    text = " ".join(printable(str(value)).split())
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def count(number: int, noun: str) -> str:
    """``1 cell``, ``3 cells``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
