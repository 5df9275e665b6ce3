"""Build helpers of the repository; nothing here is installed with the wheel."""
