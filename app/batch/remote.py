"""Files behind URLs, by fsspec, which is imported when the first one is asked for."""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from time import sleep
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..files.errors import UnsupportedModel
from ..nn.errors import Fault

T = TypeVar("T")

_PAUSES = (0.5, 2.0)  # seconds before a server is asked again that failed
_LASTING = (FileNotFoundError, NotADirectoryError, PermissionError, NotImplementedError)


class UnreachableFile(Fault):
    """A file that cannot be read where it is said to lie."""


def is_url(name: str) -> bool:
    """Tell whether a name is a URL rather than a path."""
    return "://" in name


def url_path(url: str) -> PurePosixPath:
    """Return the path in a URL, the first of several chained; a question mark asks something in HTTP only."""
    first = next(one for one in url.split("::") if "://" in one)
    if first.startswith(("http://", "https://")):
        return PurePosixPath(urlsplit(first).path)
    return PurePosixPath(first.partition("://")[2])


def reached(url: str, ask: Callable[[Any, str], T]) -> T:
    """Return what a file system answers about a path; one that fails is asked again. Raises `Fault`.

    Nothing of the URL is told: it may hold a secret.
    """
    scheme = url.partition("://")[0].rpartition("::")[2]
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UnsupportedModel(f"expected fsspec for {scheme}://: pip install softstep[batch]") from None
    try:
        fs, path = url_to_fs(url)
    except ImportError as error:
        raise UnsupportedModel(f"{scheme}:// needs one more package: {error}") from None
    except ValueError:
        raise UnsupportedModel(f"expected a kind of address that fsspec knows, got {scheme}://") from None
    except Exception as error:  # whatever a file system's own library raises, as for want of credentials
        raise UnreachableFile(_said(error)) from None
    for pause in (*_PAUSES, None):
        try:
            return ask(fs, path)
        except Exception as error:  # see above
            if pause is None or (isinstance(error, _LASTING) and error.__cause__ is None):
                raise UnreachableFile(_said(error)) from None
            sleep(pause)
    raise AssertionError("the last pause is None")


def _said(error: Exception) -> str:
    # A server that does not answer is a FileNotFoundError too, for its own reason.
    error = error.__cause__ if isinstance(error.__cause__, Exception) else error
    status = getattr(error, "status", 404 if isinstance(error, FileNotFoundError) else None)
    if status == 404:
        return "expected a file that exists, got none there"
    reason = f"the status {status}" if isinstance(status, int) else type(error).__name__
    return f"expected a file that can be read, got {reason}"


def listed(url: str, suffixes: Sequence[str]) -> list[str]:
    """Return the files that a URL of one, of a pattern or of a folder stands for, by name.

    Raises `UnreachableFile` or `UnsupportedModel`.
    """
    path = str(url_path(url))
    if "::" in url or (has_suffix(path, suffixes) and not set("*[") & set(path)):
        return [url]  # whether it is there shows when it is opened

    def names(fs: Any, path: str) -> list[str]:
        some = fs.glob(path) if set("*[") & set(path) else fs.ls(path, detail=False)
        return sorted(str(fs.unstrip_protocol(one)) for one in some)

    try:
        return [one for one in reached(url, names) if has_suffix(url_path(one).name, suffixes)]
    except Fault as fault:
        raise UnreachableFile(f"{url_path(url).name}: {fault.detail}") from None


def has_suffix(name: str, suffixes: Sequence[str]) -> bool:
    """Tell whether a file of a folder is data: hidden ones are some program's own."""
    return PurePosixPath(name).suffix in suffixes and not PurePosixPath(name).name.startswith(".")
