"""What the limits of `findings` let through: the table in the appendix of the book.

    python tests/similarity/limits.py 30 100 400

Honest pairs that would be reported, and copies that are found: fully disguised, and with a quarter
of their sums and products split in two as well. Twenty to thirty copiers in each class.
"""

import ast
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import disguise
import made_class

from autograder.similarity.evidence import Answer
from autograder.similarity.findings import compare


class _Split(ast.NodeTransformer):
    """A quarter of the sums and products in two statements."""

    def __init__(self, rng):
        self.rng, self.made = rng, 0

    def visit_Assign(self, node):
        if not isinstance(node.value, ast.BinOp) or self.rng.random() > 0.25:
            return node
        self.made += 1
        name = f"part{self.made}"
        first = ast.Assign([ast.Name(name, ast.Store())], node.value.left)
        node.value.left = ast.Name(name, ast.Load())
        return [first, node]

    visit_AugAssign = visit_Assign


def split(source, rng):
    """The copy, with some of its statements taken apart and everything else done to it."""
    tree = _Split(rng).visit(ast.parse(source))
    return disguise.all_of_it(ast.unparse(ast.fix_missing_locations(tree)), rng)


def row(students):
    """Honest pairs named, and the share of copiers found by each way of copying."""
    honest = {f"s{n:05d}": made_class.student(n) for n in range(students)}
    counts = []
    for how in (disguise.all_of_it, split):
        sources = dict(honest)
        victims = list(honest)[:: max(1, students // 20)]
        for n, victim in enumerate(victims):
            rng = disguise.seeded(n)
            sources[f"copy of {victim}"] = {c: how(t, rng) for c, t in honest[victim].items()}
        made = {s: {c: Answer(t) for c, t in cells.items()} for s, cells in sources.items()}
        pairs = {pair.students for pair in compare(made, {}).pairs}
        found = sum((f"copy of {v}", v) in pairs for v in victims)
        counts.append((found, len(victims)))
        named = [pair for pair in pairs if not any(s.startswith("copy") for s in pair)]
    return len(named), counts


if __name__ == "__main__":
    for size in map(int, sys.argv[1:]):
        named, counts = row(size)
        said = ", ".join(f"{found} of {n} copies found" for found, n in counts)
        print(f"{size} students: {named} honest pairs named; {said}", flush=True)
