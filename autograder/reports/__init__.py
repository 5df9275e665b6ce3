"""What comes back from grading: the student's page, the instructor's page, the table of grades."""
