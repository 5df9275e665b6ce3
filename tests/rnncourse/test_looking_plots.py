"""Pictures of what is looked at: their descriptions hold the numbers, and so do their shapes."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex

from rnncourse import crf, elman, looking, lstm, network, plots
from rnncourse.figures.picture import CYCLE
from rnncourse.looking import Influence, Saturation

RNG = np.random.default_rng(0)
LSTM = lstm.init(RNG, 2, 3)
TRACES = looking.traces(lstm, LSTM, 3 * RNG.standard_normal((30, 2, 2)))
CRF = crf.CRFParams(*(RNG.standard_normal(s) for s in ((3, 3), 3, 3)))
LATTICE = looking.lattice(CRF, RNG.standard_normal((5, 3)))
FLOW = Influence(np.array([1.0, 0.5, 0.25]), np.array([0.0, 4.0, 1.0]), {}, 0)
GATED = FLOW._replace(gates={name: np.array([0.9, 0.1, 0.9]) for name in "ifo"})

PICTURES = {
    "eigenvalues": lambda: plots.eigenvalues(RNG.standard_normal(40)),
    "one eigenvalue": lambda: plots.eigenvalues([[0.5]]),
    "singular values": lambda: plots.singular_values(np.ones((4, 2, 3)), radius=0.9),
    "one singular value": lambda: plots.singular_values(np.ones((1, 1))),
    "nothing left": lambda: plots.singular_values(np.zeros((3, 2))),
    "traces": lambda: plots.traces(TRACES, "a text of $30 <characters>\n&x "),
    "one step": lambda: plots.traces({"z": np.full((1, 1, 1), 0.5)}, ["token"]),
    "saturation": lambda: plots.saturation({g: looking.saturation(TRACES[g]) for g in "ifo"}),
    "one unit": lambda: plots.saturation({"z": Saturation(np.zeros(1), np.ones(1))}),
    "attention": lambda: plots.attention(RNG.dirichlet(np.ones(5), 3)),
    "wide attention": lambda: plots.attention(RNG.dirichlet(np.ones(60), 3)),
    "one weight": lambda: plots.attention([[1.0]], ["a"], ["b"]),
    "reach": lambda: plots.reach(np.tril(np.ones((50, 50))), scale="linear"),
    "reach of one sequence": lambda: plots.reach(np.ones((2, 3, 1))),
    "reach of one": lambda: plots.reach([[2.0]]),
    "no reach": lambda: plots.reach(np.zeros((2, 3))),
    "taps": lambda: plots.taps(looking.taps([2, 3], [1, 2])),
    "one tap": lambda: plots.taps(looking.taps([1], [1])),
    "many taps": lambda: plots.taps(looking.taps([2] * 7, [2**k for k in range(7)])),
    "lattice": lambda: plots.lattice(
        LATTICE, ["O", "B-PER", "I-PER"], ["The", "$5", "is", "hers", "."]
    ),
    "lattice of one": lambda: plots.lattice(looking.lattice(CRF, np.zeros((1, 3)))),
    "influence": lambda: plots.influence({"RNN": FLOW, "LSTM": GATED}),
    "influence of one": lambda: plots.influence({"a": Influence(np.ones(1), np.ones(1), {}, 0)}),
}


def patches(picture):
    """Shaded paths: (alpha, number of cells) of each."""
    return [(p.get_alpha(), len(p.get_path().codes) // 5) for p in picture.axes.patches[:-1]]


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_shows_itself_in_the_page_s_own_colours(name):
    picture = PICTURES[name]()
    page = picture._repr_mimebundle_()["text/html"]
    assert len(picture.alt) > 40
    assert page.count('role="img"') == 1
    assert not re.search(r"\bnan\b|\binf\b|array|None", picture.alt)
    # every colour is one that the page replaces: dark on light becomes light on dark
    shown = re.sub(r"var\(--[^()]*\)", "", page)
    assert not re.findall(r"(?:fill|stroke): ?#[0-9a-f]{3,6}", shown)
    colours = {to_hex(p.get_facecolor()) for p in picture.axes.patches}
    assert colours <= {"#000000", "#ffffff", *CYCLE}
    assert picture.figure.get_figwidth() <= 7.5


def test_eigenvalues_lie_where_they_are_and_outside_ones_have_another_shape():
    values = np.array([[0.5, 0.25j], [-2.0, 1.0]])
    lines = plots.eigenvalues(values).axes.get_lines()
    inside = next(line for line in lines if line.get_marker() == "o")
    outside = next(line for line in lines if line.get_marker() == "^")
    assert np.array_equal(inside.get_xydata(), [[0.5, 0], [0, 0.25]])
    assert np.array_equal(outside.get_xydata(), [[-2, 0], [1, 0]])
    words = plots.eigenvalues(values).alt
    assert "2 lie within the unit circle, 2 outside or on it; the largest has size 2" in words


def test_singular_values_below_rounding_are_not_drawn():
    values = np.array([[1.0, 1.0], [0.5, 1e-3], [0.25, 1e-20]])
    picture = plots.singular_values(values)
    least, largest = picture.axes.get_lines()
    assert largest.get_ydata().tolist() == [1, 0.5, 0.25]
    assert np.isnan(least.get_ydata()).tolist() == [False, False, True]
    assert "the smallest from 1 to less than can be computed" in picture.alt
    batch = plots.singular_values(np.stack([values, 3 * values, 5 * values], axis=1))
    assert batch.axes.get_lines()[-1].get_ydata().tolist() == [3, 1.5, 0.75]


def test_attention_writes_its_numbers_where_they_can_be_read():
    picture = plots.attention([[0.9, 0.1], [0.0, 1.0]], ["le", "$x$"], ["the", "a b"])
    texts = {t.get_text(): t for t in picture.axes.texts}
    assert {".90", ".10", ".00", "1", "le", "$x$", "the", "a␣b"} == set(texts)
    assert not texts["$x$"].get_parse_math()
    assert [texts[t].get_color() for t in (".90", ".10")] == ["#ffffff", "#000000"]
    assert texts[".90"].get_position() == (0.5, 0.5)
    assert texts["1"].get_position() == (1.5, 1.5)
    assert sorted(patches(picture)) == [(0.1, 1), (0.9, 1), (1.0, 1)]
    assert picture.alt.endswith("the: le 0.90; a␣b: $x$ 1.00.")


def test_reach_is_shaded_by_powers_of_ten_or_by_size():
    values = np.array([[1.0, 0], [1e-3, 1.0]])
    by_power = patches(plots.reach(values))
    assert by_power[0][0] == pytest.approx(0.5)  # three of six decades
    assert (1.0, 2) in by_power
    linear = dict(patches(plots.reach(values, scale="linear")))
    assert linear[0.05] == 1  # what is not zero can be seen
    words = plots.reach(values).alt
    assert "its own step moves it by 1, the first input by 0.001" in words
    assert "No output is moved by a later input." in words
    assert "Later inputs move outputs too, by up to 0.001." in plots.reach(values.T).alt


def test_traces_are_one_row_for_each_name_and_wrap():
    picture = plots.traces(TRACES, "x" * 30, unit=1, sequence=1)
    names = [t.get_text() for t in picture.axes.texts if t.get_style() == "italic"]
    assert names == list("ifgohc") * 2  # 24 characters, then 6
    f = TRACES["f"][:, 1, 1]
    assert (
        f"f: mean {f.mean():.3g}, from {f.min():.3g} at character {f.argmin() + 1}" in picture.alt
    )
    cells = sum(count for _, count in patches(picture))
    assert 160 <= cells <= 180 + 2
    minus = [t for t in picture.axes.texts if t.get_text() == "−"]
    signed = np.stack([TRACES[n][:, 1, 1] / max(1, abs(TRACES[n][:, 1, 1]).max()) for n in "ghc"])
    assert len(minus) == (signed < -0.05).sum()


def test_below_zero_is_blue_and_above_orange():
    picture = plots.traces({"c": np.array([-1.0, 0.5, 0.25, 0]).reshape(4, 1, 1)}, "abcd")
    shown = {to_hex(p.get_facecolor()): p for p in picture.axes.patches[:-1]}
    assert {colour: p.get_path().vertices[0, 0] for colour, p in shown.items()} == {
        CYCLE[0]: pytest.approx(0.04),  # the first character
        CYCLE[1]: pytest.approx(1.04),
    }


def test_saturation_puts_right_across_and_left_up():
    left, right = np.array([0.0, 0.5]), np.array([1.0, 0.25])
    picture = plots.saturation({"f": Saturation(left, right), "o": Saturation(right, left)})
    _, f, o = picture.axes.get_lines()
    assert np.array_equal(f.get_xydata(), [[1, 0], [0.25, 0.5]])
    assert np.array_equal(o.get_xydata(), [[0, 1], [0.5, 0.25]])
    assert f.get_marker() != o.get_marker()
    assert "f: right-saturated 62 % of the time on average, left-saturated 25 %" in picture.alt
    assert "o: right-saturated 25 %" in picture.alt


def test_taps_have_their_arrows_and_nodes():
    tree = looking.taps([2, 2], [1, 2])
    first, *_ = (line for line in plots.taps(tree).axes.get_lines() if line.get_marker() == "None")
    segments = first.get_xydata().reshape(-1, 3, 2)[:, :2]
    drawn = {(-a[0], -b[0]) for a, b in segments}
    assert drawn == set(tree.arrows[0]) == {(0, 0), (1, 0), (2, 2), (3, 2)}
    assert "the layers' nodes are 4, 2 and 1. Each input is read along 1 path." in (
        plots.taps(tree).alt
    )
    assert "along 1 to 3 paths" in plots.taps(looking.taps([3, 3], [1, 1])).alt


def test_the_lattice_names_its_path():
    picture = PICTURES["lattice"]()
    tags, tokens = ["O", "B-PER", "I-PER"], ["The", "$5", "is", "hers", "."]
    for t, k in enumerate(LATTICE.path):
        assert f"{tokens[t]} {tags[k]} ({LATTICE.nodes[t, k]:.2f})" in picture.alt
    rings = (ln for ln in picture.axes.get_lines() if ln.get_marker() == "o")
    ring = next(ln for ln in rings if ln.get_markeredgecolor() == "C1")
    rows = (ring.get_ydata() / 0.58).round().astype(int)
    assert rows.tolist() == LATTICE.path.tolist()
    lines = [ln for ln in picture.axes.get_lines() if ln.get_marker() == "None"]
    assert len(lines) == (LATTICE.edges >= 0.01).sum()
    orange = [ln for ln in lines if ln.get_color() == "C1"]
    assert len(orange) == sum(
        p >= 0.01 for p in LATTICE.edges[np.arange(4), LATTICE.path[:-1], LATTICE.path[1:]]
    )


def test_a_path_against_the_likeliest_tags_is_said():
    # the first tag may go on in two ways, each less likely than the only way of the second
    A = np.array([[0.0, 0, -50], [-50, -50, 0.25], [0, 0, 0]])
    params = crf.CRFParams(A, np.array([0.0, 0, -50]), np.zeros(3))
    found = looking.lattice(params, np.zeros((2, 3)))
    assert found.path.tolist() == [1, 2]
    assert "It does not take the likeliest tag at 1." in plots.lattice(found).alt


def test_influence_shades_by_share_and_marks_gates():
    picture = plots.influence({"LSTM": GATED})
    assert "LSTM, hidden: 1, 0.5, 0.25; output: 0, 1, 0.25." in picture.alt
    signs = [t.get_text() for t in picture.axes.texts if t.get_color() == "C1"]
    assert sorted(signs) == ["o"] * 5 + ["–"] * 3  # three gates each, no forget gate at first
    shares = [ln.get_alpha() for ln in picture.axes.get_lines() if ln.get_alpha() is not None]
    assert sorted(share for share in shares if share not in (0.5, 0.7)) == [0.25, 0.25, 1, 1, 1]
    discs = [ln for ln in picture.axes.get_lines() if ln.get_zorder() == 3]
    heights = {height: [] for height in sorted(ln.get_ydata()[0] for ln in discs)}
    for disc in discs:
        heights[disc.get_ydata()[0]].append(disc.get_alpha())
    assert list(heights.values()) == [[1, 0.25], [1, 0.5, 0.25], [1]]  # outputs on top
    params = network.init(elman, RNG, 1, 2, 1)
    found = looking.influence(elman, params, np.zeros((3, 1, 1)))
    shares = found.hidden / found.hidden.max()
    assert f"hidden: {', '.join(f'{s:.2g}' for s in shares)}" in plots.influence({"a": found}).alt


@pytest.mark.parametrize("name", ["a", "LSTM", "an LSTM whose forget gate is open at first"])
def test_a_long_name_and_the_gates_legend_do_not_meet(name):
    picture = plots.influence({name: GATED})
    ink = picture.figure.canvas.get_renderer()
    boxes = {t.get_text(): t.get_window_extent(ink) for t in picture.axes.texts}
    legend = next(box for text, box in boxes.items() if text.startswith("gates"))
    others = [box for text, box in boxes.items() if not text.startswith("gates")]
    assert not any(legend.overlaps(box) for box in others)
    assert legend.x1 <= picture.figure.bbox.x1 or len(GATED.hidden) < 4


Z = np.zeros((2, 1, 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.eigenvalues([]), "values must hold at least one, got shape (0,)"),
        (lambda: plots.eigenvalues([np.nan]), "values[0] must be finite"),
        (lambda: plots.singular_values([1.0]), "values must have shape (T + 1, N), got (1,)"),
        (lambda: plots.singular_values([[-1.0]]), "values must not be negative, got -1"),
        (lambda: plots.singular_values([[1.0]], radius=0), "radius must be above 0, got 0"),
        (lambda: plots.singular_values(np.zeros((0, 2))), "values must hold at least one"),
        (lambda: plots.attention([[-0.5, 1.5]]), "weights must not be negative, got -0.5"),
        (lambda: plots.attention([[1.0]], ["a", "b"]), "source must have 1 labels, got 2"),
        (lambda: plots.attention([1.0]), "weights must be a table of at least one value"),
        (lambda: plots.attention([[np.nan]]), "weights must be finite, got nan"),
        (lambda: plots.reach([[1.0]], scale="sqrt"), "scale must be 'log' or 'linear', got 'sqrt'"),
        (lambda: plots.reach([[-1.0]]), "R must not be negative"),
        (lambda: plots.traces({"z": Z}, "abc"), "text must have 2 labels, got 3"),
        (lambda: plots.traces({"z": Z}, "ab", unit=1), "unit must lie between 0 and 0, got 1"),
        (lambda: plots.traces({"z": Z}, "ab", sequence=-1), "sequence must lie between 0 and 0"),
        (lambda: plots.traces({"z": Z[0]}, "ab"), "values must hold an array (T, B, H), got none"),
        (lambda: plots.traces({"z": Z[:0]}, ""), "values must have at least one step"),
        (lambda: plots.traces({"z": Z, "f": Z[:1]}, "ab"), "values['f'] must have shape (2, 1, 1)"),
        (lambda: plots.traces({"z": Z * np.nan}, "ab"), "must be finite, got nan"),
        (lambda: plots.saturation({}), "shares must be of 1 to 6 gates, got 0"),
        (lambda: plots.saturation({"f": Saturation(np.ones(1), 2 * np.ones(1))}), "between 0 and"),
        (lambda: plots.lattice(LATTICE, ["O"]), "tags must have 3 labels, got 1"),
        (lambda: plots.influence({}), "found must hold at least one network, got none"),
        (lambda: plots.influence({"a": FLOW, "b": FLOW._replace(hidden=np.ones(2))}), "[2, 3]"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
