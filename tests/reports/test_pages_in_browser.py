from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.gradebook.lateness import Lateness
from autograder.reports.class_data import ClassFacts
from autograder.reports.class_report import class_report
from autograder.reports.feedback import feedback_page
from autograder.reports.results import HandGrade, Result
from autograder.similarity.evidence import CellFinding, Line
from autograder.similarity.findings import Pair, Similarity
from autograder.verdict import Incident, Outcome, Part, Seen, Verdict

pytestmark = pytest.mark.browser

ATTACKS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror='window.hacked=1'>",
    "<svg/onload=window.hacked=1>",
    '"><script>window.hacked=1</script>',
    "' autofocus onfocus='window.hacked=1",
    '" style="background:url(https://evil.example/css)" x="',
    "</style><script>window.hacked=1</script><style>*{background:url(https://evil.example/a)}",
    "</title><script>window.hacked=1</script>",
    "</pre></code></details><iframe src='javascript:parent.hacked=1'></iframe>",
    "<link rel=stylesheet href=https://evil.example/s.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "![x](https://evil.example/p.png) [go](javascript:window.hacked=1)",
    "{{ 7*7 }}{% include 'page.css' %}",
)
ALL = "\n".join(ATTACKS)


@pytest.fixture
def hostile(made_up):
    part = Part(ALL, 0, 1, ALL, ALL, ALL)
    verdicts = (
        Verdict("forward-check", ALL, Outcome.WRONG, 0, 1, (part,), ALL),
        Verdict("explanation", ALL, Outcome.MANUAL, 0, 1),
    )
    incidents = (Incident(ALL, ALL), Incident(ALL, ALL + " ", "forward-check", cheat=True))
    return made_up.verdict(
        ALL, verdicts=verdicts, incidents=incidents, problem=ALL, extra={ALL: ALL}
    )


@pytest.fixture
def hostile_notebook(made_up):
    outputs = [
        made_up.printed(ALL),
        {"output_type": "error", "ename": ALL, "evalue": ALL, "traceback": [ALL]},
        made_up.shown(text_html=ALL, text_plain=ALL, application_javascript="window.hacked=1"),
        made_up.shown(image_png=ALL, text_plain=ALL),
        made_up.shown(image_svg_xml=ALL, text_markdown=ALL, text_latex=ALL, text_plain=ALL),
        made_up.shown(image_png=made_up.PNG, text_plain='" onload="window.hacked=1'),
    ]
    attachments = {"a.png": {"image/png": made_up.PNG, "image/svg+xml": ALL}}
    prose = f"![{ALL}](attachment:a.png)\n\n{ALL}\n\n    {ALL}\n\n$$ {ALL} $$\n"
    return {
        "cells": [
            made_up.code_cell(ALL, "forward", outputs),
            made_up.code_cell(ALL, None, outputs),
            made_up.code_cell(ALL, ALL, outputs),
            made_up.text_cell(prose, "explanation", attachments=attachments),
        ]
    }


def visit(chromium_for_module, tmp_path, html, *, bypass_csp, width=1000):
    """Open a page, all unfolded: what it asked for, whether a script ran, whether it scrolls."""
    file = tmp_path / "page.html"
    file.write_text(html, "utf-8")
    context = chromium_for_module.new_context(
        bypass_csp=bypass_csp, viewport={"width": width, "height": 800}
    )
    asked, errors = [], []
    context.route("**/*", lambda route: (asked.append(route.request.url), route.continue_()))
    page = context.new_page()
    page.on("dialog", lambda dialog: (errors.append("dialog"), dialog.dismiss()))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.keyboard.press("Tab")
    page.wait_for_timeout(200)
    hacked = page.evaluate("window.hacked ?? 0")
    scrolls = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    words = page.inner_text("body")
    context.close()
    outside = [
        u for u in asked if u != file.as_uri() and not u.startswith("data:image/png;base64,")
    ]
    return outside, hacked, errors, scrolls, words


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["policy", "escaping-alone"])
def test_a_hostile_submission_cannot_act_on_the_feedback_page(
    chromium_for_module, tmp_path, made_up, hostile, hostile_notebook, bypass_csp
):
    manual = {"forward-check": HandGrade(None, ALL)}
    html = feedback_page(hostile_notebook, hostile, made_up.assignment(), manual=manual)
    outside, hacked, errors, _, words = visit(
        chromium_for_module, tmp_path, html, bypass_csp=bypass_csp
    )
    assert not outside
    assert hacked == 0
    assert errors == []
    assert "<script>window.hacked=1</script>" in words
    assert "{{ 7*7 }}" in words


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["policy", "escaping-alone"])
def test_a_hostile_submission_cannot_act_on_the_class_report(
    chromium_for_module, tmp_path, made_up, hostile, bypass_csp
):
    ran = made_up.verdict(ALL + "2", verdicts=hostile.verdicts, incidents=hostile.incidents)
    results = [Result(hostile, name=ALL), Result(ran, name=ALL)]
    html = class_report(results, made_up.assignment(), ClassFacts(missing=[ALL]))
    outside, hacked, errors, _, words = visit(
        chromium_for_module, tmp_path, html, bypass_csp=bypass_csp
    )
    assert not outside
    assert hacked == 0
    assert errors == []
    assert "<script>window.hacked=1</script>" in words


