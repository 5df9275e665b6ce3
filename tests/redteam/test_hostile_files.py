"""Files made to break the grader: notebooks, links, archives; the others are graded all the same."""

# ruff: noqa: E501  # an attack is easier to read on one line

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from autograder.gradebook import course as courses
from autograder.gradebook.collect import collect
from autograder.verdict import SubmissionVerdict

pytestmark = pytest.mark.sandbox


def dump(nb) -> bytes:
    return json.dumps(nb).encode()


def files(ring) -> dict[str, bytes]:
    """Raw files, each with an honest first answer where there is one at all."""
    nb = ring.notebook()
    text = json.dumps(nb)
    cells = nb["cells"]
    code = ring.notebook("1")["cells"][2]

    def with_cells(*more) -> bytes:
        return dump({**nb, "cells": [*cells, *more]})

    def changed(**fields) -> bytes:
        return dump({**nb, **fields})

    def flags(name: str, **new) -> bytes:
        made = json.loads(text)
        for cell in made["cells"]:
            theirs = cell["metadata"].get("nbgrader", {})
            if theirs.get("grade_id") == name:
                theirs.update(new)
                cell["metadata"]["tags"] = ["skip-execution"]
                if cell["cell_type"] == "code" and name.endswith("-check"):
                    cell["source"] = "2.0"
        return dump(made)

    deep = "[" * 100_000 + "]" * 100_000
    return {
        "empty": b"",
        "no-json": b"\x00\x01\x02",
        "cut-off": text.encode()[:-200],
        "depth": text.replace('"metadata": {}', '"metadata": {"a": ' + deep + "}", 1).encode(),
        "depth-900": text.replace('"metadata": {}', '"metadata": {"a": ' + "[" * 900 + "]" * 900 + "}", 1).encode(),
        "deep-points": text.replace('"points": 2', '"points": ' + "[" * 900 + "]" * 900).encode(),
        "huge-number": text.replace('"points": 2', '"points": ' + "9" * 4400).encode(),
        "large-number": text.replace('"points": 2', '"points": ' + "9" * 4200).encode(),
        "nan": text.replace('"points": 2', '"points": NaN').encode(),
        "infinity": text.replace('"points": 2', '"points": 1e999').encode(),
        "negative": text.replace('"points": 2', '"points": -1000').encode(),
        "same-key-twice": text.replace('"cells": [', '"cells": [], "nbformat": 4, "cells": [', 1).encode(),
        "outputs-escaped": text.replace('"outputs"', '"\\u006futputs"').encode(),
        "format-3": changed(nbformat=3),
        "format-true": changed(nbformat=True),
        "minor-huge": changed(nbformat_minor=10**30),
        "metadata-list": changed(metadata=[1, 2]),
        "kernel": changed(metadata={"kernelspec": {"name": "bash", "argv": ["sh", "-c", "touch /tmp/x"]}}),
        "kernel-path": changed(metadata={"kernelspec": {"name": "../../evil"}}),
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "utf-16": text.encode("utf-16"),
        "half-characters": with_cells({**code, "source": "x = '\ud800'"}),
        "half-character-id": with_cells({**code, "id": "\ud800", "metadata": {"\ud800": 1}}),
        "nul": with_cells({**code, "source": "x = '\x00'"}),
        "cells-no-list": changed(cells={"0": {}}),
        "cells-scalars": dump({**nb, "cells": [1, None, "x", [], *cells]}),
        "cells-without-source": with_cells({"cell_type": "code"}, {"cell_type": "markdown", "source": None}),
        "cell-types": with_cells(*({**code, "cell_type": t} for t in ("heading", "", None, 7, ["code"]))),
        "cell-3000": with_cells(*[code] * 3000),
        "cell-1900": with_cells(*[{**code, "source": ""}] * 1900),
        "cell-ids-same": with_cells(*[{**code, "id": "a"}] * 9),
        "cell-ids-odd": with_cells(*({**code, "id": i} for i in ("", "../x", "a" * 9999, 7, None))),
        "cell-of-theirs-twice": dump({**nb, "cells": cells * 2}),
        "cells-backwards": dump({**nb, "cells": cells[::-1]}),
        "sources-long": with_cells({**code, "source": "#" * 5_000_000}),
        "sources-lines": with_cells({**code, "cell_type": "markdown", "source": "a\n" * 400_000}),
        "source-list": with_cells({**code, "source": ["x", " = ", "1"]}, {**code, "source": [1, 2]}),
        "outputs-large": with_cells({**code, "outputs": [{"output_type": "stream", "text": "x" * 20_000_000}]}),
        "outputs-many": with_cells({**code, "outputs": [{}] * 200_000}),
        "attachments-large": with_cells(
            {"cell_type": "markdown", "metadata": {}, "source": "![](attachment:a.png)",
             "attachments": {"a.png": {"image/png": "A" * 12_000_000}}}
        ),
        "skip-the-check": flags("twice-check"),
        "no-longer-graded": flags("twice-check", grade=False, solution=True, locked=False),
        "points-of-a-check": flags("twice-check", points=1000),
        "answer-as-check": flags("leaky", grade=True, points=50),
        "renamed": flags("twice-check", grade_id="leaky-check"),
        "another-schema": flags("twice-check", schema_version=99),
        "checks-taken-out": dump({**nb, "cells": [c for c in cells if "-check'" not in str(c["metadata"])]}),
        "marked-as-mine": dump({**nb, "metadata": {**nb["metadata"], "autograder": {"seed": 1, "content": "x"}}}),
    }  # fmt: skip


