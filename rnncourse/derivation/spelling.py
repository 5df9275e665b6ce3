"""Other notations, brought to one: Greek letters, raised steps, transposes, the nabla.

A text is carried together with the column from which each of its characters came, so that whatever
is said later points into the line as the student wrote it.
"""

import re
from dataclasses import dataclass

from rnncourse.derivation.foreign import HINTS, refuse_foreign
from rnncourse.derivation.nodes import LanguageError

Piece = str | int  # literal text, or the number of a group to keep

_STEP = r"\s*(?:[tsTτ]|\d{1,2})\s*(?:[+\-−]\s*\d{1,2}\s*)?"  # t, T, 3, t-1

_RULES: tuple[tuple[str, tuple[Piece, ...]], ...] = (
    # what is pasted along and says nothing: invisible characters, NumPy's name, LaTeX's spaces
    (r"[\u200b-\u200d\u2060\ufeff]", ()),
    (r"\b(?:np|numpy|torch|math)\s*\.\s*(?=[a-z]+\s*\()", ()),
    (r"\\(?:left|right|big|Big|displaystyle)(?![A-Za-z])", ()),
    (r"\\[,;:! ]", (" ",)),
    # LaTeX's fractions and sums that can be meant here
    (
        r"\\[dt]?frac\s*\{\s*(?:\\partial|∂|d)\s*L\s*\}\s*\{\s*(?:\\partial|∂|d)\s*"
        r"((?:[^{}]|\{[^{}]*\})*)\}",
        ("∂L/∂", 1),
    ),
    (
        r"(?:\\sum|∑|Σ)\s*_\s*\{\s*([a-z])\s*=\s*1\s*\}\s*\^\s*\{?\s*[Tτ]\s*\}?\s*(?:\\left\s*)?\(",
        ("sum(", 1, ", "),
    ),
    # LaTeX's names of letters and signs
    (r"\\(?:hat|widehat)\s*\{?\s*y\s*\}?(?![A-Za-z])", ("yhat",)),
    (r"\\(?:operatorname|mathrm|text|mathbf|boldsymbol)\s*\{\s*(\w+)\s*\}", (1,)),
    (r"\\(tanh|exp|log|alpha|beta|gamma|delta|eta|theta|phi)(?![A-Za-z])", (1,)),
    (r"\\(?:sigma)(?![A-Za-z])", ("σ",)),
    (r"\\(?:lambda)(?![A-Za-z])", ("λ",)),
    (r"\\(?:tau)(?![A-Za-z])", ("τ",)),
    (r"\\Delta(?![A-Za-z])\s*", ("Δ",)),
    (r"\\nabla(?![A-Za-z])", ("∇",)),
    (r"\\partial(?![A-Za-z])\s*", ("∂",)),
    (r"\\sum(?![A-Za-z])", ("∑",)),
    (r"\\(?:odot|circ|ast)(?![A-Za-z])", ("*",)),
    (r"\\cdot(?![A-Za-z])", ("@",)),
    # the step of a sequence: h⁽ᵗ⁻¹⁾ hₜ₋₁ h^{(t-1)} h^(t-1) h^{<t-1>} h<t-1> h_{t-1} h_t
    (r"⟨(" + _STEP + r")⟩", ("[", 1, "]")),
    (r"\^\{\s*<(" + _STEP + r")>\s*\}", ("[", 1, "]")),
    (r"\^?<(" + _STEP + r")>", ("[", 1, "]")),
    (r"\^\{\s*\((" + _STEP + r")\)\s*\}", ("[", 1, "]")),
    (r"\^\((\s*[tsTτ]\s*(?:[+\-−]\s*\d{1,2}\s*)?)\)", ("[", 1, "]")),
    (r"(?<![∇∑Σ])(?<!sum)_\{(\s*[tsTτ]\s*(?:[+\-−]\s*\d{1,2}\s*)?)\}", ("[", 1, "]")),
    (r"(?<![∇∑Σ])(?<!sum)_([tsTτ])(?![A-Za-z0-9_])", ("[", 1, "]")),
    # sums: ∑_t (…), sum_t(…), Σ(t, …)
    (r"(?:∑|Σ|\bsum)\s*_\s*\{?([a-zτ])\}?\s*\(", ("sum(", 1, ", ")),
    (r"[∑Σ]", ("sum",)),
    # derivatives: ∇_{h[t]} L, ∇_h L, ∂L/∂h, dL/dh, and the immediate one, ∂⁺L/∂h or d⁺h
    (r"[∂d]⁺L\s*/\s*[∂d]⁺?", ("dplus_",)),
    (r"[∂d]⁺", ("dplus_",)),
    (r"(?:∂|\bd)L\s*/\s*[∂d]", ("d",)),
    (r"∇\s*_?\s*\{([^{}=]*)\}(?:\s*L\b)?", ("d", 1)),
    (r"∇\s*_?\s*([^\W\d]+\w*(?:\[[^\[\]=]*\])?)(?:\s*L\b)?", ("d", 1)),
    # transposes and powers
    (r"\^\s*\{?\s*(?:T|⊤|\\top)\s*\}?(?![A-Za-z0-9_])", (".T",)),
    (r"[ᵀ⊤]", (".T",)),
    # labels: W^{HH}, delta^O, and the prime of an activation, f^O'
    (r"\bf[\^_]\{?([A-Z])\}?['′]\}?", ("df_", 1)),
    (r"\^\{([A-Z]{1,2})\}", ("_", 1)),
    (r"\^([A-Z]{1,2})(?![A-Za-z0-9_])", ("_", 1)),
    (r"²", ("**2",)),
    (r"³", ("**3",)),
    (r"\^", ("**",)),
    # signs
    (r"[−–]", ("-",)),
    (r"[⊙∘∗]", ("*",)),
    (r"[·⋅•]", ("@",)),
    (r"÷", ("/",)),
    (r"＝", ("=",)),
    (r"[\u00a0\u2009\u202f\t]", (" ",)),
    # letters
    (r"ŷ|y\u0302", ("yhat",)),
    (r"τ", ("T",)),
    (r"Δ", ("D",)),
    (r"δ", ("delta",)),
    (r"η", ("eta",)),
    (r"σ", ("sigmoid",)),
    (r"α", ("alpha",)),
    (r"β", ("beta",)),
    (r"γ", ("gamma",)),
    (r"λ", ("lambda_",)),
    (r"θ", ("theta",)),
    (r"φ|ϕ", ("phi",)),
)
_COMPILED = tuple((re.compile(pattern), template) for pattern, template in _RULES)

