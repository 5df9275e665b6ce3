import os
import stat
import zipfile

import pytest

from autograder.gradebook import arrivals, attempts
from autograder.gradebook import collect as module
from autograder.gradebook import course as courses
from autograder.gradebook.collect import Collected, collect
from autograder.gradebook.course import CourseError


@pytest.fixture
def empty(tmp_path):
    return courses.create(tmp_path / "course", "rnn", ["tiny"])


@pytest.fixture
def run(empty, assignment):
    return lambda *sources, **options: collect(empty, assignment, sources, **options)


def files(folder, names):
    for name, text in names.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def zipped(path, names):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return path


def taken(course, done: Collected):
    for one in done.taken:
        assert one.path == course.root / f"submitted/{one.student}/tiny/tiny.ipynb"
    return {one.student: one.path.read_text() for one in done.taken}


LAYOUTS = {
    "tree": {"ada/tiny/tiny.ipynb": "A", "ben/tiny/tiny.ipynb": "B", "ben/other/other.ipynb": "x"},
    "submitted": {"submitted/ada/tiny/tiny.ipynb": "A", "submitted/ben/tiny/tiny.ipynb": "B"},
    "folders": {"ada/tiny.ipynb": "A", "ada/draft.ipynb": "x", "ben/My work.ipynb": "B"},
    "flat": {"ada.ipynb": "A", "ben.ipynb": "B", "notes.pdf": "x"},
    "named": {"ada_tiny.ipynb": "A", "ben_tiny.ipynb": "B", ".ipynb_checkpoints/ada.ipynb": "x"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_in_folders_and_zips(empty, run, tmp_path, layout):
    names = LAYOUTS[layout]
    assert taken(empty, run(files(tmp_path / "in", names))) == {"ada": "A", "ben": "B"}
    again = run(zipped(tmp_path / "class.zip", names))
    assert taken(empty, again) == {"ada": "A", "ben": "B"} and not again.refused
    assert all(one.unchanged for one in again.taken)
    inner = {f"class/{name}": text for name, text in names.items()}
    assert taken(empty, run(zipped(tmp_path / "class.zip", inner))) == {"ada": "A", "ben": "B"}


def test_a_zip_for_each_student(empty, run, tmp_path):
    zipped(tmp_path / "in/ada.zip", {"tiny.ipynb": "A", "data.csv": "1"})
    zipped(tmp_path / "in/ben.zip", {"work/ada_tiny.ipynb": "B"})  # inside, a name says nothing
    zipped(tmp_path / "in/cyd.zip", {"a.ipynb": "1", "b.ipynb": "2"})
    zipped(tmp_path / "in/dan.zip", {"readme.txt": "1"})
    (tmp_path / "in/eve.zip").write_text("no zip")
    done = run(tmp_path / "in")
    assert taken(empty, done) == {"ada": "A", "ben": "B"}
    why = {r.what: r.why for r in done.refused}
    assert (
        "several" in why["cyd.zip"]
        and "no notebook" in why["dan.zip"]
        and "no zip" in why["eve.zip"]
    )


def test_the_outermost_name_says_whose_it_is(empty, run, tmp_path):
    done = run(files(tmp_path / "in", {"mallory/alice_tiny.ipynb": "M", "alice/tiny.ipynb": "A"}))
    assert taken(empty, done) == {"mallory": "M", "alice": "A"}


def test_a_platforms_names(empty, run, tmp_path):
    names = {
        "Ada L_42_assignsubmission_file/x.ipynb": "A",
        "Ben_assignsubmission_file/y.ipynb": "B",
    }
    done = run(
        files(tmp_path / "in", names), student_pattern=r"_(?P<student>\d+)_assignsubmission_file"
    )
    assert taken(empty, done) == {"42": "A"}
    assert "does not fit the pattern" in done.refused[0].why
    for pattern in ("(", "x"):
        with pytest.raises(CourseError, match="student_pattern"):
            run(tmp_path / "in", student_pattern=pattern)


def test_links_and_devices_are_refused_and_the_rest_taken(empty, run, tmp_path):
    folder = files(tmp_path / "in", {"ada/tiny.ipynb": "A"})
    (folder / "ben").symlink_to(folder / "ada")
    (folder / "cyd.ipynb").symlink_to("/etc/passwd")
    (folder / "dan").mkdir()
    (folder / "dan/tiny.ipynb").symlink_to("../ada/tiny.ipynb")
    os.mkfifo(folder / "eve.ipynb")
    (folder / "fay.zip").symlink_to(zipped(tmp_path / "x.zip", {"tiny.ipynb": "X"}))
    done = run(folder)
    assert taken(empty, done) == {"ada": "A"}
    assert {r.what for r in done.refused} == {
        "ben", "cyd.ipynb", "dan/tiny.ipynb", "eve.ipynb", "fay.zip"
    }  # fmt: skip


def test_a_hostile_zip_loses_only_its_hostile_entries(empty, run, tmp_path):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../evil.ipynb", "/abs.ipynb", "C:/win.ipynb", "a\\b.ipynb", "x/./y.ipynb"):
            archive.writestr(name, "E")
        link = zipfile.ZipInfo("lnk.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        device = zipfile.ZipInfo("dev.ipynb")
        device.external_attr = (stat.S_IFCHR | 0o666) << 16
        archive.writestr(device, "")
        archive.writestr("ada.ipynb", "A")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("ada.ipynb", "A2")
        locked = zipfile.ZipInfo("ben.ipynb")
        archive.writestr(locked, "B")
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"ben.ipynb") - 46 + 8
    raw[at] |= 1  # the flag for a password, in the central directory
    path.write_bytes(raw)
    done = run(path)
    assert taken(empty, done) == {"ada": "A"}
    assert len(done.refused) == 9
    assert sorted(p.name for p in tmp_path.iterdir()) == ["course", "in.zip"]
    assert not list(empty.root.glob(".collect-*"))


def test_a_damaged_entry_and_a_bomb_are_refused(empty, run, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_FILE", 1 << 20)
    path = zipped(
        tmp_path / "in.zip",
        {"ada.ipynb": "A", "bomb.ipynb": "0" * (3 << 20), "cyd.ipynb": "C" * 50},
    )
    raw = bytearray(path.read_bytes())
    at = raw.index(b"cyd.ipynb") + len("cyd.ipynb")
    raw[at + 1] ^= 0xFF
    path.write_bytes(raw)
    done = run(path)
    assert taken(empty, done) == {"ada": "A"}
    why = {r.what: r.why for r in done.refused}
    assert "larger than 1 MB" in why["in.zip: bomb.ipynb"]
    assert "cannot be unpacked" in why["in.zip: cyd.ipynb"]


def test_too_much_in_all_is_refused(empty, run, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_TOTAL", 10)
    done = run(files(tmp_path / "in", {"ada.ipynb": "12345678", "ben.ipynb": "12345678"}))
    assert (
        taken(empty, done) == {"ada": "12345678"} and "collection is larger" in done.refused[0].why
    )
    monkeypatch.setattr(arrivals, "MAX_ENTRIES", 3)
    done = run(files(tmp_path / "many", {f"s{i}.ipynb": "" for i in range(5)}))
    assert len(done.taken) == 3 and "more than 3 files" in done.refused[0].why


@pytest.mark.parametrize(
    "name", ["-x", "_x", ".hidden", "a b", "a'b", "a$b", "x" * 65, "a\u202eb", "\u200b", "x."]
)
def test_bad_ids_are_refused(empty, run, tmp_path, name):
    done = run(files(tmp_path / "in", {f"{name}/tiny.ipynb": "X", "ada/tiny.ipynb": "A"}))
    assert taken(empty, done) == {"ada": "A"} and len(done.refused) == 1
    assert "no student id" in done.refused[0].why and "\u202e" not in done.refused[0].what


def test_two_for_one_student_are_refused_unless_the_same(empty, run, tmp_path):
    names = {"ada.ipynb": "1", "ada_tiny.ipynb": "2", "ben.ipynb": "B", "ben/tiny.ipynb": "B"}
    done = run(files(tmp_path / "in", names))
    assert taken(empty, done) == {"ben": "B"}
    assert {r.what for r in done.refused} == {"ada.ipynb", "ada_tiny.ipynb"}
    done = run(files(tmp_path / "next", {"Ben.ipynb": "C"}))
    assert not done.taken and "capital letters" in done.refused[0].why


def test_ids_in_other_scripts(empty, run, tmp_path):
    done = run(files(tmp_path / "in", {"josé.ipynb": "1", "李雷.ipynb": "2"}))
    assert sorted(taken(empty, done).values()) == ["1", "2"]


def test_a_resubmission_keeps_the_earlier_one(empty, assignment, run, tmp_path):
    run(files(tmp_path / "one", {"ada.ipynb": "first"}))
    done = run(files(tmp_path / "two", {"ada.ipynb": "second"}))
    (one,) = done.taken
    assert one.path.read_text() == "second" and one.earlier.read_text() == "first"
    assert [a.number for a in attempts.kept(empty, assignment, "ada")] == [1, 2]
    assert one.earlier.is_relative_to(empty.root / "attempts/ada/tiny")
    (same,) = run(tmp_path / "two").taken
    assert same.unchanged and len(list(empty.root.glob("attempts/ada/tiny/*"))) == 2


def test_what_stands_in_the_way_is_not_followed(empty, run, tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    (empty.root / "submitted/ada").symlink_to(target)
    (empty.root / "submitted/ben/tiny").mkdir(parents=True)
    (empty.root / "submitted/ben/tiny/tiny.ipynb").symlink_to("/etc/passwd")
    done = run(files(tmp_path / "in", {"ada.ipynb": "A", "ben.ipynb": "B", "cyd.ipynb": "C"}))
    assert taken(empty, done) == {"cyd": "C"}
    assert len(done.refused) == 2 and not list(target.rglob("*.ipynb"))


def test_single_notebooks_progress_and_missing_sources(empty, run, tmp_path):
    folder = files(tmp_path / "in", {"ada.ipynb": "A", "tiny.ipynb": "T"})
    seen = []
    done = run(folder / "ada.ipynb", progress=lambda *step: seen.append(step))
    assert taken(empty, done) == {"ada": "A"} and seen == [(1, 1, "ada")]
    assert "whose it is" in run(folder / "tiny.ipynb").refused[0].why
    with pytest.raises(CourseError, match="there is no"):
        run(tmp_path / "nowhere")