UNREADABLE = {
    "empty", "no-json", "cut-off", "depth", "huge-number", "format-3", "format-true", "utf-16", "cells-no-list",
    "cell-3000",
}  # fmt: skip
# the first answer is gone, or stands behind its check
COSTS = {
    "cell-of-theirs-twice",
    "cells-backwards",
    "same-key-twice",
    "renamed",
    "answer-as-check",
    "cell-1900",
}
CHEATS = {"skip-the-check": "skip-execution", "no-longer-graded": "edited-flags", "points-of-a-check": "edited-points",
          "negative": "edited-points", "infinity": "edited-points", "nan": "edited-points",
          "large-number": "edited-points", "deep-points": "edited-points"}  # fmt: skip


@pytest.fixture(scope="module")
def ring(make_ring):
    ring = make_ring()
    ring.files = files(ring)
    for name, content in ring.files.items():
        ring.hand_in(name, content)
    # links and other things that are no files
    secret = ring.folder / "secret.ipynb"
    secret.write_bytes(dump(ring.notebook(twice="def twice(x):\n    return 2 * x")))
    for name, place in {
        "link": secret,
        "link-to-another": "../../zzz/ring/ring.ipynb",
        "link-to-device": "/dev/zero",
        "link-to-itself": "ring.ipynb",
    }.items():
        folder = ring.course.folder("submitted", "ring", name)
        folder.mkdir(parents=True)
        (folder / "ring.ipynb").symlink_to(place)
    folder = ring.course.folder("submitted", "ring", "pipe")
    folder.mkdir(parents=True)
    os.mkfifo(folder / "ring.ipynb")
    folder = ring.course.folder("submitted", "ring", "folder")
    (folder / "ring.ipynb").mkdir(parents=True)
    folder = ring.course.folder("submitted", "ring", "linked-folder")
    folder.parent.mkdir(parents=True)
    folder.symlink_to(ring.course.folder("submitted", "ring", "zzz"))
    ring.hand_in("odd-time", ring.notebook())
    stamp = ring.course.folder("submitted", "ring", "odd-time") / "timestamp.txt"
    stamp.write_bytes(b"9999999999999-99-99 1.e5 \xff")
    ring.hand_in("linked-time", ring.notebook())
    (ring.course.folder("submitted", "ring", "linked-time") / "timestamp.txt").symlink_to(
        "/etc/passwd"
    )
    ring.hand_in("companions", ring.notebook("import ring_helper"))
    beside = ring.course.folder("submitted", "ring", "companions")
    for name in (
        "ring_helper.py",
        "numpy.py",
        "sitecustomize.py",
        "nbgrader_config.py",
        "gradebook.db",
    ):
        (beside / name).write_text("import os; os.system('touch /tmp/closed-ring-companion')")
    return ring


@pytest.fixture(scope="module")
def done(ring) -> dict[str, SubmissionVerdict]:
    return ring.grade()


def names() -> list[str]:
    class Blank:
        def notebook(self, *cells, **more):
            cell = {"cell_type": "code", "metadata": {}, "source": "", "outputs": []}
            return {"cells": [cell] * 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}

    return list(files(Blank()))


@pytest.mark.parametrize("name", names())
def test_a_hostile_notebook_is_rebuilt_or_refused_in_words(done, ring, name):
    verdict = done[name]
    by_cell = {v.cell: v.points for v in verdict.verdicts}
    assert by_cell["twice-check"] == 0 and "retry" not in verdict.extra
    assert bool(verdict.problem) == (name in UNREADABLE)
    if not verdict.problem:
        assert by_cell["leaky-check"] == 4 or name in COSTS
    if name in CHEATS:
        assert CHEATS[name] in {i.kind for i in verdict.incidents if i.cheat}
    assert all(i.message.isprintable() for i in verdict.incidents)


@pytest.mark.parametrize(
    "name",
    [
        "link",
        "link-to-another",
        "link-to-device",
        "link-to-itself",
        "pipe",
        "folder",
        "linked-folder",
    ],
)
def test_what_is_no_plain_file_is_refused(done, name):
    assert done[name].points == 0
    assert "link" in done[name].problem or "plain file" in done[name].problem


