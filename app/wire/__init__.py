"""Bytes ↔ nn values: arrays, bodies, problems."""
