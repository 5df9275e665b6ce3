"""nbgrader's feedback, written as the course's own feedback page."""

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import Unicode

from autograder.gradebook import course as courses
from autograder.gradebook import notebooks, verdicts


class FeedbackExporter(Exporter):
    """Stands where ``nbgrader generate_feedback`` has its HTML exporter."""

    file_extension = Unicode(".html").tag(config=True)

    def from_filename(  # type: ignore[override]  # as nbconvert's own HTML exporter does
        self, filename: str, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The feedback page of an autograded notebook.

        Args:
            filename: ``autograded/<student>/<assignment>/<notebook>.ipynb`` of a course.
            resources: nbgrader's word on student, assignment and gradebook.
            kw: ignored.

        Raises:
            ValueError: where the submission was not graded by the autograder.
        """
        from autograder.reports.feedback import feedback_page
        from autograder.reports.gather import gather

        about = resources["nbgrader"]
        course = courses.open(Path(filename).parents[3], db_url=about["db_url"])
        assignment = courses.resolve(about["assignment"], course)
        student = about["student"]
        if verdicts.read(course.verdict_file(assignment, student)) is None:
            raise ValueError(f"{student} has no verdict on {assignment.name}; grade it first")
        (result,) = gather(course, assignment, [student]).results
        nb = notebooks.read(Path(filename))
        page = feedback_page(
            nb,
            result.verdict,
            assignment,
            manual=result.hand,
            late_penalty=result.late_penalty,
            timing=result.timing,
            site_url=course.site_url,
            plots=course.feedback_plots,
        )
        return page, {**resources, "output_extension": ".html", "outputs": {}, "metadata": {}}
