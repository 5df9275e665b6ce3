"""A submission rebuilt from the course's own copy.

Every flag, tag and metadata field, and the source of every locked cell, come from the course. From
the submission come the sources of its answers and the student's own cells, in their order between
the course's cells. No output is taken.
"""

from dataclasses import dataclass
from typing import Any

from autograder.gradebook import notebooks
from autograder.gradebook.likeness import is_blank, pasted_pictures, same_check, same_text
from autograder.gradebook.submission_file import SubmittedCell, SubmittedNotebook
from autograder.gradebook.template import Template, TemplateCell
from autograder.gradebook.words import count, shown
from autograder.verdict import Incident

MAX_INCIDENTS = 50
_FLAGS = ("grade", "solution", "locked", "task")


@dataclass(frozen=True)
class Sanitized:
    """A notebook that can be run and shown, and what was repaired in it."""

    nb: Any
    incidents: tuple[Incident, ...]
    blank: frozenset[str]  # answers left as they were released, or emptied


def sanitize(submitted: SubmittedNotebook, template: Template) -> Sanitized:
    """Rebuild a submission from the course's own copy.

    Args:
        submitted: what was read from the student's file.
        template: the released notebook.
    """
    return _Rebuild(submitted, template).result()


def blank(template: Template) -> Sanitized:
    """The notebook of a submission of which nothing can be used."""
    names = frozenset(cell.name for cell in template.cells if cell.is_answer)
    return Sanitized(template.notebook([cell.copy() for cell in template.cells]), (), names)


