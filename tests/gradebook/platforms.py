"""Zips and lists as Moodle and Canvas write them, from their documentation and source."""

import csv
import io
import zipfile
from pathlib import Path

MOODLE = (
    "Identifier", "Full name", "ID number", "Email address", "Status", "Grade", "Maximum grade",
    "Grade can be changed", "Last modified (submission)", "Last modified (grade)",
    "Feedback comments",
)  # fmt: skip
SUBMITTED = "Submitted for grading"


def participant(number, name, number_id, when="-", **more):
    """A row of a grading worksheet."""
    row = dict.fromkeys(MOODLE, "")
    row |= {
        "Identifier": f"Participant {number}",
        "Full name": name,
        "ID number": number_id,
        "Email address": f"{number_id}@example.org",
        "Status": SUBMITTED if when != "-" else "No submission",
        "Maximum grade": "10.00",
        "Grade can be changed": "Yes",
        "Last modified (submission)": when,
        "Last modified (grade)": "-",
    }
    return tuple((row | {k.replace("_", " "): v for k, v in more.items()}).values())


def sheet(path: Path, rows, header=MOODLE, *, separator=",", mark=b"", encoding="utf-8"):
    """A CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerows([header, *rows])
    path.write_bytes(mark + out.getvalue().encode(encoding))
    return path


CANVAS = (
    "Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Warm-up (501)",
    "A tiny assignment (777)", "Current Score",
)  # fmt: skip
POINTS = ("    Points Possible", "", "", "", "", "5", "10", "(read only)")


def enrolled(number, name, login, score=""):
    """A row of a gradebook's export."""
    return (name, str(number), f"S{number}", login, "RNN, Group 1", "4", score, "80")


MOODLE_BOOK = (
    "First name", "Last name", "ID number", "Institution", "Email address",
    "Assignment: Warm-up (Real)", "Assignment: A tiny assignment (Real)",
    "Assignment: A tiny assignment (Percentage)", "Assignment: A tiny assignment (Feedback)",
    "Course total (Real)", "Last downloaded from this course",
)  # fmt: skip
EXPORTED = "1796169600"


def in_book(first, last, who, email="", grade="-"):
    """A row of the export of Moodle's gradebook as a plain text file."""
    address = email or f"{who}@example.org"
    return (first, last, who, "", address, "4.00", grade, "-", "", "4.00", EXPORTED)


def zipped(path: Path, names, *, flag=True):
    """A zip; without ``flag`` its names are UTF-8 and do not say so, as some tools write them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 12, 24, 12, 0, 0)), content)
    if not flag:
        raw = bytearray(path.read_bytes())
        for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = raw.find(signature)
            while start >= 0:
                raw[start + at + 1] &= ~0x08
                start = raw.find(signature, start + 4)
        path.write_bytes(raw)
    return path


def packed(name, content):
    """A student's own zip, as bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content)
    return out.getvalue()
