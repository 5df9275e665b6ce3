"""The cell magic ``%%derivation EXERCISE``: the cell is text, not code."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.display import display

from rnncourse.derivation import Derivation
from rnncourse.derivation.exercises import names, version_for
from rnncourse.derivation.personal import NoStudent
from rnncourse.notebook.preview import Preview


@magics_class
class DerivationMagics(Magics):
    """Cells that hold a derivation."""

    @cell_magic
    def derivation(self, line: str, cell: str) -> None:
        """Show the lines of this cell as mathematics and keep them for ``check``.

        ``%%derivation bptt.gradients`` puts the text into the variable ``gradients``. Nothing of it
        is run. Lines are ``target = expression``; what is not in the language, or does not fit in
        its shapes, is said beside the line, in Jupyter while you type. A derivation that is asked
        of a network of your own takes your id from the variable ``student``.
        """
        name = line.split("#")[0].strip()
        if name not in names():
            known = ", ".join(names())
            said = f"there is no derivation exercise {name!r}" if name else "which exercise?"
            raise UsageError(f"%%derivation: {said}; there are {known}")
        assert self.shell is not None  # a magic is only ever registered with a shell
        variables, variable = self.shell.user_ns, name.rsplit(".", 1)[-1]
        try:
            version = version_for(name, variables.get("student"))
        except NoStudent as error:
            variables[variable] = Derivation(cell, name)  # what was written is not lost
            print(f"%%derivation {name}: {error}.")
            return

        def keep(text: str) -> None:
            variables[variable] = Derivation(text, version)

        keep(cell)
        display(shown(version, cell, keep))  # type: ignore[no-untyped-call]


def shown(exercise: str, text: str, keep: Callable[[str], None]) -> Any:
    """What a derivation cell shows: a live widget, or a plain preview without anywidget.

    The widget hands what is typed to ``keep``, so that ``check`` judges the lines that the student
    sees, and not those of the cell's last run.
    """
    if find_spec("anywidget") is None:
        return Preview.of(exercise, text)
    from rnncourse.notebook.widget import DerivationWidget

    widget = DerivationWidget(exercise=exercise, text=text)
    widget.observe(lambda change: keep(str(change["new"])), "text")
    return widget
