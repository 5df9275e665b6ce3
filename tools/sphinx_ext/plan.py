"""`{plan}`: the weeks of the course as a table, with links to chapters, slides and assignments."""

from datetime import date

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.site.plan import PLAN, Week, assignments, chapters, problems, weeks

HEAD = ("week", "Monday", "lectures", "handed out", "due at the end of")


class PlanDirective(SphinxDirective):
    """The table of the weeks; it has no content of its own."""

    def run(self) -> list[nodes.Node]:
        """Make the table.

        Raises:
            ExtensionError: the plan does not fit the book.
        """
        self.env.note_dependency(str(PLAN))
        try:
            plan = weeks()
            wrong = problems(plan, chapters(), assignments())
        except ValueError as error:
            wrong = [str(error)]
        if wrong:
            raise self.error(f"book/plan.yml: {'; '.join(wrong)}")
        return [self.table(plan)]

    def table(self, plan: list[Week]) -> nodes.table:
        """One row a week."""
        group = nodes.tgroup(cols=len(HEAD))
        group += [nodes.colspec(colwidth=width) for width in (1, 2, 8, 3, 3)]
        head = nodes.thead()
        head += row(*(nodes.paragraph("", name) for name in HEAD))
        body = nodes.tbody()
        for week in plan:
            body += row(
                nodes.paragraph("", str(week.number)),
                nodes.paragraph("", day(week.monday)),
                self.lectures(week),
                self.assignment(week.release),
                self.assignment(week.due, f", {day(week.deadline)}"),
            )
        group += [head, body]
        made = nodes.table(classes=["plan"])
        made += group
        return made

    def lectures(self, week: Week) -> nodes.bullet_list:
        """What each lecture is about, with its chapter and its slides."""
        made = nodes.bullet_list()
        for lecture in week.lectures:
            said = nodes.paragraph("", lecture.about)
            if lecture.chapter:
                said += nodes.Text(" (")
                said += self.link(lecture.chapter, "chapter")
                said += nodes.Text(", ")
                said += self.slides(lecture.chapter)
                said += nodes.Text(")")
            item = nodes.list_item()
            item += said
            made += item
        return made

    def assignment(self, name: str, after: str = "") -> nodes.paragraph:
        """A link to an assignment, or nothing."""
        said = nodes.paragraph()
        if name:
            said += self.link(f"assignments/{name}", name)
            said += nodes.Text(after)
        return said

    def link(self, page: str, text: str) -> nodes.Element:
        """A link to a page of the book; Sphinx resolves it."""
        link = addnodes.pending_xref(
            refdomain="std",
            reftype="doc",
            reftarget=f"/{page}",
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.docname,
        )
        link += nodes.inline("", text)
        return link

    def slides(self, chapter: str) -> nodes.reference:
        """A link to a chapter's slides, which are made when the pages are."""
        up = "../" * self.env.docname.count("/")
        target = f"{up}slides/{chapter.rsplit('/', 1)[-1]}.html"
        return nodes.reference("", "slides", refuri=target, internal=False)


def row(*cells: nodes.Node) -> nodes.row:
    """A row of a table."""
    made = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += cell
        made += entry
    return made


def day(of: date) -> str:
    """A day as it is written on the page."""
    return f"{of.day} {of:%b %Y}"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("plan", PlanDirective)
