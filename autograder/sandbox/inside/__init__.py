"""What runs inside the box; copied there, so it imports nothing of this project."""
