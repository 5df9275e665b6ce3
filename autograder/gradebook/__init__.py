"""The gradebook: course folders, release, intake, grading and recording, on nbgrader."""
