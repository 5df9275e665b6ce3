"""`autograder grade` against stock nbgrader on the same submissions."""
