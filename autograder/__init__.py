"""The instructor's side: hidden cases, the sandbox, the judge, the gradebook, reports."""
