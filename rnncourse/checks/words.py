"""Words for places and sizes: which step, which sequence, how far off."""

import numpy as np
from numpy.typing import NDArray

from rnncourse.checks.exercise import Output

AXES = {
    "t": "step",
    "b": "sequence",
    "h": "hidden unit",
    "k": "output unit",
    "i": "input",
    "o": "output channel",
    "j": "hidden unit",
    "g": "row of a gate",
}


def place(output: Output, index: tuple[int, ...], size: tuple[int, ...] = ()) -> str:
    """``d_W_hh[2, 0]``, or with its meaning, ``h[2, 0, 1] (t = 3, sequence 0)``.

    Args:
        output: names the axes.
        index: of the entry.
        size: of the whole; where it is given, the row of a gate is said to be one.
    """
    if not index:
        return output.name
    code = f"{output.name}[{', '.join(map(str, index))}]"
    named = dict(zip(output.axes, index, strict=True))
    paper = [f"t = {named['t'] + 1}"] if "t" in named else []
    paper += [f"sequence {named['b']}"] if "b" in named else []
    if output.blocks and size:
        rows = size[output.axes.index("g")]
        paper.append(f"a row of {output.blocks[named['g'] * len(output.blocks) // rows]}")
    return f"{code} ({', '.join(paper)})" if paper else code


def share(error: float) -> str:
    """A relative error in words: "31 % of the largest right value"."""
    if error >= 10:
        return f"{error:.0f} times the largest right value"
    if error >= 0.01:
        return f"{100 * error:.0f} % of the largest right value"
    return f"{error:.0e} of the largest right value"


def shape(dims: tuple[int, ...]) -> str:
    """A shape as NumPy writes it; "a number" for ()."""
    return f"shape {dims}" if dims else "a number"


def axes(output: Output) -> str:
    """The axes' sizes by name: "(T, B, H)"; "" for a number."""
    letters = [{"j": "H", "s": "T", "g": "gates·H"}.get(axis, axis.upper()) for axis in output.axes]
    return f"({', '.join(letters)}{',' if len(letters) == 1 else ''})" if letters else ""


def steps_and_sequences(output: Output, wrong: NDArray[np.bool_]) -> str:
    """Which steps or sequences are wrong, where that says more than a count; "" otherwise.

    Args:
        output: names the axes of ``wrong``.
        wrong: True where an entry is wrong, at least one.
    """
    by_row = _along(output, wrong, "g")
    if by_row is not None and output.blocks:
        return _blocks(output.blocks, by_row)
    by_sequence = _along(output, wrong, "b")
    if by_sequence is not None and not by_sequence.all():
        bad = np.flatnonzero(by_sequence)
        which = (
            f"sequence {bad[0]}" if len(bad) == 1 else f"sequences {_listed([str(b) for b in bad])}"
        )
        return f"wrong for {which} of the batch only (counted from 0), right for the others"
    by_step = _along(output, wrong, "t")
    if by_step is None:
        return ""
    bad, last = np.flatnonzero(by_step), len(by_step) - 1
    if len(bad) == last + 1:
        return "wrong at every step" if last else ""
    if len(bad) == 1:
        name = {0: " (the first)", last: " (the last)"}.get(int(bad[0]), "")
        return f"wrong at step t = {bad[0] + 1}{name} only"
    if bad[0] > 0 and by_step[bad[0] :].all():
        return f"right up to step t = {bad[0]} and wrong from t = {bad[0] + 1} on"
    if bad[-1] < last and by_step[: bad[-1] + 1].all():
        return f"wrong up to step t = {bad[-1] + 1} and right from t = {bad[-1] + 2} on"
    return f"wrong at the steps t = {_listed([str(t + 1) for t in bad])}"


def _blocks(names: tuple[str, ...], wrong: NDArray[np.bool_]) -> str:
    """Which gates' rows are wrong, where it is not all of them."""
    bad = [bool(block.any()) for block in wrong.reshape(len(names), -1)]
    if all(bad):
        return ""
    which = [name for name, is_bad in zip(names, bad, strict=True) if is_bad]
    others = [name for name in names if name not in which]
    return f"wrong in the rows of {_joined(which)} only, right in those of {_joined(others)}"


def _joined(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _along(output: Output, wrong: NDArray[np.bool_], axis: str) -> NDArray[np.bool_] | None:
    if axis not in output.axes:
        return None
    others = tuple(n for n, name in enumerate(output.axes) if name != axis)
    return np.asarray(wrong.any(axis=others))


def _listed(items: list[str]) -> str:
    if len(items) > 6:
        items = [*items[:5], "…"]
    return ", ".join(items)
