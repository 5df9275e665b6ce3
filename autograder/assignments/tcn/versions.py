"""A line of the block's derivation, written for one of the four blocks."""

from rnncourse.derivation.exercises.tcn import DILATIONS, MEMBERS


def rewritten(text: str, member: str) -> str:
    """A line that is written for dilation 2, with ``{path}`` where the path's weight stands."""
    dilation, path = MEMBERS[member]
    d = DILATIONS[dilation]
    for base in ("t", "s", "T"):
        text = text.replace(f"[{base}+2]", f"[{base}+{d}]").replace(f"[{base}-2]", f"[{base}-{d}]")
    return text.replace("{path}", "alpha * " if path == "weighted" else "")
