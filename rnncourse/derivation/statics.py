"""What can be said of a line before any value is known."""

from rnncourse.derivation.nodes import Line, Node, Sum, Use, children
from rnncourse.derivation.unparse import unparse


def free_index(line: Line, expression: Node) -> Use | None:
    """The first use of a symbol at a step that nothing gives: ``h[t]``, the target without t."""
    known = {None, "T"}
    if line.target.index is not None:
        known.add(line.target.index.base)
    return _free(expression, frozenset(known))


def _free(node: Node, known: frozenset[str | None]) -> Use | None:
    if isinstance(node, Use):
        return node if node.index is not None and node.index.base not in known else None
    if isinstance(node, Sum):
        known = known | {node.index}
    for child in children(node):
        found = _free(child, known)
        if found is not None:
            return found
    return None


def same_text(node: Node) -> str:
    """An expression as text, whatever its spaces, brackets and spellings."""
    return unparse(node, limit=10**6)
