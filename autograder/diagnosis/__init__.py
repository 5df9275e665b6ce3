"""How well mistakes are named: every known one alone, two at once, and written in other ways."""
