"""Whose hand-in a file of a learning platform's zip is: by its number and its name, both."""

from autograder.gradebook.attempts import Clock
from autograder.gradebook.names import Whose, student_id
from autograder.gradebook.words import shown
from autograder.lms import canvas, moodle
from autograder.lms.people import ClassList, Linked, Person


class MoodleNames:
    """``Ada Lovelace_123456_assignsubmission_file_/…`` and ``…_file_bptt.ipynb``."""

    def __init__(self, class_list: ClassList, linked: Linked) -> None:
        self._people = {person.key: person for person in class_list.people}
        self._linked = linked
        self._hides_names = class_list.hides_names

    def whose(self, parts: tuple[str, ...]) -> Whose | None:
        """By the outermost name that Moodle made; what is below it is the student's."""
        part = parts[0]
        named = moodle.read_name(part)
        if named is None:
            raise ValueError("its name is none that Moodle gives")
        if named.kind != "file":
            return None
        person = self._people.get(named.number)
        if person is None:
            raise ValueError(f"Participant {named.number} is not in the grading worksheet")
        if not self._hides_names and not moodle.same_name(person, named.name):
            raise ValueError(
                f"it is {shown(named.name)}'s, and Participant {named.number} is "
                f"{shown(person.name)} in the grading worksheet; a group's hand-in belongs to "
                "nobody by itself"
            )
        file = parts[-1].rpartition("_assignsubmission_file_")[2]
        return _whose(self._linked, person, Whose("", file, name=part))

    def may_wrap(self, folder: str) -> bool:
        """Any that is not somebody's own."""
        return "_assignsubmission_" not in folder


class CanvasNames:
    """``lovelaceada_LATE_12345_67890_bptt-1.ipynb``."""

    def __init__(self, class_list: ClassList, linked: Linked) -> None:
        self._people = {person.key: person for person in class_list.people}
        self._linked = linked

    def whose(self, parts: tuple[str, ...]) -> Whose | None:
        """By the one reading of the name that the gradebook's CSV bears out."""
        read = list(canvas.readings(parts[-1])) if len(parts) == 1 else []
        fitting = [
            (self._people[named.user], named)
            for named in read
            if named.user in self._people and canvas.same_name(self._people[named.user], named.name)
        ]
        if not read:
            raise ValueError("its name is none that Canvas gives")
        if len(fitting) != 1:
            said = " or ".join(f"{shown(n.name)} with the id {n.user}" for n in read)
            raise ValueError(
                f"its name says {said}, and the gradebook's CSV "
                + ("has both" if fitting else "has nobody of that id and that name")
            )
        person, named = fitting[0]
        late = "LATE" if named.late else ""
        # a zip has the time of its download
        how = Whose("", named.file, clock=Clock.MARKER, late=late, name=parts[-1])
        return _whose(self._linked, person, how)

    def may_wrap(self, folder: str) -> bool:
        """Any: Canvas makes no folders."""
        return True


def _whose(linked: Linked, person: Person, found: Whose) -> Whose:
    return Whose(
        student_id(linked.student(person.key)),
        found.file,
        when=person.when,
        clock=Clock.PLATFORM if person.when else found.clock,
        late=person.late or found.late,
        status=person.status,
        name=found.name,
    )
