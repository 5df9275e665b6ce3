"""What runs inside the box; copied there as it is, so it imports nothing of this project and knows no secret."""
