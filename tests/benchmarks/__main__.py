"""Print the measured table: `python -m tests.benchmarks [--every] [subject …]`.

Every module of this folder that has a function `rows()` is a subject. Of one that measures many alike
(`MANY`), only the worst is shown, unless every row is asked for.
"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

# Before NumPy is imported anywhere: peers and product on one thread each.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
# A kernel or cache size meant for another machine slows NumPy's BLAS, and none of the peers'.
for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)

import tests.benchmarks  # noqa: E402  - the threads must be set first
from app.work.memory import set_allocator_thresholds  # noqa: E402
from tests.benchmarks.table import markdown, summary  # noqa: E402


def subjects() -> list[str]:
    """Return the names of the modules that measure something."""
    names = [module.name for module in pkgutil.iter_modules(tests.benchmarks.__path__)]
    return [name for name in names if name not in ("__main__", "table")]


def main(wanted: Sequence[str]) -> int:
    """Measure what is wanted, all by default; 1 where a goal is not met."""
    known = subjects()
    every = "--every" in wanted
    wanted = [name for name in wanted if name != "--every"]
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        print(f"expected some of {', '.join(known)}; got {', '.join(unknown)}", file=sys.stderr)
        return 2
    set_allocator_thresholds()  # as in the service: what is measured is what it serves
    rows = []
    for name in wanted or known:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        if not hasattr(module, "rows"):
            continue
        print(f"measuring {name} …", file=sys.stderr)
        found = list(module.rows())
        rows += summary(found) if getattr(module, "MANY", False) and not every else found
    print(markdown(rows))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
