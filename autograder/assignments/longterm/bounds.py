"""What keeps products in bounds: a scaled spectral radius, and a clipped gradient."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

_RHO = "rho = np.abs(np.linalg.eigvals(W)).max()"

_RADIUS_MISTAKES = (
    Mistake(
        "norm-for-radius",
        "The spectral norm is the largest stretch of one step, and at least the radius. Asked "
        "for is the largest eigenvalue's absolute value.",
        edits=((_RHO, "rho = np.linalg.norm(W, 2)"),),
        taught="mistake-long-term-radius-by-norm",
    ),
    Mistake(
        "frobenius-for-radius",
        "The root of the sum of squares is larger than any eigenvalue, and more so the larger "
        "the matrix.",
        edits=((_RHO, "rho = np.linalg.norm(W)"),),
        taught="mistake-long-term-radius-by-norm",
    ),
    Mistake(
        "real-part-only",
        "Eigenvalues come in complex pairs, too; such a pair turns the state and may be the "
        "largest of all. What is the size of a complex number?",
        edits=((_RHO, "rho = np.abs(np.linalg.eigvals(W).real).max()"),),
        taught="mistake-reservoirs-real-part",
    ),
    Mistake(
        "largest-with-its-sign",
        "A negative eigenvalue of large size makes powers grow as well: its size counts.",
        edits=((_RHO, "rho = np.linalg.eigvals(W).real.max()"),),
        taught="mistake-long-term-radius-by-norm",
    ),
    Mistake(
        "as-if-symmetric",
        "eigvalsh reads one triangle and believes that the matrix is symmetric. Is it?",
        edits=((_RHO, "rho = np.abs(np.linalg.eigvalsh(W)).max()"),),
    ),
    Mistake(
        "mean-instead-of-largest",
        "In the long run the largest eigenvalue alone decides.",
        edits=((_RHO, "rho = np.abs(np.linalg.eigvals(W)).mean()"),),
    ),
    Mistake(
        "first-eigenvalue",
        "NumPy returns eigenvalues in no particular order.",
        edits=((_RHO, "rho = np.abs(np.linalg.eigvals(W))[0]"),),
    ),
    Mistake(
        "not-divided",
        "The matrix has a radius of its own already. What must it be divided by?",
        edits=(("radius / rho * W", "radius * W"),),
    ),
    Mistake(
        "upside-down",
        "If the matrix has twice the radius that is wanted, should it become larger or smaller?",
        edits=(("radius / rho * W", "rho / radius * W"),),
    ),
    Mistake(
        "radius-of-one",
        "That scales to the radius 1. The radius wanted is an argument.",
        edits=(("radius / rho * W", "W / rho"),),
    ),
    Mistake(
        "only-where-larger",
        "A matrix whose radius is too small is to be scaled, too.",
        edits=(("radius / rho * W", "min(1, radius / rho) * W"),),
    ),
    Mistake(
        "largest-entry",
        "No single entry is the radius: it is the largest eigenvalue's absolute value.",
        edits=((_RHO, "rho = np.abs(W).max()"),),
    ),
    Mistake(
        "largest-row-sum",
        "The largest sum of a row is an upper bound for the radius, not the radius.",
        edits=((_RHO, "rho = np.linalg.norm(W, np.inf)"),),
    ),
)

_RADIUS_VARIANTS = (
    Variant("nested-lists", edits=(("radius / rho * W", "(radius / rho * W).tolist()"),)),
    Variant("float32", edits=(("radius / rho * W", "np.float32(radius / rho * W)"),)),
    Variant("dict", edits=(("return radius / rho * W", 'return {"scaled": radius / rho * W}'),)),
    Variant(
        "from-the-characteristic-polynomial",
        source="""
def scale_to_radius(W, radius):
    values, _ = np.linalg.eig(np.array(W))
    return W * radius / np.sqrt((values * values.conj()).real.max())
""",
    ),
    Variant(
        "in-place",
        source="""
def scale_to_radius(W, radius):
    W *= radius
    W /= max(abs(value) for value in np.linalg.eigvals(W)) / radius
    return W
