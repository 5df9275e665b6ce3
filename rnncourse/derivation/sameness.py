"""When two expressions of a chain are one: terms in another order, a zero added, times one.

Only what says nothing is undone. A product multiplied out, a symbol put in for another or a
function for its value is a step of its own.
"""

from rnncourse.derivation.nodes import Binary, Call, Negate, Node, Number, Sum, Transpose, Use

Terms = dict[str, float]  # what is added up: each product as text, with its number in front

ONE = "1"


def canonical(node: Node) -> str:
    """A text that is the same for expressions that differ by nothing but such rewriting."""
    return _text(_terms(node))


def _text(terms: Terms) -> str:
    return " + ".join(f"{c:.12g} {key}" for key, c in sorted(terms.items()) if c) or "0"


def _terms(node: Node) -> Terms:
    match node:
        case Number():
            return {ONE: node.value}
        case Use():
            return {str(node): 1.0}
        case Negate():
            return _scaled(_terms(node.body), -1.0)
        case Binary(op="+" | "-"):
            total = dict(_terms(node.left))
            sign = 1.0 if node.op == "+" else -1.0
            for key, c in _terms(node.right).items():
                total[key] = total.get(key, 0.0) + sign * c
            return total
        case Binary():
            return _product(node.op, _terms(node.left), _terms(node.right))
        case Transpose(body=Transpose(body=inner)):
            return _terms(inner)
        case Transpose():
            return {f"({canonical(node.body)}).T": 1.0}
        case Sum():
            return {f"sum({node.index}, {canonical(node.body)})": 1.0}
        case Call():
            return {f"{node.function}({', '.join(map(canonical, node.arguments))})": 1.0}


def _product(op: str, left: Terms, right: Terms) -> Terms:
    number = _number(right)
    if number is not None:
        if op in ("*", "@"):
            return _scaled(left, number)
        if op == "/" and number:
            return _scaled(left, 1 / number)
        if op == "**" and number == 1:
            return left
    if op in ("*", "@") and (number := _number(left)) is not None:
        return _scaled(right, number)
    if op == "**":
        return {f"({_text(left)})**({_text(right)})": 1.0}
    (a, first), (b, second) = _single(left), _single(right)
    if op == "/":
        return {f"({a} / {b})": first / second} if second else {f"({a} / 0)": first}
    if op == "*":
        a, b = sorted((a, b))
    return {f"({a} {op} {b})": first * second}


def _single(terms: Terms) -> tuple[str, float]:
    """A factor as text, with the number in front of it taken out where it is one product."""
    if len(terms) == 1:
        ((key, c),) = terms.items()
        return key, c
    return f"({_text(terms)})", 1.0


def _number(terms: Terms) -> float | None:
    """The value of what is a number and nothing else."""
    left = {key: c for key, c in terms.items() if c}
    if not left:
        return 0.0
    return left[ONE] if set(left) == {ONE} else None


def _scaled(terms: Terms, factor: float) -> Terms:
    return {key: factor * c for key, c in terms.items()}
