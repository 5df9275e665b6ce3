"""The `rnncourse` command, for readers and students: doctor, check, submit, data."""

from rnncourse.cli.app import app

__all__ = ["app"]
