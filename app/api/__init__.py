"""Thin routes; the first segment of the URL names the file."""
