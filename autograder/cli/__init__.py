"""The ``autograder`` command: one module for each group of subcommands."""

from autograder.cli.app import app

__all__ = ["app"]
