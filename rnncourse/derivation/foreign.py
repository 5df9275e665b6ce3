"""What belongs to other languages, and what to write for it here."""

import re

from rnncourse.derivation.nodes import LanguageError

HINTS = {
    "×": "× can mean several products: write @ for the matrix product, * for element by element",
    "⊗": "write outer(u, v), or u @ v.T",
    "'": "write .T for a transpose, and d in front of a function's name for its derivative",
    "′": "write .T for a transpose, and d in front of a function's name for its derivative",
    "’": "write .T for a transpose, and d in front of a function's name for its derivative",
    "`": "write .T for a transpose, and d in front of a function's name for its derivative",
    "\\": "this command of LaTeX is not read; write a / b for a fraction, .T for a transpose",
    "$": "leave the dollar signs out",
    "&": "leave the marks of an aligned formula out",
    "∂": "write a derivative of the loss as dh[t], or ∂L/∂h[t]",
    "∇": "write the nabla with its symbol: ∇h[t], or dh[t]",
    '"': "there is no quoted text",
    ":": "an index is one step, such as t or t-1",
    ";": "put each step on its own line",
    "{": "only round and square brackets",
    "}": "only round and square brackets",
    "<": "a step stands in square brackets, as in h[t]",
    ">": "a step stands in square brackets, as in h[t]",
    "!": "no factorials",
    "|": "no norms or absolute values",
    "≈": "a step is an equation: write =",
    "≡": "write =",
    "→": "write one step a line, with =",
}

_METHOD = r"(?<!\bnp)(?<!\bnumpy)(?<!\btorch)\.\s*"
_REFUSED = (
    (
        re.compile(r"(?<![∇∑Σ{\w])([^\W\d_]\w*)_([tsTτ])([-+−]\d{1,2})(?![\w.])"),
        "this can be read in two ways: write {0}[{1}{2}] for another step, "
        "or {0}[{1}] {2} for one number more or less",
    ),
    (re.compile(r":="), "write = alone"),
    (re.compile(r"[-+*/@]=(?!=)"), "write = alone; what is added up over the steps is sum(t, …)"),
    (re.compile(r"[=＝]\s*[=＝]"), "two = signs with nothing between them: one is enough"),
    (re.compile(r"[=-]>|<="), "an equation is written with ="),
    (
        re.compile(_METHOD + r"(?:dot|matmul)\s*\("),
        "write the matrix product with @, as in V.T @ do[t]",
    ),
    (re.compile(_METHOD + r"(?:transpose|t)\s*\("), "write .T for a transpose"),
    (re.compile(_METHOD + r"(?:sum|mean)\s*\("), "a sum over the steps is written sum(t, …)"),
    (re.compile(r"\b(?:dot|matmul)\s*\("), "write the matrix product with @, as in V.T @ do[t]"),
    (re.compile(r"\bmultiply\s*\("), "write the product element by element with *"),
    (re.compile(r"\d,\d"), "a number has a decimal point, no comma"),
)


def refuse_foreign(line: str) -> None:
    """Say what to write instead of what is common elsewhere and means nothing here.

    Raises:
        LanguageError: at the first piece that belongs to another language.
    """
    for pattern, message in _REFUSED:
        if match := pattern.search(line):
            said = message.format(*match.groups())
            raise LanguageError(said, match.start(), match.end() - match.start())