_RAISED = str.maketrans(dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗᵀˢ", "0123456789+-tTs", strict=True)))
_LOWERED = str.maketrans(dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₜₛ", "0123456789+-ts", strict=True)))
_RAISED_STEP = re.compile(r"⁽([⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗᵀˢ]+)⁾")
_LOWERED_STEP = re.compile(r"([ₜ₀-₉ₛ][₊₋₀-₉]*)")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A line in the one notation, and the student's column of each of its characters."""

    text: str
    columns: tuple[int, ...]

    def column(self, place: int) -> int:
        """The student's column of a character, or one past the last column."""
        if place < len(self.columns):
            return self.columns[place]
        return self.columns[-1] + 1 if self.columns else 0


def normalise(line: str) -> Spelled:
    """One line in the one notation, plain ASCII.

    Raises:
        LanguageError: at a character that means nothing here.
    """
    refuse_foreign(line)
    text, columns = line, list(range(len(line)))
    if not line.isascii():
        text = _RAISED_STEP.sub(lambda m: "<" + m[1].translate(_RAISED) + ">", text)
        text, columns = _unpack_lowered(text, columns)
    for pattern, template in _COMPILED:
        text, columns = _replace(pattern, template, text, columns)
    for place, character in enumerate(text):
        if not (character.isascii() and (character.isalnum() or character in " _.,+-*/@()[]=#%")):
            hint = HINTS.get(character, "")
            shown = character if character.isprintable() else repr(character)
            message = f"the character {shown} is not part of the language"
            raise LanguageError(f"{message}: {hint}" if hint else message, columns[place])
    return Spelled(text, tuple(columns))


def _unpack_lowered(text: str, columns: list[int]) -> tuple[str, list[int]]:
    """``hₜ₋₁`` to ``h[t-1]``."""
    out, origins, last = [], [], 0
    for match in _LOWERED_STEP.finditer(text):
        out += [text[last : match.start()], "[", match[1].translate(_LOWERED), "]"]
        origins += [*columns[last : match.start()], columns[match.start()]]
        origins += [*columns[match.start() : match.end()], columns[match.end() - 1]]
        last = match.end()
    return "".join([*out, text[last:]]), origins + columns[last:]


def _replace(
    pattern: re.Pattern[str], template: tuple[Piece, ...], text: str, columns: list[int]
) -> tuple[str, list[int]]:
    """Every match replaced by the template, the columns carried along."""
    out: list[str] = []
    origins: list[int] = []
    last = 0
    for match in pattern.finditer(text):
        out.append(text[last : match.start()])
        origins += columns[last : match.start()]
        for piece in template:
            if isinstance(piece, int):
                out.append(match[piece])
                origins += columns[match.start(piece) : match.end(piece)]
            else:
                out.append(piece)
                origins += [columns[match.start()]] * len(piece)
        last = match.end()
    if last == 0:
        return text, columns
    return "".join([*out, text[last:]]), origins + columns[last:]
