"""A wrong output beside the right one, drawn: shapes as boxes, values as two lines."""

from collections.abc import Sequence

from markupsafe import Markup

from autograder.verdict import Seen

_WIDTH, _HEIGHT, _PAD = 560, 170, 12
_AXES = {"t": "steps", "b": "sequences", "h": "units", "i": "inputs", "k": "classes"}


def shapes(seen: Seen) -> Markup | None:
    """Both shapes to the same scale; None where they agree."""
    if seen.wanted_shape == seen.got_shape:
        return None
    words = f"Wanted: {_said(seen.wanted_shape, seen.axes)}. Yours: {_said(seen.got_shape, ())}."
    most = max((1, *seen.wanted_shape, *seen.got_shape))
    rows = max((1, *seen.wanted_shape)[-2:][0], (1, *seen.got_shape)[-2:][0])
    return _svg(
        words,
        44 + round(max(4, rows * 70 / most)),
        [
            _box("wanted", "wanted", seen.wanted_shape, 0, most),
            _box("yours", "got", seen.got_shape, _WIDTH / 2, most),
        ],
    )


def values(seen: Seen) -> Markup | None:
    """The right values and the student's as two lines; None where they are not comparable."""
    pairs = [v for v in (*seen.wanted, *seen.got) if v is not None]
    if not pairs or seen.wanted_shape != seen.got_shape or len(pairs) < 4:
        return None
    where = "first sequence and unit, step by step" if seen.by_step else "entries, row by row"
    words = (
        f"Values of the visible case, {where}. "
        f"Wanted: {_listed(seen.wanted)}. Yours: {_listed(seen.got)}."
    )
    low, high = min(pairs), max(pairs)
    height = (high - low) or 1.0

    def points(entries: Sequence[float | None]) -> list[tuple[float, float]]:
        step = (_WIDTH - 2 * _PAD) / max(1, len(entries) - 1)
        room = _HEIGHT - 58
        return [
            (_PAD + i * step, 26 + room * (1 - (v - low) / height))
            for i, v in enumerate(entries)
            if v is not None
        ]

    parts = [_line("wanted", points(seen.wanted)), _line("got", points(seen.got))]
    parts += [_cross(x, y) for x, y in points(seen.got)]
    parts += [_dot(x, y) for x, y in points(seen.wanted)]
    parts.append(_text(_PAD, 14, f"up to {high:.3g}", "quiet"))
    parts.append(_text(_WIDTH - _PAD, 14, f"from {low:.3g}", "quiet", "end"))
    parts.append(_text(_WIDTH / 2, _HEIGHT - 4, where, "quiet", "middle"))
    return _svg(words, _HEIGHT, parts)


def _svg(words: str, height: int, parts: list[Markup]) -> Markup:
    return Markup(
        '<svg class="seen" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(_WIDTH, height, words, Markup("").join(parts))


def _box(title: str, kind: str, shape: tuple[int, ...], x: float, most: int) -> Markup:
    """The last two axes as a rectangle; what comes before them is said."""
    rows, columns = (1, 1, *shape)[-2:]
    room = 70 / most
    size = Markup('<rect class="{}" x="{:.1f}" y="30" width="{:.1f}" height="{:.1f}"/>').format(
        kind, x + _PAD, max(4.0, columns * room), max(4.0, rows * room)
    )
    return size + _text(x + _PAD, 16, f"{title}: {_tuple(shape)}", "")


def _tuple(shape: tuple[int, ...]) -> str:
    return f"({shape[0]},)" if len(shape) == 1 else str(tuple(shape)) if shape else "a number"


def _said(shape: tuple[int, ...], axes: tuple[str, ...]) -> str:
    if not axes or len(axes) != len(shape):
        return _tuple(shape)
    named = ", ".join(f"{n} {_AXES.get(a, a)}" for n, a in zip(shape, axes, strict=True))
    return f"{_tuple(shape)}, {named}"


def _listed(entries: Sequence[float | None]) -> str:
    shown = ", ".join("no number" if v is None else f"{v:.3g}" for v in entries[:12])
    return shown + (f" and {len(entries) - 12} more" if len(entries) > 12 else "")


def _line(kind: str, points: Sequence[tuple[float, float]]) -> Markup:
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return Markup('<path class="line-{}" d="M{}"/>').format(kind, path) if path else Markup("")


def _dot(x: float, y: float) -> Markup:
    return Markup('<circle class="wanted" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(x, y)


def _cross(x: float, y: float) -> Markup:
    return Markup('<path class="line-got" d="M{:.1f} {:.1f} l7 7 m0 -7 l-7 7"/>').format(
        x - 3.5, y - 3.5
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, text
    )
