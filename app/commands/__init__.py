"""The subcommands of `softstep`: each module here is one, named by its file, with a function `main`.

A name that begins with an underscore is what several of them share.
"""

from pkgutil import iter_modules

DEFAULT = "serve"


def names() -> list[str]:
    """Return the names of all commands."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