""",
    ),
)

RADIUS = CodeItem(
    cell="radius-check",
    answer="radius",
    title="A spectral radius",
    exercise=registry.find("longterm.radius"),
    points={"scaled": 3},
    cases=(
        HiddenCase("ordinary"),
        HiddenCase("the largest eigenvalues are a complex pair", {"kind": "turning"}),
        HiddenCase("the largest eigenvalue is negative", {"kind": "negative", "radius": 1.3}),
        HiddenCase("a radius that must grow", {"radius": 20.0}),
        HiddenCase("one unit", {"H": 1, "radius": 0.5}),
        HiddenCase("larger", {"H": 60, "radius": 0.99}),
    ),
    mistakes=_RADIUS_MISTAKES,
    variants=_RADIUS_VARIANTS,
)

_NORM = "norm = np.sqrt(sum((g**2).sum() for g in grads))"
_SCALE = "scale = limit / norm if norm > limit else 1.0"
_RETURN = "return *(scale * g for g in grads), norm"

_CLIP_MISTAKES = (
    Mistake(
        "each-array-alone",
        "The three arrays are parts of one gradient: one length, one factor for all of them. Each "
        "clipped alone, the direction changes.",
        edits=(
            (
                _RETURN,
                "return *(min(1.0, limit / np.linalg.norm(g)) * g for g in grads), norm",
            ),
        ),
        taught="mistake-optimization-per-array",
    ),
    Mistake(
        "root-forgotten",
        "That is the square of the length.",
        edits=((_NORM, "norm = sum((g**2).sum() for g in grads)"),),
    ),
    Mistake(
        "entries-cut",
        "Clipping by value cuts entries and changes the direction. By norm, all shrink alike.",
        edits=((_RETURN, "return *(np.clip(g, -limit, limit) for g in grads), norm"),),
    ),
    Mistake(
        "always-scaled",
        "A gradient that is short enough stays as it is. Yours is made longer.",
        edits=((_SCALE, "scale = limit / norm if norm else 1.0"),),
        taught="mistake-optimization-always-scaled",
    ),
    Mistake(
        "scaled-where-short",
        "Look at which side of the comparison is scaled.",
        edits=((_SCALE, "scale = limit / norm if 0 < norm < limit else 1.0"),),
    ),
    Mistake(
        "largest-entry-for-length",
        "The length of a gradient is the root of the sum of all squares.",
        edits=((_NORM, "norm = max(np.abs(g).max() for g in grads)"),),
    ),
    Mistake(
        "sum-of-the-lengths",
        "Lengths of parts do not add up to the length of the whole: their squares do.",
        edits=((_NORM, "norm = sum(np.sqrt((g**2).sum()) for g in grads)"),),
    ),
    Mistake(
        "sum-of-absolute-values",
        "That is another norm. The length of a gradient is the root of the sum of all squares.",
        edits=((_NORM, "norm = sum(np.abs(g).sum() for g in grads)"),),
    ),
    Mistake(
        "mean-square",
        "A mean forgets how many entries there are; the length adds up the squares.",
        edits=(
            (_NORM, "norm = np.sqrt(np.mean(np.concatenate([g.ravel() for g in grads]) ** 2))"),
        ),
    ),
    Mistake(
        "biases-left-out",
        "The gradient by the biases is part of the gradient, of its length and of what is scaled.",
        edits=(
            (_NORM, "norm = np.sqrt(sum((g**2).sum() for g in grads[:2]))"),
            (_RETURN, "return scale * d_W_ih, scale * d_W_hh, d_b_h, norm"),
        ),
        taught="mistake-optimization-per-array",
    ),
    Mistake(
        "length-after-clipping",
        "Asked for is the length before: it tells you how often you clip, and how hard.",
        edits=((_RETURN, "return *(scale * g for g in grads), scale * norm"),),
    ),
    Mistake(
        "nothing-from-nothing",
        "A gradient of zeros has length zero, and zero divided by zero is not a number.",
        edits=((_SCALE, "scale = np.minimum(norm, limit) / np.float64(norm)"),),
    ),
    Mistake(
        "sign-turned",
        "Clipping shortens the gradient. The step downhill is the optimiser's.",
        edits=((_RETURN, "return *(-scale * g for g in grads), norm"),),
    ),
)

_CLIP_VARIANTS = (
    Variant(
        "dict",
        edits=(
            (
                _RETURN,
                'return {"norm": norm, "d_W_ih": scale * d_W_ih, "d_W_hh": scale * d_W_hh, '
                '"d_b_h": scale * d_b_h}',
            ),
        ),
    ),
    Variant(
        "one-long-vector",
        source="""
def clip_by_norm(d_W_ih, d_W_hh, d_b_h, limit):
    norm = np.linalg.norm(np.hstack([d_W_ih.ravel(), d_W_hh.ravel(), d_b_h]))
    shrink = 1 / max(1, norm / limit)
    return d_W_ih * shrink, d_W_hh * shrink, d_b_h * shrink, norm
""",
    ),
    Variant(
        "in-place",
        source="""
def clip_by_norm(d_W_ih, d_W_hh, d_b_h, limit):
    norm = sum(np.vdot(g, g) for g in (d_W_ih, d_W_hh, d_b_h)) ** 0.5
    for g in (d_W_ih, d_W_hh, d_b_h):
        if norm > limit:
            g *= limit / norm
    return [d_W_ih, d_W_hh, d_b_h, float(norm)]
""",
    ),
    Variant(
        "lengths-of-the-lengths",
        source="""
def clip_by_norm(d_W_ih, d_W_hh, d_b_h, limit):
    parts = d_W_ih, d_W_hh, d_b_h
    norm = np.hypot.reduce([np.linalg.norm(part) for part in parts])
    if norm <= limit:
        return *parts, norm
    return *(part / norm * limit for part in parts), norm
""",
    ),
)

CLIP = CodeItem(
    cell="clip-check",
    answer="clip",
    title="Clipping by norm",
    exercise=registry.find("longterm.clip"),
    points={"d_W_ih": 1, "d_W_hh": 1, "d_b_h": 1, "norm": 1},
    cases=(
        HiddenCase("too long"),
        HiddenCase("short enough", {"size": 0.02}),
        HiddenCase("one part far longer than the others", {"one": 50.0, "limit": 0.7}),
        HiddenCase("nothing but zeros", {"size": 0.0}),
        HiddenCase("one unit, one input", {"I": 1, "H": 1, "size": 9.0}),
        HiddenCase("larger", {"I": 60, "H": 90, "limit": 5.0}),
    ),
    mistakes=_CLIP_MISTAKES,
    variants=_CLIP_VARIANTS,
)
