"""Counting, comparing and timing."""
