"""THIRD-PARTY.md says what the metadata of the installed packages say."""

import sys
from importlib.metadata import distribution
from pathlib import Path

from tests.release.licences import LIST, licence, licence_files, shipped, table

KNOWN = ("MIT", "BSD", "Apache", "PSF", "Python Software", "MPL", "LGPL", "OFL")


def test_the_list_is_derived() -> None:
    assert LIST.read_text(encoding="utf-8") == table(), "python -m tests.release.licences --write"


def test_packages_say_licences_that_bind_nothing_beside() -> None:
    """Permissive, or copyleft for its own files alone (MPL, LGPL); a plain GPL would reach our code."""
    names = shipped()
    assert {"numpy", "matplotlib", "fastapi", "uvicorn"} <= set(names)
    for name in names:
        said = licence(distribution(name))
        assert any(known in said for known in KNOWN), name
        assert "GPL" not in said.replace("LGPL", ""), name


def test_what_the_list_says_of_works_inside_packages_is_there() -> None:
    def text(name: str) -> str:
        package = distribution(name)
        return "".join(
            Path(str(package.locate_file(path))).read_text("utf-8") for path in licence_files(package)
        )

    fonts = {
        Path(str(path)).name for path in distribution("matplotlib").files or () if "fonts/ttf" in str(path)
    }
    assert {"LICENSE_DEJAVU", "LICENSE_STIX"} <= fonts
    served = {Path(str(path)).name for path in distribution("fastapi-offline").files or ()}
    assert {"swagger-ui-bundle.js", "redoc.standalone.js"} <= served
    assert "FreeType" in text("pillow")
    inside_matplotlib = ("BaKoMa", "Last Resort", "FreeType", "HarfBuzz", "libraqm", "SheenBidi", "QHull")
    assert [name for name in inside_matplotlib if f"Name: {name}" not in text("matplotlib")] == []
    vendored = {str(path) for path in licence_files(distribution("httptools"))}
    assert {"llhttp", "http-parser"} <= {Path(path).parent.name for path in vendored}
    if sys.platform == "linux":  # other systems' wheels hold other libraries
        assert "OpenBLAS" in text("numpy")
        assert "GCC" in text("numpy")
