"""A figure's module and the kit as one text: the same functions, and the kit's own numbers."""

import json

import pytest

from rnncourse.figures.bundle import bundle, names


@pytest.mark.parametrize("name", names())
def test_a_bundle_imports_nothing_and_renders(name, run_text):
    program = "console.log(typeof module.default.render, typeof module.describe);"
    assert "from './kit.js'" not in bundle(name)
    assert run_text(bundle(name), program).split() == ["function", "function"]


def test_a_bundle_computes_what_the_module_does(run_module, run_text):
    program = "console.log(module.describe(0.9, 20, 'steady'));"
    assert run_text(bundle("gradient_by_lag"), program) == run_module("gradient_by_lag", program)


def test_the_kit_is_no_figure():
    with pytest.raises(ValueError, match=r"name should be one of .*; got 'kit'"):
        bundle("kit")


def test_numbers_in_words(run_module):
    cases = {
        0: "0",
        -0.25: "−0.25",
        1234.5678: "1230",
        99999: "100000",
        123456: "1.2 × 10⁵",
        0.000123: "1.2 × 10⁻⁴",
        -3e-12: "−3.0 × 10⁻¹²",
    }
    program = (
        "console.log(JSON.stringify(JSON.parse(process.argv[2]).map((x) => module.number(x))))"
    )
    assert json.loads(run_module("kit", program, json.dumps(list(cases)))) == list(cases.values())


def test_axes_place_values_and_ticks(run_module):
    program = """
      const box = { width: 200, height: 100, left: 50, right: 50, top: 10, bottom: 40 };
      const linear = module.plane({ ...box, x: { low: 0, high: 10 }, y: { low: -1, high: 1 } });
      const powers = { low: 1e-4, high: 1, log: true };
      const log = module.plane({ ...box, x: { low: 0, high: 1 }, y: powers });
      const texts = (axes) => [...axes.matchAll(/>([^<]+)<\\/text>/g)].map((m) => m[1]);
      console.log(JSON.stringify([
        linear.x(0), linear.x(10), linear.y(-1), linear.y(1), linear.y(0),
        log.y(1e-4), log.y(1e-2), log.y(1), texts(log.axes), texts(linear.axes),
        linear.line([[0, 0], [5, NaN], [10, 1]]),
      ]));
    """
    *places, log_texts, linear_texts, line = json.loads(run_module("kit", program))
    assert places == pytest.approx([50, 150, 60, 10, 35, 60, 35, 10])
    assert log_texts == ["1", "0.1", "0.01", "10⁻³", "10⁻⁴", "0", "0.5", "1"]
    assert linear_texts == ["−1", "−0.5", "0", "0.5", "1", "0", "5", "10"]
    assert line == '<path class="line" d="M50.0 35.0L150.0 10.0"/>'


def test_a_figures_rules_hold_in_that_figure_alone(run_module):
    css = ".rf text { x: y; }\n@media print { .rf .rf-controls, .rf:hover { x: y; } }"
    program = "console.log(module.scoped(process.argv[2], 'own'))"
    expected = (
        ".rf:where(.own) text { x: y; }\n"
        "@media print { .rf:where(.own) .rf-controls, .rf:where(.own):hover { x: y; } }"
    )
    assert run_module("kit", program, css).strip() == expected
