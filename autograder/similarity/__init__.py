"""Whose answers are near another's, or near the reference's: evidence for a talk, never a mark."""
