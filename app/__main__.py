"""The command `softstep`, or `python -m app` in a checkout: hands the arguments to one of `commands`."""

import sys
from collections.abc import Sequence
from importlib import import_module

from . import commands
from .commands._address_space import end_where_memory_lacks, refuse_too_little


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the first argument names; without one, start the service."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = commands.DEFAULT
    if given and not given[0].startswith("-"):
        name = given.pop(0)
        if name not in commands.names():
            print(f"softstep: expected one of {', '.join(commands.names())}, or an option", file=sys.stderr)
            raise SystemExit(2)
    if name == commands.DEFAULT:
        refuse_too_little()
    try:
        import_module(f"{commands.__name__}.{name}").main(given)
    except (ImportError, MemoryError, SystemError) as failure:
        if name == commands.DEFAULT:
            end_where_memory_lacks(failure)
        raise
    except KeyboardInterrupt:  # while modules are imported, too
        print("softstep: interrupted", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
