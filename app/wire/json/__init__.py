"""The readers of JSON: one fast, one strict, the same answers."""