class _Rebuild:
    """One submission on its way; kept as a class for the notes that every step adds to."""

    def __init__(self, submitted: SubmittedNotebook, template: Template) -> None:
        self.submitted = submitted
        self.template = template
        self.notes: list[Incident] = []
        self.pictures = 0

    def result(self) -> Sanitized:
        for text in self.submitted.oddities:
            self.note("odd-file", text)
        if self.submitted.kernel and self.submitted.kernel != self.template.kernel:
            self.note(
                "wrong-kernel",
                f"The notebook asks for the kernel {shown(self.submitted.kernel)}; it was graded "
                f"with {shown(self.template.kernel)}.",
            )
        chosen, extra = self.match()
        for t, cell in sorted(chosen.items()):
            self.compare(self.template.cells[t], cell)
        cells, unanswered = self.assemble(chosen, extra)
        notes = tuple(self.notes[:MAX_INCIDENTS])
        if len(self.notes) > MAX_INCIDENTS:
            more = count(len(self.notes) - MAX_INCIDENTS, "further note")
            notes += (Incident("more-notes", f"{more} of this kind."),)
        return Sanitized(self.template.notebook(cells), notes, frozenset(unanswered))

    def note(self, kind: str, message: str, cell: str | None = None, cheat: bool = False) -> None:
        self.notes.append(Incident(kind, message, cell, cheat))

    def match(self) -> tuple[dict[int, SubmittedCell], dict[int, list[SubmittedCell]]]:
        """Which submitted cell stands for which of the course's, and where the student's own go.

        Own cells go in front of the next of the course's cells that the submission holds, so that a
        restored cell never comes between a student's definition and its check. Key ``len(cells)``
        is the end.
        """
        owners = self.owners()
        chosen = self.choose(owners)
        extra: dict[int, list[SubmittedCell]] = {}
        pending: list[SubmittedCell] = []
        last = -1
        moved = False
        for i, cell in enumerate(self.submitted.cells):
            t = owners[i]
            if t is not None and chosen[t] is cell:
                before = t if t > last else last + 1
                moved |= t < last
                extra.setdefault(before, []).extend(pending)
                pending, last = [], t
                if self.keeps_edit(self.template.cells[t], cell):
                    pending.append(cell)
            elif t is None or self.keeps_copy(self.template.cells[t], cell, chosen[t]):
                pending.append(cell)
        extra.setdefault(len(self.template.cells), []).extend(pending)
        if moved:
            self.note("moved-cells", "Cells of the assignment were moved; they were put back.")
        return chosen, extra

    def owners(self) -> list[int | None]:
        """For each submitted cell the course's cell that it is, or is a copy of."""
        cells = self.template.cells
        by_name = {cell.name: t for t, cell in enumerate(cells) if cell.name}
        by_id = {cell.cell.id: t for t, cell in enumerate(cells)}
        found: list[int | None] = [by_name.get(cell.grade_id) for cell in self.submitted.cells]
        taken = set(found)
        for i, cell in enumerate(self.submitted.cells):
            if cell.grade_id and found[i] is None:
                self.note(
                    "unknown-cell",
                    f"A cell claims the name {shown(cell.grade_id)}, which the assignment does not "
                    "have; it was taken as the student's own.",
                )
        # some editors drop metadata or ids: what is left of the two, or the very text, tells
        for i, cell in enumerate(self.submitted.cells):
            t = by_id.get(cell.id)
            if not cell.grade_id and found[i] is None and t is not None and t not in taken:
                found[i] = t
                taken.add(t)
        for i, cell in enumerate(self.submitted.cells):
            if cell.grade_id or found[i] is not None:
                continue
            for t, ours in enumerate(cells):
                if t not in taken and not ours.is_answer and same_text(ours, cell):
                    found[i] = t
                    taken.add(t)
                    break
        return found

    def choose(self, owners: list[int | None]) -> dict[int, SubmittedCell]:
        """Of several copies of a cell the one that counts: the first that is filled in."""
        copies: dict[int, list[SubmittedCell]] = {}
        for t, cell in zip(owners, self.submitted.cells, strict=True):
            if t is not None:
                copies.setdefault(t, []).append(cell)
        chosen = {}
        for t, group in copies.items():
            ours = self.template.cells[t]
            filled = [c for c in group if ours.is_answer and not is_blank(ours, c.source)]
            chosen[t] = (filled or group)[0]
            if len(group) > 1:
                which = "the first filled in counts" if ours.is_answer else "it was kept once"
                self.note(
                    "duplicate-cell",
                    f"The cell {shown(ours.name or ours.cell.id)} is there {len(group)} times; "
                    f"{which}.",
                    ours.name or None,
                )
        return chosen

    def keeps_edit(self, ours: TemplateCell, cell: SubmittedCell) -> bool:
        """Whether a changed cell of the course's goes on as the student's own: never a check."""
        if ours.is_answer or same_text(ours, cell) or not cell.source.strip():
            return False
        if ours.is_check:
            return False
        if ours.name:
            self.note(
                "edited-locked",
                f"The locked cell {shown(ours.name)} was changed; it was put back, and the changed "
                "version follows it.",
                ours.name,
            )
        return True

    def keeps_copy(self, ours: TemplateCell, cell: SubmittedCell, counts: SubmittedCell) -> bool:
        """Whether a further copy goes on as the student's own: half of a split answer does."""
        return (
            ours.is_answer
            and not is_blank(ours, cell.source)
            and cell.source.strip() != counts.source.strip()
            and not cell.source.lstrip().startswith("%%")
        )

    def compare(self, ours: TemplateCell, cell: SubmittedCell) -> None:
        """Note what a submission claims of a cell against the course's word."""
        if not ours.name:
            return
        quoted = shown(ours.name)
        if ours.is_check and not same_check(ours, cell):
            self.note(
                "edited-check", f"The check {quoted} was changed; it was put back.", ours.name, True
            )
        if cell.kind != ours.cell.cell_type:
            self.note("changed-kind", f"The cell {quoted} was of another kind.", ours.name)
        claimed = cell.flags.get("points")
        if ours.points is not None and claimed is not None and claimed != ours.points:
            self.note(
                "edited-points",
                f"The cell {quoted} claims {shown(claimed, 20)} points; it has {ours.points:g}.",
                ours.name,
                True,
            )
        true = notebooks.flags(ours.cell)
        changed = [f for f in _FLAGS if f in cell.flags and cell.flags[f] != true.get(f, False)]
        if changed:
            self.note(
                "edited-flags",
                f"The cell {quoted} claims other settings ({', '.join(changed)}); "
                "they were put back.",
                ours.name,
                True,
            )
        if "skip-execution" in cell.tags:
            self.note(
                "skip-execution",
                f"The cell {quoted} was marked as not to be run; the mark was taken off.",
                ours.name,
                True,
            )

    def assemble(
        self, chosen: dict[int, SubmittedCell], extra: dict[int, list[SubmittedCell]]
    ) -> tuple[list[Any], list[str]]:
        """The cells of the new notebook, and the names of unanswered ones."""
        cells: list[Any] = []
        unanswered = []
        own = 0
        for t in range(len(self.template.cells) + 1):
            for cell in extra.get(t, ()):
                own += 1
                cells.append(self.own_cell(cell, own))
            if t == len(self.template.cells):
                break
            ours = self.template.cells[t]
            made = ours.copy()
            if t not in chosen and ours.name:
                self.note(
                    "missing-cell",
                    f"The cell {shown(ours.name)} was missing; it was put back.",
                    ours.name,
                )
            if ours.is_answer:
                theirs = chosen.get(t)
                if theirs is None or is_blank(ours, theirs.source):
                    unanswered.append(ours.name)
                if theirs is not None:
                    made.source = theirs.source
                    self.attach(made, theirs)
            cells.append(made)
        return cells, unanswered

    def own_cell(self, cell: SubmittedCell, number: int) -> Any:
        made: dict[str, Any] = {
            "cell_type": cell.kind,
            "id": f"own-{number}",
            "metadata": {},
            "source": cell.source,
        }
        if cell.kind == "code":
            made |= {"outputs": [], "execution_count": None}
        node = notebooks.node(made)
        self.attach(node, cell)
        return node

    def attach(self, made: Any, cell: SubmittedCell) -> None:
        """Take over pictures pasted into a text, as far as they are pictures."""
        if made.cell_type != "markdown" or not cell.attachments:
            return
        good, self.pictures = pasted_pictures(cell.attachments, self.pictures)
        if len(good) < len(cell.attachments):
            self.note("dropped-picture", "What was pasted in is too large or no picture; left out.")
        if good:
            made.attachments = notebooks.node(good)
