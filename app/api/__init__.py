"""Endpoints alone: the first segment of a path names the file that serves it."""
