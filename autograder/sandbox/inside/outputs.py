"""Collects what a cell shows, up to a limit; what is over is counted, not kept."""

import base64
import io
from typing import Any

KEPT_ITEMS = 200


class Collector:
    """The outputs of one cell, in order, as the notebook format has them."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.clear()

    def clear(self) -> None:
        """Forget everything, for the next cell."""
        self.items: list[dict[str, Any]] = []
        self.left = self.limit
        self.images_left = 4 * self.limit
        self.dropped = 0

    def stream(self, name: str, text: str) -> None:
        """Text written to stdout or stderr."""
        kept = text[: self.left]
        self.left -= len(kept)
        self.dropped += len(text) - len(kept)
        if not kept:
            return
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last.get("name") == name:
            last["parts"].append(kept)
        elif self._room():
            self.items.append({"output_type": "stream", "name": name, "parts": [kept]})

    def display(self, kind: str, data: dict[str, Any], count: int | None = None) -> None:
        """Something shown: its text and, if there is one, its picture."""
        if not self._room():
            return
        item: dict[str, Any] = {"output_type": kind}
        text = data.get("text/plain")
        if isinstance(text, str):
            item["text"] = text[: self.left]
            self.left -= len(item["text"])
            self.dropped += len(text) - len(item["text"])
        picture = data.get("image/png")
        if isinstance(picture, str):
            try:
                picture = base64.b64decode(picture)
            except ValueError:
                picture = None
        if isinstance(picture, bytes):
            if len(picture) <= self.images_left:
                item["png"] = picture
                self.images_left -= len(picture)
            else:
                self.dropped += len(picture)
        if count is not None:
            item["execution_count"] = count
        self.items.append(item)

    def error(self, name: str, value: str, lines: list[str]) -> None:
        """An exception that ended the cell."""
        if self._room():
            self.items.append(
                {
                    "output_type": "error",
                    "ename": name[:200],
                    "evalue": value[:2000],
                    "text": "\n".join(lines)[-20_000:],
                }
            )

    def _room(self) -> bool:
        if len(self.items) >= KEPT_ITEMS:
            self.dropped += 1
            return False
        return True


class Stream(io.TextIOBase):
    """Stands for stdout or stderr."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, collector: Collector) -> None:
        self.name = name
        self._collector = collector

    def write(self, text: str) -> int:
        """Keep ``text`` as far as there is room."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._collector.stream(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """True: it can be written to."""
        return True

    def isatty(self) -> bool:
        """False: no terminal."""
        return False
