"""THIRD-PARTY.md says what the metadata of the installed packages say."""

from importlib.metadata import distribution

from tests.release.licences import LIST, licence, shipped, table


def test_the_list_is_derived() -> None:
    assert LIST.read_text(encoding="utf-8") == table(), "python -m tests.release.licences --write"


def test_every_package_says_its_licence_and_none_forbids_shipping() -> None:
    """Permissive or weak copyleft (orjson's MPL is of its own files); a GPL would be ours to answer for."""
    names = shipped()
    assert {"numpy", "matplotlib", "fastapi", "uvicorn"} <= set(names)
    for name in names:
        said = licence(distribution(name))
        assert any(known in said for known in ("MIT", "BSD", "Apache", "PSF", "Python Software", "MPL")), name
        assert "GPL" not in said, name
