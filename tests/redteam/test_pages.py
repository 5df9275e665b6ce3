"""Pages that a student's text or output could take over: opened for real, in four viewers."""

# ruff: noqa: E501  # an attack is easier to read on one line

import csv
import io
import subprocess
import sys

import nbconvert
import pytest

from autograder.gradebook import notebooks
from autograder.gradebook.safe_html import safe_notebook
from autograder.reports.class_report import class_report
from autograder.reports.export import grades, to_csv
from autograder.reports.feedback import feedback_page
from autograder.reports.results import Result

pytestmark = [pytest.mark.sandbox, pytest.mark.browser]

DO = "window.hacked=1"
MARKDOWN = {
    "script": f"<script>{DO}</script>",
    "handler": f"<img src=x onerror={DO}>",
    "svg": f"<svg onload={DO}><animate onbegin={DO} attributeName=x dur=1s></svg>",
    "svg-in-math": f"<math><mtext><svg><style><img src=x onerror={DO}></style></svg></mtext></math>",
    "details": f"<details open ontoggle={DO}>x</details>",
    "video": f"<video><source onerror={DO}></video><audio src=x onerror={DO}>",
    "autofocus": f"<input autofocus onfocus={DO}><select autofocus onfocus={DO}>",
    "frame": f"<iframe srcdoc='<script>parent.{DO}</script>'></iframe><iframe src='javascript:parent.{DO}'></iframe>",
    "object": "<object data='https://evil.example/o'></object><embed src='https://evil.example/e'>",
    "style": "<style>@import 'https://evil.example/s.css'; body{display:none}</style>",
    "style-attribute": "<p style='position:fixed;inset:0;background:url(https://evil.example/b)'>x</p>",
    "link": "<link rel=stylesheet href=https://evil.example/l.css><base href=https://evil.example/>",
    "refresh": "<meta http-equiv=refresh content='0;url=https://evil.example/r'>",
    "form": "<form action=https://evil.example/f><button autofocus>Save</button></form>",
    "grade-form": "<input class='score' id='why' value=5><button class='btn full-credit'>Full Credit</button>",
    "picture-elsewhere": "![x](https://evil.example/p.png) ![x](//evil.example/q.png)",
    "picture-tag": "<img src='https://evil.example/t.png' srcset='https://evil.example/u.png 2x'>",
    "link-script": f"[go](javascript:{DO}) [go](java\tscript:{DO}) <javascript:{DO}> [x][y]\n\n[y]: javascript:{DO}",
    "link-data": "[go](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "link-course": "[go](../../../gradebook.db) [go](/formgrader/submissions/1/x) [go](file:///etc/passwd)",
    "in-mathematics": f"$<img src=x onerror={DO}>$ and $$\\href{{javascript:{DO}}}{{x}}</script><script>{DO}</script>$$",
    "in-code": f"`<img src=x onerror={DO}>`\n\n```html\n</code></pre><script>{DO}</script>\n```",
    "in-table": f"| a |\n|---|\n| <script>{DO}</script> |",
    "in-comment": f"<!-- --!><script>{DO}</script> -->",
    "unclosed": f"<div><<script>{DO}//<</script",
    "null": f"<scr\x00ipt>{DO}</scr\x00ipt><img src=x one\x00rror={DO}>",
    "template": "{{ 7*7 }} {% include 'x' %} ${7*7} <%= 7*7 %>",
    "encoded": f"&lt;script&gt;{DO}&lt;/script&gt; <a href='&#106;avascript:{DO}'>x</a>",
    "attachment": f'![x](attachment:a.png" onerror="{DO}) ![y](attachment:b.svg)',
    "direction": "\u202e\u2066 gnitirw-edoc \u2069",
    "headings": "# YOUR GRADE: 5 / 5\n<h1 id=toc>x</h1>",
}
SHOWN = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, Latex, IFrame, display
import ipywidgets
for thing in (HTML("<script>{DO}</script>"), SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='{DO}'/>"),
              Javascript("{DO}"), Markdown("<img src=x onerror={DO}>"), Latex("$<script>{DO}</script>$"),
              IFrame("javascript:parent.{DO}", 9, 9), ipywidgets.HTML("<script>{DO}</script>")):
    display(thing)
display({{"text/html": "<script>{DO}</script>", "text/plain": "</pre><script>{DO}</script>",
         "application/javascript": "{DO}", "image/svg+xml": "<svg onload={DO}/>", "text/latex": "<script>",
         "application/vnd.jupyter.widget-view+json": {{"model_id": "x"}}, "image/png": "PHN2Zy8+"}}, raw=True)
print("</pre><script>{DO}</script>\\x1b]8;;javascript:{DO}\\x07x\\x1b]8;;\\x07 \\x1b[31m<img src=x onerror={DO}>")
class Odd(Exception): pass
Odd.__name__ = Odd.__qualname__ = "<img src=x onerror={DO}>"
raise Odd("</pre><script>{DO}</script>")
"""
BEHIND = f"def twice(x):\n    '</script><script>{DO}</script>'\n    raise ValueError('<img src=x onerror={DO}>')"
NAME = "=1+1"
SHOWN_ALONE = ("script", "link-script", "in-code", "null")
FORMGRADER = """
import os, sys
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
extension = FormgradeExtension()
extension.root_dir = os.getcwd()
extension.initialize([])
extension.authenticator = None
web = type("App", (), {"settings": {}})()
extension.init_tornado_settings(web)
names = ("assignment_id", "notebook_id", "submission_id", "student")
resources = dict.fromkeys((*names, "base_url", "last_name", "first_name", "notebook_path"), "ring")
resources |= {"index": 0, "total": 1}
exporter = web.settings["nbgrader_exporter"]
print(exporter.from_filename(sys.argv[1], resources=resources)[0])
"""


@pytest.fixture(scope="module")
def ring(make_ring):
    ring = make_ring()
    own = [
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": text,
            "attachments": {
                "a.png": {"image/png": f'x" onerror="{DO}'},
                "b.svg": {"image/svg+xml": f"<svg onload={DO}/>"},
            },
        }
        for text in MARKDOWN.values()
    ]
    raw = {
        "cell_type": "raw",
        "metadata": {"format": "text/html"},
        "source": "\n".join(MARKDOWN.values()),
    }
    nb = ring.notebook(SHOWN, raw, *own, twice=BEHIND, why="\n\n".join(MARKDOWN.values()))
    ring.hand_in("mallory", nb)
    for name in SHOWN_ALONE:
        text = MARKDOWN[name]
        ring.hand_in(f"why-{name}", ring.notebook(why=text))
    ring.done = ring.grade()
    return ring


def formgrader_page(ring, student: str) -> str:
    path = str(
        ring.course.notebook("autograded", ring.assignment, student).relative_to(ring.course.root)
    )
    done = subprocess.run(
        [sys.executable, "-c", FORMGRADER, path],
        cwd=ring.course.root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def plain_page(ring, student: str) -> str:
    """The autograded notebook as any converter shows it that trusts what it is given."""
    made: str = nbconvert.HTMLExporter().from_notebook_node(ring.graded(student))[0]
    return made


PAGES = {
    "feedback": lambda ring, who: feedback_page(ring.graded(who), ring.done[who], ring.assignment),
    "report": lambda ring, who: class_report(
        [Result(v) for v in ring.done.values()], ring.assignment
    ),
    "formgrader": formgrader_page,
    "converter": plain_page,
}


@pytest.mark.parametrize("viewer", PAGES)
def test_nothing_acts_on_a_page(ring, tmp_path, chromium_for_module, viewer):
    file = tmp_path / "page.html"
    file.write_text(PAGES[viewer](ring, "mallory"), "utf-8")
    # without the page's own policy: what is written must be harmless by itself
    context = chromium_for_module.new_context(bypass_csp=True)
    asked: list[str] = []
    context.route(
        "**/*",
        lambda route: (
            asked.append(route.request.url),
            route.continue_()
            if route.request.url.startswith(("file:", "data:"))
            else route.abort(),
        ),
    )
    page = context.new_page()
    page.on("dialog", lambda dialog: (asked.append("evil dialog"), dialog.dismiss()))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked ?? 0") == 0
    acting = page.evaluate(
        """[...document.querySelectorAll('a[href], area[href], form[action], base')].map(
            e => (e.getAttribute('href') || e.getAttribute('action') || '').trim().toLowerCase()
        ).filter(a => /^(javascript|data:text|vbscript|file)/.test(a) || a.includes('gradebook.db'))"""
    )
    assert not acting
    # formgrader has buttons of its own, outside of what a student wrote
    assert not page.evaluate(
        """document.querySelectorAll('iframe, object, embed, .text_cell_render .btn, .rendered_html .btn').length"""
    )
    assert "Leaky" in page.content() or "leaky" in page.content()
    context.close()
    assert not [url for url in asked if "evil" in url]


def test_each_answer_is_shown_for_who_grades_it(ring):
    """What is made harmless is still there to be read."""
    for name in SHOWN_ALONE:
        text = MARKDOWN[name]
        (cell,) = [c for c in ring.graded(f"why-{name}").cells if notebooks.grade_id(c) == "why"]
        assert text.replace("\x00", "").strip()[:20] in cell.source.replace("\x00", "")
        assert ring.done[f"why-{name}"].points == 4.0


def test_a_picture_that_would_fill_the_memory_is_left_out(ring):
    """Sixty thousand pixels each way are some kilobytes in a file, and gigabytes in a browser."""
    import base64
    import struct

    def png(side: int) -> str:
        head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", side, side)
        return base64.b64encode(head + bytes(100)).decode()

    def gif(side: int) -> str:
        return base64.b64encode(b"GIF89a" + struct.pack("<HH", side, side) + bytes(9)).decode()

    def jpeg(side: int) -> str:
        frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", side, side) + b"\x03" + bytes(9)
        return base64.b64encode(b"\xff\xd8\xff\xe0\x00\x04ab" + frame + b"\xff\xd9").decode()

    nb = ring.graded("aaa")
    for kind, made in (("image/png", png), ("image/gif", gif), ("image/jpeg", jpeg)):
        for side, kept in ((60_000, False), (800, True)):
            output = {"output_type": "display_data", "data": {kind: made(side), "text/plain": "p"}}
            nb.cells[1].outputs = [notebooks.node({**output, "metadata": {}})]
            (shown,) = safe_notebook(nb).cells[1].outputs
            assert (kind in shown.data) is kept


def test_no_exported_field_is_a_formula(ring):
    ring.hand_in(NAME, ring.notebook())
    ring.grade(students=[NAME])
    for row in csv.reader(io.StringIO(to_csv(grades(ring.course, ["ring"])))):
        assert not any(field.startswith(tuple("=+-@\t\r|%")) for field in row)
