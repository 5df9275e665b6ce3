"""nbgrader's own ways of grading, against ours: the same marks, and nothing that runs."""

import os
import re
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import attempts, lateness, policies
from autograder.gradebook import grade as module
from autograder.gradebook.policies import Policies, Rule

DUE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)

# what no real course has: the tests' assignment and judge in the place of the registry's
CONFIG = """
import sys
sys.path.insert(0, {tests!r})
import autograder.assignments, autograder.gradebook.grade
import conftest as tiny_course, stand_ins
from contextlib import nullcontext
from autograder.gradebook.plugin import JudgedAutograde
autograder.assignments.load = lambda *_: tiny_course.tiny()
autograder.gradebook.grade._own_judge = lambda: stand_ins.judge
class Box(nullcontext):
    def __init__(self, *about): super().__init__(self)
import autograder.grading.boxes
autograder.grading.boxes.Sandbox = Box
"""

EVIL = (
    "Linear. <script>alert(1)</script> <img src=x onerror=alert(2)> "
    "[click](javascript:alert(3)) <svg onload=alert(4)></svg> [f](../../../submitted/x.html)\n\n"
    '<div class="full-credit" style="position:fixed">x</div> <iframe src="//evil"></iframe>'
)


@pytest.fixture
def full(course, stand_ins):
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(CONFIG.format(tests=str(Path(__file__).parent)))
    lateness.set_due(course, "tiny", DUE)
    policies.write(course, Policies(default=Rule(percent_per_day=10)))
    late = stand_ins.hand_in(course, "ada", **stand_ins.RIGHT)
    attempts.stamp(late.parent, DUE + timedelta(hours=30))
    stand_ins.hand_in(course, "ben", double="half", why=EVIL)
    stand_ins.hand_in(course, "cyd", b"{")
    nb = stand_ins.answer(course, **{**stand_ins.RIGHT, "double": "x"})
    nb.cells[4].source, nb.cells[4].metadata.nbgrader.points = "3", 100
    nb.cells.insert(1, nb.cells[4])
    stand_ins.hand_in(course, "eve", nb)
    secret = course.root.parent / "secret.txt"
    secret.write_text("SECRET")
    (course.root / "submitted/ben/tiny/link.txt").symlink_to(secret)
    (course.root / "submitted/ben/tiny/zero").symlink_to("/dev/zero")
    (course.root / "submitted/ben/tiny/evil.html").write_text("<script>alert(5)</script>")
    return course


def everything(course):
    """All that graders and students see: marks, flags, comments, notebooks."""
    found = {}
    with Gradebook(course.db_url, "rnn") as gradebook:
        for submission in gradebook.assignment_submissions("tiny"):
            (nb,) = submission.notebooks
            found[submission.student_id, "penalty"] = (nb.late_submission_penalty,)
            for grade in nb.grades:
                found[submission.student_id, grade.name] = (
                    grade.auto_score, grade.manual_score, grade.needs_manual_grade
                )  # fmt: skip
            for comment in nb.comments:
                found[submission.student_id, comment.name, "comment"] = comment.comment
    for path in course.root.glob("autograded/*/tiny/*"):
        text = path.read_text() if path.suffix == ".ipynb" else ""
        found[str(path.relative_to(course.root))] = re.sub(r'"(run|seed)": .*', "", text)
    return found


def nbgrader(course, *command):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNINGS"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=course.root, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def by_function(course, assignment, stand_ins):
    module.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge, force=True)


