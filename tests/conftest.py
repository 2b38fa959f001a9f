"""What holds for every test."""

from hypothesis import settings

# A deadline measures how busy the machine is, not the code.
settings.register_profile("softstep", deadline=None)
settings.load_profile("softstep")
