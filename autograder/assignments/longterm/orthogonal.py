"""Orthogonal matrices, judged by what must be true of them: cases, slips, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one unit", {"n": 1, "count": 120}),
    HiddenCase("larger", {"n": 30, "count": 60}),
)

_DRAW = "A = np.random.default_rng(seed).normal(size=(n, n))"
_SIGNS = "found.append(Q * np.sign(np.diag(R)))"

MISTAKES = (
    Mistake(
        "signs-of-the-decomposition",
        "The library chooses the signs of R, and so those of Q, by rule and not by lot: look at "
        "the mean of your matrices over many seeds. One sign for each column is yours to mend.",
        edits=((_SIGNS, "found.append(Q)"),),
    ),
    Mistake(
        "seed-not-used",
        "The same seed must give the same matrix, wherever it stands in the list.",
        edits=((_DRAW, "A = np.random.default_rng().normal(size=(n, n))"),),
    ),
    Mistake(
        "one-seed-for-all",
        "Every seed of the list begins its own sequence of random numbers.",
        edits=((_DRAW, "A = np.random.default_rng(seeds[0]).normal(size=(n, n))"),),
    ),
    Mistake(
        "scaled-but-not-orthogonal",
        "Normal numbers over √n have columns of length about 1, and about perpendicular. How "
        "does one get them exactly so?",
        edits=((_SIGNS, "found.append(A / np.sqrt(n))"),),
    ),
    Mistake(
        "columns-of-length-one-only",
        "The columns have length 1. Are they perpendicular, too?",
        edits=((_SIGNS, "found.append(A / np.linalg.norm(A, axis=0))"),),
    ),
    Mistake(
        "the-triangle",
        "Of the two factors, which one is orthogonal?",
        edits=((_SIGNS, "found.append(R)"),),
    ),
    Mistake(
        "rotations-only",
        "Reflections are orthogonal as well: half of all determinants are -1.",
        edits=(
            (
                _SIGNS,
                "Q = Q * np.sign(np.diag(R))\n"
                "        Q[:, 0] *= np.linalg.det(Q)\n"
                "        found.append(Q)",
            ),
        ),
    ),
    Mistake(
        "positive-numbers",
        "The numbers that you begin with are all positive, so the first column always points the "
        "same way.",
        edits=((_DRAW, "A = np.random.default_rng(seed).uniform(size=(n, n))"),),
    ),
    Mistake(
        "the-unit-matrix",
        "The unit matrix is orthogonal. Asked for is one drawn by lot.",
        edits=((_SIGNS, "found.append(np.eye(n))"),),
    ),
)

VARIANTS = (
    Variant("one-array", edits=(("    return found", "    return np.stack(found)"),)),
    Variant("float32", edits=(("    return found", "    return np.array(found, np.float32)"),)),
    Variant("dict", edits=(("    return found", '    return {"Q": found}'),)),
    Variant(
        "signs-by-lot",
        source="""
def orthogonal_matrices(n, seeds):
    found = []
    for seed in seeds:
        rng = np.random.RandomState(seed)
        Q, R = np.linalg.qr(rng.randn(n, n))
        found.append(Q @ np.diag(rng.choice([-1.0, 1.0], size=n)))
    return found
""",
    ),
    Variant(
        "gram-schmidt",
        source="""
def orthogonal_matrices(n, seeds):
    found = np.zeros((len(seeds), n, n))
    for Q, seed in zip(found, seeds):
        rng = np.random.default_rng(seed)
        for j in range(n):
            v = rng.normal(size=n)
            for _ in range(2):
                v = v - Q[:, :j] @ (Q[:, :j].T @ v)
            Q[:, j] = v / np.linalg.norm(v)
    return found
""",
    ),
    Variant(
        "nearest-orthogonal-matrix",
        source="""
def orthogonal_matrices(n, seeds):
    def one(seed):
        U, _, Vt = np.linalg.svd(np.random.default_rng(seed).normal(size=(n, n)))
        return U @ Vt

    return [one(seed) for seed in seeds]
""",
    ),
)

ITEM = CodeItem(
    cell="orthogonal-check",
    answer="orthogonal",
    title="Orthogonal matrices",
    exercise=registry.find("longterm.orthogonal"),
    points={"orthogonal": 2, "even": 2, "seeded": 2},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
