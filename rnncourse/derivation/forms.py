"""The two markups in which a derivation is set, with the pieces that mathematics is made of."""

from html import escape
from typing import Protocol

_GREEK = {
    "δ": r"\delta ",
    "η": r"\eta ",
    "ΔW": r"\Delta W",
}
_SIGNS = {
    "⊙": r"\odot ",
    "⊘": r"\oslash ",
    "·": r"\cdot ",
    "−": "-",
    "⊤": r"\top",
    "∂": r"\partial ",
    "∇": r"\nabla ",
    "′": r"\prime",
}

_SLANTED = "font-family:serif;font-style:italic"


class Form(Protocol):
    """How the pieces of mathematics are put together in one markup."""

    def row(self, *parts: str) -> str:
        """Side by side."""

    def number(self, text: str) -> str:
        """A number."""

    def letter(self, text: str, hat: bool = False) -> str:
        """A symbol's letter."""

    def name(self, text: str) -> str:
        """A function's name, upright."""

    def operator(self, text: str) -> str:
        """A sign between two operands, or before one."""

    def space(self) -> str:
        """What separates the factors of a product."""

    def raised(self, base: str, top: str) -> str:
        """An exponent."""

    def lowered(self, base: str, low: str) -> str:
        """An index."""

    def fenced(self, body: str) -> str:
        """In brackets."""

    def fraction(self, top: str, low: str) -> str:
        """One over the other."""

    def sum_over(self, low: str, top: str) -> str:
        """The sign of a sum, with its bounds."""

    def chain(self, target: str, expressions: list[str]) -> str:
        """A target and what it equals, one line below the other."""


class Latex:
    """LaTeX, for MathJax or a document."""

    def row(self, *parts: str) -> str:  # noqa: D102
        return "".join(parts)

    def number(self, text: str) -> str:  # noqa: D102
        return text

    def letter(self, text: str, hat: bool = False) -> str:  # noqa: D102
        text = _GREEK.get(text, text)
        return rf"\hat{{{text}}}" if hat else text

    def name(self, text: str) -> str:  # noqa: D102
        return rf"\operatorname{{{text}}}"

    def operator(self, text: str) -> str:  # noqa: D102
        return _SIGNS.get(text, text)

    def space(self) -> str:  # noqa: D102
        return r"\,"

    def raised(self, base: str, top: str) -> str:  # noqa: D102
        return f"{base}^{{{top}}}"

    def lowered(self, base: str, low: str) -> str:  # noqa: D102
        return f"{base.rstrip()}_{{{low}}}"

    def fenced(self, body: str) -> str:  # noqa: D102
        return rf"\left({body}\right)"

    def fraction(self, top: str, low: str) -> str:  # noqa: D102
        return rf"\frac{{{top}}}{{{low}}}"

    def sum_over(self, low: str, top: str) -> str:  # noqa: D102
        return rf"\sum_{{{low}}}^{{{top}}}"

    def chain(self, target: str, expressions: list[str]) -> str:  # noqa: D102
        if len(expressions) == 1:
            return f"{target} = {expressions[0]}"
        body = r" \\ ".join(f"&= {e}" for e in expressions)
        return rf"\begin{{aligned}} {target} {body} \end{{aligned}}"


class MathML:
    """MathML Core, which browsers show by themselves."""

    def row(self, *parts: str) -> str:  # noqa: D102
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def number(self, text: str) -> str:  # noqa: D102
        return f"<mn>{escape(text)}</mn>"

    def letter(self, text: str, hat: bool = False) -> str:  # noqa: D102
        # without a fount for mathematics a browser has no slanted h (U+210E), but a serif one
        letter = f'<mi mathvariant="normal" style="{_SLANTED}">{escape(text)}</mi>'
        sign = '<mo stretchy="false">ˆ</mo>'
        return f'<mover accent="true">{letter}{sign}</mover>' if hat else letter

    def name(self, text: str) -> str:  # noqa: D102
        return f'<mi mathvariant="normal">{escape(text)}</mi>'

    def operator(self, text: str) -> str:  # noqa: D102
        if text in "∇∂⊤′":  # letters in all but name: no space around them
            return f'<mi mathvariant="normal">{text}</mi>'
        # a browser without a fount for mathematics stretches these far beyond an index
        still = ' stretchy="false"' if text in "()" else ""
        return f"<mo{still}>{escape(text)}</mo>"

    def space(self) -> str:  # noqa: D102
        return '<mspace width="0.17em"/>'

    def raised(self, base: str, top: str) -> str:  # noqa: D102
        return f"<msup>{self._one(base)}{self._one(top)}</msup>"

    def lowered(self, base: str, low: str) -> str:  # noqa: D102
        return f"<msub>{self._one(base)}{self._one(low)}</msub>"

    def fenced(self, body: str) -> str:  # noqa: D102
        tall = "<mfrac" in body or "<munderover" in body
        left, right = ("<mo>(</mo>", "<mo>)</mo>") if tall else map(self.operator, "()")
        return f"<mrow>{left}{body}{right}</mrow>"

    def fraction(self, top: str, low: str) -> str:  # noqa: D102
        return f"<mfrac>{self._one(top)}{self._one(low)}</mfrac>"

    def sum_over(self, low: str, top: str) -> str:  # noqa: D102
        return f"<munderover><mo>∑</mo>{self._one(low)}{self._one(top)}</munderover>"

    def chain(self, target: str, expressions: list[str]) -> str:  # noqa: D102
        if not expressions:
            return f"<math>{target}</math>"
        rows = "".join(
            f"<mtr><mtd>{target if k == 0 else ''}</mtd>"
            f"<mtd><mo>=</mo></mtd><mtd>{self._one(e)}</mtd></mtr>"
            for k, e in enumerate(expressions)
        )
        return f'<math display="block"><mtable>{rows}</mtable></math>'

    @staticmethod
    def _one(parts: str) -> str:
        return f"<mrow>{parts}</mrow>"