def test_what_lies_beside_a_notebook_is_neither_used_nor_copied(done, ring):
    assert done["companions"].points == done["odd-time"].points == done["linked-time"].points == 4.0
    folder = ring.course.folder("autograded", "ring", "companions")
    assert {p.name for p in folder.iterdir()} <= {
        "ring.ipynb",
        "timestamp.txt",
        "ring.verdict.json",
    }
    assert not Path("/tmp/closed-ring-companion").exists()
    stamp = ring.course.folder("autograded", "ring", "linked-time") / "timestamp.txt"
    assert not stamp.exists()


def test_the_others_of_the_batch_have_their_marks(done, ring):
    ring.fair(done)


# ----------------------------------------------------------------------------------------- archives


def bomb() -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("mallory.ipynb", "w") as file,
    ):
        for _ in range(24):
            file.write(bytes(1 << 20))
    return made.getvalue()


def archive(*entries: tuple[str, bytes], **changes: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = changes.get("mode", 0o100644) << 16
            zipped.writestr(info, content)
    return made.getvalue()


@pytest.fixture
def course(tmp_path, ring):
    made = courses.create(tmp_path / "course", "zips", ["ring"])
    return made


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../../gradebook.ipynb", "leads out"),
        ("/etc/cron.d/mallory.ipynb", "absolute"),
        ("C:\\mallory.ipynb", "absolute"),
        ("mallory/../zoe/ring.ipynb", "leads out"),
        ("./zoe.ipynb", "leads out"),
        ("-rf.ipynb", "no student id"),
        ("=cmd.ipynb", "no student id"),
        ("<img src=x>.ipynb", "no student id"),
        ("a" * 90 + ".ipynb", "no student id"),
        ("zoe\u202e.ipynb", "no student id"),
    ],
)
def test_a_name_in_a_zip_is_no_way_out(course, ring, tmp_path, name, says):
    zipped = tmp_path / "class.zip"
    honest = dump(ring.notebook())
    zipped.write_bytes(archive((name, b"{}"), ("zoe.ipynb", honest)))
    found = collect(course, ring.assignment, zipped)
    assert [t.student for t in found.taken] == ["zoe"]
    assert found.taken[0].path.read_bytes() == honest
    assert says in found.refused[0].why
    assert not list(tmp_path.rglob("gradebook.ipynb"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "kind", ["twice", "case", "link", "device", "locked", "broken", "bomb", "nested", "quoted"]
)
def test_a_hostile_zip_costs_nobody_else(course, ring, tmp_path, kind, monkeypatch):
    monkeypatch.setattr("autograder.gradebook.collect.MAX_FILE", 20 << 20)
    folder = tmp_path / "in"
    folder.mkdir()
    honest = dump(ring.notebook())
    (folder / "zoe.ipynb").write_bytes(honest)
    made = {
        "twice": lambda: archive(("ring.ipynb", b"{}"), ("ring.ipynb", b"[]")),
        "case": lambda: archive(("ring.ipynb", b"{}"), ("RING.ipynb", b"[]")),
        "link": lambda: archive(("ring.ipynb", b"/etc/passwd"), mode=0o120777),
        "device": lambda: archive(("ring.ipynb", b""), mode=0o020666),
        "locked": lambda: archive(("ring.ipynb", b"{}")).replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01")
        .replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
        "broken": lambda: archive(("ring.ipynb", b"{}"))[:-30],
        "bomb": bomb,
        "nested": lambda: archive(("inner.zip", archive(("ring.ipynb", b"{}")))),
        "quoted": lambda: archive(("a/b/c/d/e/f/g/h/ring.txt", b"{}")),
    }  # fmt: skip
    (folder / "mallory.zip").write_bytes(made[kind]())
    found = collect(course, ring.assignment, folder)
    assert [t.student for t in found.taken if t.student != "mallory"] == ["zoe"]
    # of two files of one name the first counts, and the second is told
    assert kind in ("case", "twice") or "mallory" not in {t.student for t in found.taken}
    if kind not in ("nested", "case"):
        assert found.refused
    assert not list(course.root.glob(".collect-*"))


def test_one_students_many_files_leave_room_for_the_others(course, ring, tmp_path):
    """Fifty large notebooks of one student used up what a collection may hold."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for n in range(300):
            zipped.writestr(f"mallory/{n}.ipynb", f"{n}" + " " * (1 << 20))
        zipped.writestr("zoe.ipynb", dump(ring.notebook()))
    path = tmp_path / "class.zip"
    path.write_bytes(made.getvalue())
    found = collect(course, ring.assignment, path)
    assert [t.student for t in found.taken] == ["zoe"]
    assert any("more than one notebook" in r.why for r in found.refused)


def test_the_same_name_in_another_case_is_nobody_else(course, ring, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "zoe.ipynb").write_bytes(dump(ring.notebook()))
    (folder / "ZOE.ipynb").write_bytes(b"{}")
    found = collect(course, ring.assignment, folder)
    assert len(found.taken) == 1 and "capital letters" in found.refused[0].why
