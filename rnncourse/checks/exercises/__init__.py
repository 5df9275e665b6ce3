"""Specifications of the assignments' exercises, one module for each assignment.

They hold the way to the right answer, so grading keeps this folder out of the sandbox.
"""
