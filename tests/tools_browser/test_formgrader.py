"""nbgrader's formgrader, run for real and driven in Chromium, on a course made by our commands."""

import importlib.util
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash
from playwright.sync_api import expect
from typer.testing import CliRunner

from autograder.assignments import load
from autograder.assignments.notebooks import for_student
from autograder.cli import app
from autograder.gradebook import course as courses
from autograder.gradebook import notebooks

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]


def _hostile() -> Any:
    spec = importlib.util.spec_from_file_location(
        "tools_browser_hostile", Path(__file__).with_name("hostile.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hostile = _hostile()


def cli(*arguments: object) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own
        done = CliRunner().invoke(app, [str(a) for a in arguments])
    # 1: a submission needs a look, as the hostile one does
    assert done.exit_code in (0, 1), done.output


@pytest.fixture(scope="module")
def course(server: Any) -> courses.Course:
    """Two have handed in: one with a wrong line, one who attacks whoever looks."""
    folder = server.root
    root = folder / "course"
    cli("init", root)
    cli("release", "bptt", "-c", root)
    made = courses.open(root)
    source = notebooks.read(made.notebook("source", load("bptt")))
    (folder / "in").mkdir()
    for student in ("ada", "mallory"):
        nb = for_student(load("bptt"), source, student)
        cells = {notebooks.grade_id(cell): cell for cell in nb.cells}
        if student == "ada":
            cells["forward"].source = cells["forward"].source.replace("np.tanh(a)", "np.tanh(2*a)")
            cells["explanation"].source = r"It fades as $\prod_s W^\top$ does."
        else:
            cells["figure"].source = hostile.CODE
            cells["explanation"].source = hostile.HTML + hostile.MARKDOWN
            cells["explanation"]["attachments"] = hostile.attachments()
        (folder / "in" / f"{student}.ipynb").write_text(json.dumps(nb))
    cli("collect", "bptt", "--from", folder / "in", "-c", root)
    # as where it came by nbgrader's exchange: a released page is named by it
    (root / "submitted/ada/bptt/submission_secret.txt").write_text("5ec7e7")
    (folder / "exchange").mkdir()
    (folder / "exchange").chmod(0o777)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(f"c.Exchange.root = {str(folder / 'exchange')!r}\n")
    return made


def row(page: Any, student: str) -> Any:
    found = page.locator("tr", has=page.locator("td.student-id", has_text=student))
    found.locator(".autograde a").wait_for()
    return found


def press(page: Any, student: str, button: str) -> str:
    """Press a button in a student's row; what formgrader says to it."""
    row(page, student).locator(f".{button} a").click()
    box = page.locator(".modal-content")
    box.wait_for(timeout=120_000)
    said = str(box.inner_text())
    page.locator(".modal-content button", has_text="OK").click()
    page.locator(".modal").wait_for(state="detached")
    return said


def marks(root: Path) -> dict[tuple[str, str], tuple[float | None, bool]]:
    with Gradebook(courses.open(root).db_url, "course") as gradebook:
        return {
            (submission.student_id, grade.name): (grade.auto_score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions("bptt")
            for grade in submission.notebooks[0].grades
        }


@pytest.fixture(scope="module")
def graded(
    course: courses.Course, server: Any, chromium_for_module: Any, tmp_path_factory: Any
) -> Any:
    """Everybody graded by formgrader's button; and by the command, in a copy of the course."""
    copy = tmp_path_factory.mktemp("copy") / "course"
    shutil.copytree(course.root, copy)
    settings = json.loads((copy / "course.json").read_text())
    assert settings["db_url"] is None  # each has its own gradebook
    context = chromium_for_module.new_context()
    page = context.new_page()
    server.enter(page)
    # as JupyterLab's own entry does: the server started elsewhere, formgrader is sent to the course
    page.goto(f"{server.address}/formgrader?path={course.root}")
    page.locator(".num-submissions a").click()
    said = {student: press(page, student, "autograde") for student in ("ada", "mallory")}
    context.close()
    cli("grade", "bptt", "-c", copy, "--workers", "1")
    return said, copy


def test_the_button_gives_the_marks_of_the_command(course, graded):
    said, copy = graded
    assert all("Successfully autograded" in text for text in said.values()), said
    by_button = marks(course.root)
    assert by_button == marks(copy)
    assert by_button["ada", "gradients-check"] == (6, False)
    assert by_button["ada", "forward-check"][0] < 3
    assert by_button["ada", "explanation"] == (None, True)


def open_submission(seen: Any, course: courses.Course, student: str) -> Any:
    with Gradebook(course.db_url, "course") as gradebook:
        wanted = gradebook.find_submission_notebook("bptt", "bptt", student).id
    seen.goto("formgrader/gradebook/bptt/bptt")
    seen.page.locator(f"a[href*='{wanted}']").first.click()
    seen.page.wait_for_function("window.formgrader?.loaded && formgrader.grade_uis.length > 8")
    return seen.page


def test_a_written_answer_is_graded_with_the_rubric_in_view(course, graded, seen):
    page = open_submission(seen, course, "ada")
    rubric = page.locator("#explanation-rubric")
    item = load("bptt").item("explanation")
    assert rubric.locator("li").all_inner_texts() == [f"{p:g} {words}" for p, words in item.rubric]
    score = page.locator("#explanation")
    score.scroll_into_view_if_needed()
    seen.shot("formgrader-written-answer")
    assert score.bounding_box()["y"] - rubric.bounding_box()["y"] < 600  # on one screen
    assert not rubric.get_by_text("a factor of about 0.42").is_visible()
    rubric.locator("summary").click()
    expect(rubric.get_by_text("a factor of about 0.42")).to_be_visible()
    # formulas are set without a library: the student's, and the instructor's
    assert "∏" in page.locator(".nbgrader_cell math").first.text_content()
    assert page.locator("math mtable").count() >= 2
    assert "\\begin{aligned}" not in page.inner_text("#notebook")

    with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT"):
        score.fill("3.5")
        page.keyboard.press("Tab")  # formgrader's own key, to the next field
    comment = page.locator("#explanation-comment")
    with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"):
        comment.fill("Which factor? <b>Read it</b> from the figure.")
        page.keyboard.press("Escape")
    with Gradebook(course.db_url, "course") as gradebook:
        grade = gradebook.find_grade("explanation", "bptt", "bptt", "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (3.5, False)

    seen.goto("formgrader/manage_submissions/bptt")
    assert "graded" in row(page, "ada").inner_text()
    assert "needs manual grading" in row(page, "mallory").inner_text()
    assert "Successfully generated" in press(page, "ada", "generate-feedback")
    assert "Successfully released" in press(page, "ada", "release-feedback")
    name = notebook_hash(secret="5ec7e7", notebook_id="bptt")
    page.goto((course.root.parent / f"exchange/course/feedback/{name}.html").as_uri())
    assert "3.5 of 5" in page.inner_text("body")
    assert "Which factor? <b>Read it</b> from the figure." in page.inner_text("body")


def test_a_hostile_submission_does_nothing_to_who_looks_at_it(course, graded, seen):
    page = open_submission(seen, course, "mallory")
    assert page.locator("input#explanation").count() == 1  # formgrader's field, and no other
    assert page.locator("#explanation-rubric").is_visible()
    theirs = page.locator("#notebook-container")
    assert (
        theirs.locator("script, style, svg, iframe, object, embed, form, base, link").count() == 0
    )
    # press everything that can be pressed, but formgrader's own
    for link in theirs.locator("a").all():
        assert (link.get_attribute("href") or "#").startswith(("#", "http", "mailto:"))
    page.evaluate("""() => document.querySelectorAll('#notebook-container *').forEach(e => {
        if (!e.matches('button, input, textarea, a')) {
            e.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})); e.click?.() } })""")
    assert page.url.startswith(seen.server.address)
    seen.shot("formgrader-hostile")

    seen.goto("formgrader/manage_submissions/bptt")
    assert "Successfully generated" in press(page, "mallory", "generate-feedback")
    page.goto((course.root / "feedback/mallory/bptt/bptt.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert "window.hacked=1" in page.inner_text("body")  # it is shown as text


@pytest.mark.parametrize(
    "path", ["manage_assignments", "manage_submissions/bptt", "gradebook/bptt", "manage_students"]
)
def test_the_other_pages_ask_nothing_of_another_host(course, graded, seen, path):
    seen.goto(f"formgrader/{path}")
    seen.page.get_by_text("bptt" if "students" not in path else "ada").first.wait_for()
    assert "gradebook.db" not in seen.page.content()  # where the gradebook is, it tells nobody
