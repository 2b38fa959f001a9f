"""Softstep: the mathematics of a first neural-networks course as a web service."""

__version__ = "0.1.0"