def by_button(course):
    program = (
        "import sys\n"
        "from nbgrader.apps import NbGrader\n"
        "from nbgrader.apps.api import NbGraderAPI\n"
        "app = NbGrader(); app.initialize([])\n"
        "api = NbGraderAPI(app.coursedir, parent=app)\n"
        "for who in sorted(api.get_submitted_students('tiny')):\n"
        "    done = api.autograde('tiny', who)\n"
        "    assert done['success'], done\n"
        "print(sorted(api.get_autograded_students('tiny')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "['ada', 'ben', 'cyd', 'eve']" in done.stdout


def test_command_button_and_function_give_the_same(full, assignment, stand_ins):
    by_function(full, assignment, stand_ins)
    ours = everything(full)
    assert ours["ada", "double-check"] == (3, None, False)
    assert ours["ada", "penalty"] == (1,) and ours["ben", "penalty"] == (None,)
    assert ours["eve", "double-check"] == (0, None, False)
    assert ours["ben", "why"] == (None, None, True)
    assert len([key for key in ours if "autograded" in key]) == 9
    code, said = nbgrader(full, "autograde", "tiny", "--force")
    assert code == 0, said
    assert everything(full) == ours
    assert "edited-points" not in said and "claims '100' points" in said
    by_button(full)
    assert everything(full) == ours
    # of what lay beside the notebook, links and pages among it, nothing was copied
    assert sorted(p.name for p in (full.root / "autograded/ben/tiny").iterdir()) == [
        "tiny.ipynb", "tiny.verdict.json"
    ]  # fmt: skip


def test_the_command_skips_and_tells(full):
    code, said = nbgrader(full, "autograde", "tiny", "--student", "ada")[:2]
    assert code == 0, said
    assert [k for k in everything(full) if k[0] == "ben"] == []
    code, said = nbgrader(full, "autograde", "tiny", "--student", "nobody")
    assert code == 1 and "no submission" in said


def test_without_our_converter_nothing_is_graded(full):
    config = full.root / "nbgrader_config.py"
    stock = (
        "\nimport nbgrader.apps.autogradeapp as app\n"
        "from nbgrader.converters import Autograde\napp.Autograde = Autograde\n"
    )
    config.write_text(config.read_text() + stock)
    (full.root / "submitted/ben/tiny/zero").unlink()
    code, said = nbgrader(full, "autograde", "tiny", "--student", "ada")
    assert code == 1 and "graded by the autograder's judge" in said
    assert all(marks[0] is None for key, marks in everything(full).items() if len(key) == 2)


class Acting(HTMLParser):
    """What in a page could run, load or mislead and came from EVIL."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.inside = ""

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        for name, value in attributes:
            text = value or ""
            if "alert(" in text or "evil" in text or (name, text) in {
                ("src", "x"), ("class", "full-credit"), ("style", "position:fixed"),
            } or (name == "href" and text.startswith("..")):  # fmt: skip
                self.found.append((tag, name, text))

    def handle_data(self, data):
        if self.inside == "script" and "alert(" in data:
            self.found.append(("script", "", data))

    def handle_endtag(self, tag):
        self.inside = ""


def acting(html):
    parser = Acting()
    parser.feed(html)
    return parser.found


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
resources = dict.fromkeys((*names, "base_url", "last_name", "first_name", "notebook_path"), "tiny")
resources |= {"index": 0, "total": 1}
exporter = web.settings["nbgrader_exporter"]
print(exporter.from_filename(sys.argv[1], resources=resources)[0])
"""


def formgrader_page(course, student):
    """What formgrader writes for a submission: its own exporter, as its extension sets it up."""
    path = f"autograded/{student}/tiny/tiny.ipynb"
    done = subprocess.run(
        [sys.executable, "-c", FORMGRADER, path],
        cwd=course.root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def poison(course, student):
    """A notebook as a hostile run would leave it, if nothing had cleaned it."""
    path = course.root / f"autograded/{student}/tiny/tiny.ipynb"
    nb = nbformat.read(path, as_version=4)
    next(
        c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "why"
    ).source = EVIL
    nb.cells[3].outputs = [
        nbformat.v4.new_output("display_data", data={kind: EVIL})
        for kind in ("text/html", "text/markdown")
    ]
    path.write_text(nbformat.writes(nb))


def test_formgraders_page_runs_nothing_of_a_submission(full, assignment, stand_ins):
    by_function(full, assignment, stand_ins)
    html = formgrader_page(full, "ben")
    assert "Linear." in html and not acting(html)
    assert 'id="why"' in html and 'id="why-comment"' in html  # the form itself is whole
    # what the answer is marked by stands above it; no script comes from another host
    assert html.index("names linearity") < html.index('id="why"')
    assert html.index("Because the derivative of a sum") < html.index('id="why"')
    assert "BEGIN SOLUTION" not in html and "cdnjs" not in html
    poison(full, "ada")
    assert not acting(formgrader_page(full, "ada"))


def test_without_our_filters_the_file_itself_is_harmless(full, assignment, stand_ins):
    by_function(full, assignment, stand_ins)
    # as formgrader is where it was started elsewhere and then sent to this folder
    (full.root / "nbgrader_config.py").write_text("")
    assert not acting(formgrader_page(full, "ben"))
    poison(full, "ada")
    assert len(acting(formgrader_page(full, "ada"))) >= 7  # each kind in EVIL


def test_generate_feedback_writes_the_courses_page(full, assignment, stand_ins):
    by_function(full, assignment, stand_ins)
    code, said = nbgrader(full, "generate_feedback", "tiny")
    assert code == 0, said
    pages = sorted(full.root.glob("feedback/*/tiny/tiny.html"))
    assert [p.parts[-3] for p in pages] == ["ada", "ben", "cyd", "eve"]
    html = pages[1].read_text()
    assert "half of what it should be" in html and not acting(html)
    assert "names linearity" not in html  # the rubric is the grader's


def test_hand_grades_reach_the_export(full, assignment, stand_ins):
    from autograder.reports.export import grades

    by_function(full, assignment, stand_ins)
    with Gradebook(full.db_url, "rnn") as gradebook:
        row = gradebook.find_grade("why", "tiny", "tiny", "ben")
        row.manual_score, row.extra_credit, row.needs_manual_grade = 3.5, 1, False
        gradebook.db.commit()
    ben = next(row for row in grades(full, ["tiny"]) if row.student == "ben")
    assert ben.points == 1 + 3.5 + 1
    code, said = nbgrader(full, "export", "--to", "grades.csv")
    assert code == 0, said
    lines = (full.root / "grades.csv").read_text().splitlines()
    assert ",5.5," in next(x for x in lines if ",ben," in x)
    assert ",5.0,1.0,4.0," in next(x for x in lines if ",ada," in x)  # late, by our rule
