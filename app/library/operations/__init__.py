"""The operations: their arguments read and checked, answered here or written for a service."""
