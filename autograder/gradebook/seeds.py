"""The seed of each submission's hidden cases: the same for the same file, and nobody's to guess."""

import hmac
import secrets

from autograder.gradebook import files
from autograder.gradebook.course import Course, CourseError

SECRET = "grading.secret"


class Seeds:
    """Gives seeds for a course's submissions.

    They hang on the course's own secret, made at its first run, the student and the file. So a run
    that is killed and one that is not give the same marks, while a student who hands in again has
    to do with other cases than those whose seed the feedback page named.

    Args:
        course: whose.
        given: the one seed for all, to replay a dispute, or None.
    """

    def __init__(self, course: Course, given: int | None = None) -> None:
        if given is not None and not 0 <= given < 1 << 63:
            raise ValueError(f"seed must be from 0 to 2**63 - 1, not {given}")
        self.given = given
        self._secret = b"" if given is not None else _secret(course)

    def of(self, assignment: str, student: str, digest: str) -> int:
        """The seed for one file of one student."""
        if self.given is not None:
            return self.given
        text = "\0".join((assignment, student, digest)).encode("utf-8", "surrogatepass")
        # 53 bits: every reader of JSON keeps them
        return int.from_bytes(hmac.digest(self._secret, text, "sha256")[:8], "big") >> 11


def _secret(course: Course) -> bytes:
    path = course.root / SECRET
    if not path.exists():
        files.write_text(path, secrets.token_hex(32) + "\n", mode=0o600)
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise CourseError(f"{path} must hold 64 hexadecimal digits; take it away for a new one")
    return secret
