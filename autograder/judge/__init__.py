"""Decides what a submission earns: runs it in the sandbox, calls its functions, compares."""

from autograder.judge.code import judge_code
from autograder.judge.render import verdict_text
from autograder.judge.submission import judge_submission

__all__ = ["judge_code", "judge_submission", "verdict_text"]
