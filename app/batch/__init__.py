"""Sums over data larger than memory: the same bits for any number of workers and parts, without HTTP."""
