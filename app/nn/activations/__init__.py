"""Activation functions: one definition each, and everything that is derived from it."""
