"""The licences of what we ship, from the installed metadata: `python -m tests.release.licences`."""

import re
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LIST = PROJECT / "THIRD-PARTY.md"

HEAD = """# What Softstep ships of others

The container image holds these packages at the versions that `requirements.txt` pins, with their
licence texts (in `*.dist-info`); a wheel of Softstep holds none of them. The image's Python and
Debian come with theirs, under `/usr/local` and `/usr/share/doc`. Swagger UI and ReDoc, which `/docs` and
`/redoc` serve, come inside fastapi-offline.

Made from the packages' metadata by `python -m tests.release.licences --write`, and tested to be so.

| package | licence | licence text |
|---|---|---|
"""

SHIPPED_WITHIN = """
Inside these packages come works of others:

| inside | comes | under | as told by |
|---|---|---|---|
| fastapi-offline | Swagger UI | Apache-2.0 | its authors; the package leaves its text out |
| fastapi-offline | ReDoc | MIT | its authors; the package leaves its text out |
| h5py | HDF5 and its compression libraries | BSD-3-Clause and permissive | their authors; its licence text |
| httptools | llhttp and http-parser | MIT | `licenses/vendor` beside its licence text |
| matplotlib | the DejaVu and STIX fonts | Bitstream Vera, STIX | `mpl-data/fonts/ttf/LICENSE_*` |
| matplotlib | the BaKoMa and Last Resort fonts | BaKoMa, OFL-1.1 | its licence text |
| matplotlib | FreeType, HarfBuzz, libraqm, SheenBidi, Qhull | permissive, each its own | its licence text |
| numpy | OpenBLAS | BSD-3-Clause | its licence text |
| numpy | GCC's run-time libraries | GPL-3.0 with the GCC Runtime Library Exception | its licence text |
| orjson, pydantic-core, safetensors | crates of Rust | permissive, each its own | their sources; left out |
| pillow | image codecs and FreeType | permissive, each its own | its licence text |
| pysimdjson | simdjson | Apache-2.0 or MIT | its authors; the package leaves its text out |
| uvloop | libuv | MIT | its authors; the package leaves its text out |

The page holds lean-qr 2.7.4 by David Evans (MIT), unchanged, as `static/vendor/lean-qr.js`;
its licence text stands beside it.
"""

GRANTS = {
    "MIT": "Permission is hereby granted, free of charge, to any person obtaining a copy",
    "BSD": "Redistribution and use in source and binary forms",
    "Apache-2.0": "Apache License Version 2.0",
}


def shipped() -> list[str]:
    """Return the names in requirements.txt, each once, in its order."""
    lines = (PROJECT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = (found[1] for line in lines if (found := re.match(r"([a-z0-9-]+)==", line)))
    return list(dict.fromkeys(names))


def licence(package: Distribution) -> str:
    """Return what the package says of its licence: an SPDX expression, a short name, or its classifiers."""
    metadata = package.metadata
    short = metadata["License"].strip() if "License" in metadata else ""
    classified = [
        line.rsplit(" :: ", 1)[1]
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License :: ") and line.count(" :: ") > 1
    ]
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    if classified:
        return ", ".join(classified)
    if short and "\n" not in short:
        return short
    return _recognised(package)


def _recognised(package: Distribution) -> str:
    """Return the licence whose grant the text quotes, for packages whose metadata are silent."""
    text = "".join(Path(str(package.locate_file(path))).read_text("utf-8") for path in licence_files(package))
    words = " ".join(text.split())
    for name, grant in GRANTS.items():
        if grant in words:
            return f"{name} (its text)"
    raise LookupError(f"{package.name} says nothing of its licence")


def licence_files(package: Distribution) -> list[str]:
    """Return the paths of the licence texts that the package installs."""
    word = re.compile(r"(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
    return sorted(
        str(path) for path in package.files or () if ".dist-info/" in str(path) and word.search(str(path))
    )


def table() -> str:
    """Return the whole list, as THIRD-PARTY.md holds it."""
    rows = []
    for name in shipped():
        package = distribution(name)
        text = "beside it" if licence_files(package) else "not in its wheel"
        rows.append(f"| {name} | {licence(package)} | {text} |")
    lesser = [name for name in shipped() if "LGPL" in licence(distribution(name))]
    replaceable = f"\nLGPL: {', '.join(lesser)}; held unchanged, as source, where it can be replaced.\n"
    return HEAD + "\n".join(rows) + "\n" + SHIPPED_WITHIN + (replaceable if lesser else "")


if __name__ == "__main__":
    if "--write" in sys.argv:
        LIST.write_text(table(), encoding="utf-8")
    else:
        print(table(), end="")
