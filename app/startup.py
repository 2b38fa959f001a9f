"""The service as a process imports it that is going to serve, or that others are forked from."""

from .work.memory import collector_at_rest

with collector_at_rest():
    from .main import create_app

__all__ = ["create_app"]
