"""Runs students' code where it can reach nothing: bubblewrap, a fork server in it, one session for each submission."""

from autograder.sandbox.errors import SandboxError, SandboxUnavailable, SessionEnded
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.session import CallReply, CellResult, Checkpoint, Session

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
