"""What holds for every test."""

import os

# As the service itself: one thread for each product, before NumPy is imported. Several processes of several
# threads each would wait for each other most of the time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

from tests.service import client, connect, portal

__all__ = ["client", "connect", "portal"]

# A deadline measures how busy the machine is, not the code.
settings.register_profile("softstep", deadline=None)
settings.load_profile("softstep")
