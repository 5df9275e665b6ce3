import pytest

from autograder.similarity import reading

LOOP = "def f(a):\n    s = 0\n    for i in range(3):\n        s += a[i]\n    return s\n"


@pytest.mark.parametrize(
    "same",
    [
        LOOP.replace("s", "total").replace("returotaln", "return"),
        LOOP.replace("s += a[i]", "s = a[i] + s"),
        LOOP.replace("    s = 0", '    """Sums."""\n    # from nothing\n    s  =  0'),
        LOOP.replace("def f(a)", "def f(b)").replace("a[i]", "b[i]"),
    ],
    ids=["names", "written out", "comments and layout", "arguments"],
)
def test_what_means_the_same_reads_the_same(same):
    assert reading.runs(reading.code(same)) == reading.runs(reading.code(LOOP))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("for t in reversed(range(T)): pass", "for t in range(T - 1, -1, -1): pass"),
        ("d = np.sum(a, axis=0)", "d = a.sum(axis=0)"),
        ("a = 1\nb = 2 @ 3", "b = 2 @ 3\na = 1"),
    ],
)
def test_usual_ways_of_writing_are_one(one, other):
    assert reading.runs(reading.code(one)) == reading.runs(reading.code(other))


def test_what_means_another_thing_reads_differently():
    other = LOOP.replace("a[i]", "a[i - 1]")
    assert reading.runs(reading.code(other)) != reading.runs(reading.code(LOOP))


def test_a_statement_knows_its_lines():
    found = reading.code("x = (1,\n     2)\n\nif x:\n    # so\n    y = 3\n")
    assert [(s.first, s.last) for s in found] == [(1, 2), (4, 5), (6, 6)]


def test_what_is_no_python_is_read_by_tokens():
    found = reading.code("def f(a:\n    return a\n")
    assert [t for s in found for t in s.tokens] == ["def", "f", "(", "a", ":", "return", "a"]


@pytest.mark.parametrize(
    "source",
    [
        "-" * 20_000 + "1",
        "(" * 10_000 + ")" * 10_000,
        "a" + ".b" * 9_000,
        "1" + "+1" * 9_000,
        "x if y else " * 1_600 + "z",
        "lambda:" * 2_800 + "1",
        "a=" * 9_000 + "1",
        "\0",
        "'" * 20_001,
        '"""' * 5_000,
        "\ud800 = 1",
        "9" * 19_000,
    ],
    ids=lambda s: s[:8].encode("ascii", "replace").decode(),
)
def test_hostile_text_is_read_or_left(source):
    assert isinstance(reading.runs(reading.code(source)), frozenset)
    assert isinstance(reading.runs(reading.prose(source)), frozenset)
    assert isinstance(reading.words(source), list)
