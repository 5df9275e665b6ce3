"""nbgrader's own commands and formgrader in a course folder: same marks, pages that run nothing.

nbgrader offers places for preprocessors, but only after it has parsed the submission with its
outputs and copied the files beside it, links followed. ``JudgedAutograde`` therefore stands in the
place of its whole converter; where it does not, the preprocessors that are configured refuse to go
on.
"""

import sys
from pathlib import Path
from typing import Any

import jinja2
import nbgrader.apps.api
import nbgrader.apps.autogradeapp
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from traitlets import Integer, Unicode

from autograder.gradebook import course as courses
from autograder.gradebook.feedback import FeedbackExporter
from autograder.gradebook.feedback_release import ReleaseFeedback
from autograder.gradebook.marking_guide import marking_guide
from autograder.gradebook.preprocessors import GradedOutside
from autograder.gradebook.release import use_clear_answers
from autograder.gradebook.safe_html import clean_html, markdown_to_html
from autograder.verdict import SubmissionVerdict

_TEMPLATES = (
    Path(__file__).with_name("templates"),
    Path(nbgrader.__file__).parent / "server_extensions/formgrader/templates",
)
_FORMGRADER = "nbgrader.server_extensions.formgrader.base"


class JudgedAutograde(Autograde):
    """What ``nbgrader autograde`` and formgrader's Autograde button start: ``grade()``."""

    workers = Integer(0, help="Submissions at a time; 0: one for each core").tag(config=True)
    sandbox = Unicode("bubblewrap", help="'bubblewrap', or 'none' for no protection").tag(
        config=True
    )

    def start(self) -> None:
        """Grade the submissions that the course directory's options name.

        Raises:
            NbGraderException: where something could not be graded, as nbgrader's commands expect
                it.
        """
        from autograder.gradebook.counting import grade

        place = self.coursedir
        try:
            course = courses.open(place.root, db_url=place.db_url)
            students = self._students(course, place)
            verdicts = grade(
                course,
                place.assignment_id,
                students,
                workers=self.workers,
                sandbox=self.sandbox,
                force=self.force,
                progress=lambda done, total, who: self.log.info("%d of %d: %s", done, total, who),
            )
        except (ValueError, OSError, RuntimeError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        self._tell(verdicts)

    def _students(self, course: courses.Course, place: Any) -> list[str]:
        from fnmatch import fnmatchcase

        left_out = set(place.student_id_exclude.split(","))
        chosen = [
            student
            for student in course.students(place.assignment_id)
            if fnmatchcase(student, place.student_id) and student not in left_out
        ]
        if not chosen:
            raise ValueError(
                f"no submission of {place.assignment_id!r} by {place.student_id!r} in "
                f"{course.root / 'submitted'}"
            )
        return chosen

    def _tell(self, verdicts: list[SubmissionVerdict]) -> None:
        for verdict in verdicts:
            if verdict.problem:
                self.log.warning("%s: %s", verdict.student, verdict.problem)
            for incident in verdict.incidents:
                self.log.warning("%s: %s", verdict.student, incident.message)
        failed = [v.student for v in verdicts if "retry" in v.extra]
        if failed:
            raise NbGraderException(f"the grader failed on {', '.join(failed)}; grade again")


@jinja2.pass_context
def safe_markdown_filter(context: Any, source: str) -> str:
    """The ``markdown2html`` of formgrader's and nbgrader's pages."""
    return markdown_to_html(source, context.get("cell", {}).get("attachments"))


def configure(config: Any, root: Path) -> None:
    """Set nbgrader's options for a course; called by the course's nbgrader_config.py.

    Args:
        config: traitlets' configuration object.
        root: the course folder.
    """
    course = courses.unopened(root)
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.course_id = course.course_id
    config.CourseDirectory.db_url = course.db_url
    use_clear_answers(config)
    config.Autograde.sanitize_preprocessors = [GradedOutside]
    config.Autograde.autograde_preprocessors = [GradedOutside]
    config.GenerateFeedback.exporter_class = FeedbackExporter
    config.GenerateFeedback.preprocessors = []
    config.ExchangeFactory.release_feedback = ReleaseFeedback
    config.HTMLExporter.sanitize_html = True
    # formgrader's templates render texts without regard to that option, through these filters
    config.HTMLExporter.filters = {
        "markdown2html": safe_markdown_filter,
        "clean_html": clean_html,
        "marking_guide": marking_guide(course.root),
    }
    config.HTMLExporter.template_name = "course_formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(path) for path in _TEMPLATES]
    config.HTMLExporter.extra_template_paths = [str(_TEMPLATES[-1])]  # ours extends nbgrader's
    config.FormgradeExtension.debug = (
        False  # its page shows the gradebook's address, password and all
    )
    install()


def install() -> None:
    """Put ``JudgedAutograde`` in the place of nbgrader's converter, in this process.

    Formgrader makes its pages' exporter once, where its server was started; here it gets that of
    the course that is open, which may be another.
    """
    nbgrader.apps.autogradeapp.Autograde = JudgedAutograde
    nbgrader.apps.api.Autograde = JudgedAutograde
    if _FORMGRADER in sys.modules:
        sys.modules[_FORMGRADER].BaseHandler.exporter = property(_exporter)


def _exporter(handler: Any) -> Any:
    made = handler.settings.setdefault("autograder_exporters", {})
    root = handler.coursedir.root
    if root not in made:
        config = handler.settings["nbgrader_formgrader"].config
        made[root] = HTMLExporter(config=config)  # type: ignore[no-untyped-call]
    return made[root]
