"""How large a picture is when a browser unpacks it: a few kilobytes can be gigabytes of pixels."""

import re
import struct
from collections.abc import Iterator

MAX_SIDE = 10_000  # pixels
MAX_PIXELS = 50_000_000  # the largest photograph of a telephone

# frame headers of JPEG: marker, length, bits, height, width, number of components
_FRAME = re.compile(
    rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]\x00([\x0b-\x14])[\x08\x0c](.{4})", re.DOTALL
)


def is_small(raw: bytes) -> bool:
    """Whether a PNG, JPEG or GIF can be unpacked without harm; so can what is none of them."""
    return all(
        max(width, height) <= MAX_SIDE and width * height <= MAX_PIXELS
        for width, height in _sizes(raw)
    )


def _sizes(raw: bytes) -> Iterator[tuple[int, int]]:
    if raw[:8] == b"\x89PNG\r\n\x1a\n" and len(raw) >= 24:
        yield struct.unpack(">II", raw[16:24])
    elif raw[:4] == b"GIF8" and len(raw) >= 10:
        yield struct.unpack("<HH", raw[6:10])
    elif raw[:2] == b"\xff\xd8":
        for match in _FRAME.finditer(raw):
            height, width = struct.unpack(">HH", match[2])
            yield width, height
