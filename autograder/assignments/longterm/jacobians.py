"""Products of Jacobians: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("two steps", {"T": 2, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one unit", {"T": 5, "B": 3, "H": 1}),
    HiddenCase("as many sequences as units", {"T": 5, "B": 4, "H": 4}),
    HiddenCase("larger", {"T": 30, "B": 3, "H": 24}),
)

_J = "J = (1 - h[T - n] ** 2)[:, :, None] * W"
_NORMS = "norms = np.linalg.norm(P, 2, axis=(2, 3))"

MISTAKES = (
    Mistake(
        "order-reversed",
        "A change of an early state passes the early steps first: their Jacobians stand on the "
        "right of the product.",
        edits=(("product @ J", "J @ product"),),
        taught="mistake-long-term-product-order",
    ),
    Mistake(
        "slope-of-the-step-before",
        "From h⁽ᵗ⁻¹⁾ to h⁽ᵗ⁾ it is the slope at step t, that of the state which comes out.",
        edits=((_J, "J = (1 - h[T - n - 1] ** 2)[:, :, None] * W"),),
        taught="mistake-long-term-slope-of-slope",
    ),
    Mistake(
        "W-transposed",
        "That is the matrix for a gradient on its way back. A Jacobian has W as it is.",
        edits=((_J, "J = (1 - h[T - n] ** 2)[:, :, None] * W.T"),),
    ),
    Mistake(
        "slope-on-the-columns",
        "Each slope belongs to a unit of h⁽ᵗ⁾, and so to a row of the Jacobian.",
        edits=((_J, "J = (1 - h[T - n] ** 2)[:, None, :] * W"),),
    ),
    Mistake(
        "slope-missing",
        "These are powers of W. Between one state and the next stands a tanh, too.",
        edits=((_J, "J = np.ones((B, 1, 1)) * W"),),
    ),
    Mistake(
        "slope-without-the-square",
        "Look up the derivative of tanh, written in terms of its value.",
        edits=((_J, "J = (1 - h[T - n])[:, :, None] * W"),),
    ),
    Mistake(
        "tanh-taken-twice",
        "h is the tanh already: its slope needs no second tanh.",
        edits=((_J, "J = (1 - np.tanh(h[T - n]) ** 2)[:, :, None] * W"),),
        taught="mistake-long-term-slope-of-slope",
    ),
    Mistake(
        "entry-by-entry",
        "Jacobians follow each other by the matrix product.",
        edits=(
            ("product = np.broadcast_to(np.eye(H), (B, H, H))", "product = np.ones((B, H, H))"),
            ("product @ J", "product * J"),
        ),
    ),
    Mistake(
        "one-step-at-a-time",
        "These are the Jacobians of single steps. Asked for are their products, back from T.",
        edits=(("product = product @ J", "product = J"),),
    ),
    Mistake(
        "from-the-first-state",
        "Lag n counts back from the last state. Your products begin at the first.",
        edits=(("h[T - n]", "h[n]"), ("product @ J", "J @ product")),
    ),
    Mistake(
        "lags-in-reverse",
        "P[0] is for a lag of one step, and the longest lag comes last.",
        edits=((_NORMS, f"P = P[::-1]\n    {_NORMS}"),),
    ),
    Mistake(
        "frobenius",
        "The norm asked for is the largest factor by which any change is stretched, not the root "
        "of the sum of all squares.",
        edits=((_NORMS, "norms = np.sqrt((P**2).sum(axis=(2, 3)))"),),
    ),
    Mistake(
        "eigenvalue-for-norm",
        "The largest eigenvalue says what happens in the long run of one matrix' powers. How far "
        "a matrix stretches at once is another number.",
        edits=((_NORMS, "norms = abs(np.linalg.eigvals(P)).max(axis=2)"),),
        taught="mistake-long-term-eigenvalue-bound",
    ),
    Mistake(
        "product-of-the-norms",
        "The product of the norms is an upper bound; the norm of the product can be far smaller.",
        edits=(
            (
                _NORMS,
                "factors = [np.linalg.norm((1 - h[T - n] ** 2)[:, :, None] * W, 2, axis=(1, 2)) "
                "for n in range(1, T)]\n    norms = np.cumprod(factors, axis=0)",
            ),
        ),
    ),
    Mistake(
        "largest-entry",
        "The norm asked for is no entry: it is the largest factor by which any change of the "
        "state is stretched.",
        edits=((_NORMS, "norms = abs(P).max(axis=(2, 3))"),),
    ),
    Mistake(
        "smallest-stretch",
        "That is the direction that is stretched least.",
        edits=((_NORMS, "norms = np.linalg.norm(P, -2, axis=(2, 3))"),),
    ),
)

VARIANTS = (
    Variant("dict", edits=(("return P, norms", 'return {"norms": norms, "P": P}'),)),
    Variant("nested-lists", edits=(("return P, norms", "return P.tolist(), norms.tolist()"),)),
    Variant("float32", edits=(("return P, norms", "return np.float32(P), np.float32(norms)"),)),
    Variant(
        "one-sequence-at-a-time",
        source="""
def jacobian_products(W, h):
    T, B, H = h.shape
    P, norms = np.zeros((T - 1, B, H, H)), np.zeros((T - 1, B))
    for b in range(B):
        product = np.eye(H)
        for n in range(1, T):
            product = product @ np.diag(1 - h[-n, b] ** 2) @ W
            P[n - 1, b] = product
            norms[n - 1, b] = np.sqrt(np.linalg.eigvalsh(product.T @ product)[-1])
    return P, norms
""",
    ),
    Variant(
        "a-recursion-and-einsum",
        source="""
def jacobian_products(W, h):
    def back(n):
        J = np.einsum("bi,ij->bij", 1 - h[-n] ** 2, W)
        return [J] if n == 1 else (lambda before: [*before, before[-1] @ J])(back(n - 1))

    P = np.stack(back(len(h) - 1))
    return P, np.linalg.svd(P, compute_uv=False).max(-1)
""",
    ),
)

ITEM = CodeItem(
    cell="jacobians-check",
    answer="jacobians",
    title="Products of Jacobians",
    exercise=registry.find("longterm.jacobians"),
    points={"P": 4, "norms": 2},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
