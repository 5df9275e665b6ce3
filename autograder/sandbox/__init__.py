"""Runs students' code where it can reach nothing: one box, and in it a session per submission."""

from autograder.sandbox.errors import SandboxError, SandboxUnavailable, SessionEnded
from autograder.sandbox.replies import CallReply, CellResult
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.session import Checkpoint, Session

__all__ = [
    "CallReply",
    "CellResult",
    "Checkpoint",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailable",
    "Session",
    "SessionEnded",
]
