"""Learning platforms: their lists, the names in their zips, and what they take back."""
