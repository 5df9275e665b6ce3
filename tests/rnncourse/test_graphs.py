"""Networks described as graphs: what is counted, what is refused, what is drawn, what is said."""

import re

import pytest

from rnncourse import graphs
from rnncourse.graphs import Edge, Network

DRAWN = {
    "elman": graphs.ELMAN,
    "jordan": graphs.JORDAN,
    "output": graphs.OUTPUT_RECURRENCE,
    "seq2seq": graphs.ENCODER_DECODER,
    "both ways": Network(
        [
            Edge("x", "h", "U"), Edge("h", "h", "W", 1), Edge("h", "h", "W_2", 2),
            Edge("x", "g", "A"), Edge("g", "g", "B", -1), Edge("h", "o"), Edge("g", "o"),
        ]
    ),
    "context": Network(
        [Edge("e", "e", "W", 1), Edge("e", "d", "C", "end"), Edge("d", "d", "R", 1)],
        steps={"e": (1, 3), "d": (4, 6)},
    ),
}  # fmt: skip


UNEQUAL = Network([("x", "h", "U"), ("y", "h", "U")], {"x": 3, "y": 4, "h": 2})


def test_parameters_follow_the_sizes():
    sizes, biases = {"x": 3, "h": 5, "o": 2}, {"h": "b", "o": "c"}
    elman = Network(graphs.ELMAN.edges, sizes, biases)
    assert elman.shapes() == {"U": (5, 3), "W": (5, 5), "V": (2, 5), "b": (5,), "c": (2,)}
    jordan = Network(graphs.JORDAN.edges, sizes, biases)
    assert jordan.parameters() == {"U": 15, "W": 10, "V": 10, "b": 5, "c": 2}


def test_a_shared_matrix_counts_once():
    twice = Network([("x", "h", "U"), ("y", "h", "U")], {"x": 3, "y": 3, "h": 2})
    assert twice.parameters() == {"U": 6}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Network([Edge("a", "b"), Edge("b", "a")]), "without delay, got a → b → a"),
        (lambda: Network([Edge("h", "h")]), "without delay, got h → h"),
        (lambda: Network([Edge("x", "h")], {"z": 3}), "sizes must be of nodes that have"),
        (lambda: Network([Edge("x", "h")], steps={"x": (3, 1)}), "must run forward, got (3, 1)"),
        (lambda: graphs.ELMAN.parameters(), "sizes must give the units of 'h'"),
        (lambda: UNEQUAL.shapes(), "U must have one shape, got (2, 3) and (2, 4) (from y to h)"),
        (lambda: graphs.draw(graphs.ELMAN, steps=0), "steps must be at least 1, got 0"),
        (lambda: graphs.draw(graphs.ELMAN, times=["1"]), "times must name 3 steps, got 1"),
        (lambda: graphs.draw(graphs.ELMAN, view="side"), "view must be 'both', 'folded'"),
    ],
)  # fmt: skip
def test_refusals(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_rows_follow_the_order_of_computation():
    assert graphs.ELMAN.rows() == {"x": 0, "h": 1, "o": 2}
    assert graphs.OUTPUT_RECURRENCE.rows() == {"x": 0, "h": 1, "o": 2, "L": 3, "y": 2}
    rows = graphs.ENCODER_DECODER.rows()
    assert rows["g"] == rows["h"]
    assert rows["y"] == rows["g"] + 1
    assert Network(graphs.ELMAN.edges, heights={"o": 5}).rows()["o"] == 5


def words(picture):
    return [text.get_text() for text in picture.axes.texts]


def test_every_copy_of_a_node_is_drawn_with_its_step():
    found = words(graphs.draw(graphs.ELMAN, steps=3, view="unfolded"))
    for node in "xho":
        for time in ("t-1", "t", "t+1"):
            assert f"${node}^{{({time})}}$" in found
    assert found.count("$W$") == 2
    assert found.count("$U$") == found.count("$V$") == 3
    named = words(graphs.draw(graphs.ELMAN, 2, view="unfolded", times=["8", "9"]))
    assert "$h^{(9)}$" in named


def test_description_counts_what_is_drawn():
    alt = graphs.draw(graphs.ELMAN, steps=4).alt
    assert "h feeds itself by W, one step later" in alt
    assert "over 4 steps, t−1 to t+2: 12 nodes and 11 arrows" in alt
    whole = graphs.draw(graphs.ENCODER_DECODER).alt
    assert "over 6 steps, 1 to 6: 12 nodes and 13 arrows" in whole
    context = graphs.draw(DRAWN["context"]).alt
    assert "e feeds d by C, from its last step to every step" in context
    assert "6 nodes and 7 arrows" in context


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("view", ["both", "folded", "unfolded"])
def test_nothing_overlaps_and_nothing_is_cut_off(name, view):
    from matplotlib.patches import Circle

    picture = graphs.draw(DRAWN[name], view=view)
    circles = [p for p in picture.axes.patches if isinstance(p, Circle)]
    for k, a in enumerate(circles):
        for b in circles[:k]:
            apart = sum((p - q) ** 2 for p, q in zip(a.center, b.center, strict=True)) ** 0.5
            assert apart > a.radius + b.radius
    picture.figure.canvas.draw()
    width, height = picture.figure.canvas.get_width_height()
    for text in picture.axes.texts:
        box = text.get_window_extent()
        assert -1 <= box.x0 < box.x1 <= width + 1
        assert -1 <= box.y0 < box.y1 <= height + 1
    for label in picture.axes.texts:
        if "^{(" in label.get_text():
            extent = label.get_window_extent().width
            diameter = 2 * circles[0].radius * picture.axes.transData.get_matrix()[0, 0]
            assert extent < diameter


def test_colours_are_those_that_the_page_replaces():
    svg = graphs.draw(graphs.ELMAN)._repr_mimebundle_()["text/html"]
    assert "currentColor" in svg
    assert "var(--plot-surface" in svg
    assert not re.findall(r"(?:fill|stroke): #(?:000000|ffffff)", svg)
    assert 'role="img"' in svg
    assert "h feeds itself by W" in svg


def test_the_same_description_gives_the_same_picture():
    first, second = (graphs.draw(graphs.JORDAN)._repr_mimebundle_()["text/html"] for _ in range(2))
    assert first == second


def test_the_readers_settings_change_nothing_and_stay():
    import matplotlib

    plain = graphs.draw(graphs.ELMAN)._repr_mimebundle_()["text/html"]
    with matplotlib.rc_context({"font.size": 30, "text.color": "red"}):
        assert graphs.draw(graphs.ELMAN)._repr_mimebundle_()["text/html"] == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_slopes_run_against_every_arrow_that_leaves_a_computed_node():
    plain = graphs.draw(graphs.ELMAN, view="unfolded")
    back = graphs.draw(graphs.ELMAN, view="unfolded", slopes=True)
    dashed = len(back.figure.axes[0].patches) - len(plain.figure.axes[0].patches)
    assert dashed == 3 + 2  # each output, and each step but the first of those drawn
    assert f"{dashed} arrows run back against them, into no input: W transposed" in back.alt
    assert "transposed" not in plain.alt
    texts = [t.get_text() for t in back.figure.axes[0].texts]
    assert texts.count(r"$V^\top$") == 3
    assert texts.count(r"$W^\top$") == 2
    assert r"$U^\top$" not in texts
