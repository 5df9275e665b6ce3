"""What can go wrong between the judge and the box."""

from enum import StrEnum


class Ending(StrEnum):
    """Why a session, or a call, ended before it answered."""

    TIMEOUT = "timeout"
    MEMORY = "memory"
    PROCESSES = "processes"
    DIED = "died"
    REFUSED = "refused"  # what came back was not of the agreed form


class SandboxError(RuntimeError):
    """The sandbox itself failed; nothing is said about a submission."""


class SandboxUnavailable(SandboxError):
    """This system has no working sandbox; the message says how to get one."""


class SessionEnded(Exception):
    """A session, or one call in it, ended before it answered."""

    def __init__(self, ending: Ending, detail: str = "") -> None:
        super().__init__(f"{ending}: {detail}" if detail else str(ending))
        self.ending = ending
        self.detail = detail
