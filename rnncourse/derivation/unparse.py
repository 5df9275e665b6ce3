"""Write a tree back in the one notation, for messages."""

from rnncourse.derivation.nodes import Binary, Call, Negate, Node, Number, Sum, Transpose, Use

BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, "**": 4}
NEGATION = 3
ATOM = 5


def binding(node: Node) -> int:
    """How tightly a node holds together: what binds less needs brackets inside what binds more."""
    if isinstance(node, Binary):
        return BINDING[node.op]
    return NEGATION if isinstance(node, Negate) else ATOM


def unparse(node: Node, limit: int = 48) -> str:
    """The text of a node, cut in its middle where it is longer than ``limit`` characters."""
    text = _text(node)
    if len(text) <= limit:
        return text
    half = limit // 2 - 2
    return f"{text[:half]} … {text[-half:]}"


def _text(node: Node) -> str:
    match node:
        case Number():
            return node.text
        case Use():
            return str(node)
        case Transpose():
            return _within(node.body, ATOM) + ".T"
        case Negate():
            return "-" + _within(node.body, NEGATION)
        case Sum():
            return f"sum({node.index}, {_text(node.body)})"
        case Call():
            return f"{node.function}({', '.join(_text(a) for a in node.arguments)})"
        case Binary():
            own = BINDING[node.op]
            power = node.op == "**"
            left, right = _within(node.left, own + power), _within(node.right, own + (not power))
            return f"{left}**{right}" if power else f"{left} {node.op} {right}"


def _within(node: Node, least: int) -> str:
    return _text(node) if binding(node) >= least else f"({_text(node)})"