def test_the_probe_notices_a_page_that_acts(chromium_for_module, tmp_path):
    html = "<!doctype html><script>window.hacked=1</script><img src='https://evil.example/x'>"
    outside, hacked, *_ = visit(chromium_for_module, tmp_path, html, bypass_csp=False)
    assert hacked == 1
    assert outside == ["https://evil.example/x"]


def test_the_policy_alone_stops_a_script(chromium_for_module, tmp_path, made_up):
    html = feedback_page(None, made_up.verdict(), made_up.assignment())
    html = html.replace("</main>", "<script>window.hacked=1</script></main>")
    _, hacked, *_ = visit(chromium_for_module, tmp_path, html, bypass_csp=False)
    assert hacked == 0


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_the_pages_fit_a_phone(chromium_for_module, tmp_path, made_up, width):
    nb = made_up.notebook()
    nb["cells"][1]["source"] += "  # " + "long " * 60
    nb["cells"][-1]["source"] += " averyveryverylongwordwithoutanyspace" * 2 + "x" * 200
    pages = (
        feedback_page(nb, made_up.verdict(), made_up.assignment()),
        class_report(
            [Result(made_up.verdict(f"student{i}")) for i in range(6)], made_up.assignment()
        ),
    )
    for html in pages:
        *_, scrolls, _ = visit(chromium_for_module, tmp_path, html, bypass_csp=False, width=width)
        assert not scrolls


@pytest.fixture(scope="session")
def axe():
    """The text of axe-core, from the lock file's packages."""
    script = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.fail("axe-core is not installed: python -m tools.site vendor")
    return script.read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["feedback", "class report"])
def test_the_pages_are_accessible(chromium_for_module, tmp_path, made_up, axe, scheme, kind):
    seen = Seen(("t", "b"), (4, 2), (4, 2), True, (0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 2.0, 9.0))
    whole = made_up.verdict()
    part = replace(whole.verdicts[1].parts[0], seen=seen)
    shape = Part("d_b", 0, 1, "Shape.", seen=Seen(("h",), (3,), (1, 3), False))
    backward = replace(whole.verdicts[1], parts=(part, shape, whole.verdicts[1].parts[1]))
    whole = replace(whole, verdicts=(whole.verdicts[0], backward, *whole.verdicts[2:]))
    lines = (Line("h = 3", True), Line("x = 4", False))
    cell = CellFinding("forward", 0.97, 41.0, 52, 60, 0.6, lines, lines)
    near = Similarity(9, ("forward",), (Pair(("a", "b"), 0.97, 41.0, (cell,)),))
    due = datetime(2026, 12, 1, 23, tzinfo=UTC)
    late = Lateness(due + timedelta(hours=2), due, extended=True, seconds=7200, penalty=1.0)
    facts = ClassFacts(["zed"], (), ["ill"], near, {"a": 90.0, "b": 30.0}, {"a": late})
    results = [Result(replace(whole, student=s)) for s in "abcdef"]
    pages = {
        "feedback": lambda: feedback_page(
            made_up.notebook(), whole, made_up.assignment(), plots="values"
        ),
        "class report": lambda: class_report(results, made_up.assignment(), facts),
    }
    file = tmp_path / "page.html"
    file.write_text(pages[kind](), "utf-8")
    page = chromium_for_module.new_page(color_scheme=scheme, bypass_csp=True)
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run(document)).violations")
    page.close()
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []
