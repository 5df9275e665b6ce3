"""A copy of the repository for everyone: no solutions, no hidden cases, no catalogues."""
