"""Marks → bytes: one painter for each format."""
