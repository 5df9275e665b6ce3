"""A generated class for `make demo` and the tests: right, wrong, broken and dishonest."""

from autograder.sample.build import Submission, sample_class, write

__all__ = ["Submission", "sample_class", "write"]
