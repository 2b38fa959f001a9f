"""Fonts: which file has a letter. DejaVu comes with matplotlib, the others with the extra softstep[fonts]."""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.ft2font import FT2Font

_DEJAVU = Path(matplotlib.get_data_path(), "fonts", "ttf")
# The files that come with matplotlib, not whatever the system calls DejaVu Sans: the same on every machine.
_OWN = {False: _DEJAVU / "DejaVuSans.ttf", True: _DEJAVU / "DejaVuSans-Bold.ttf"}
_KNOWN = {bold: frozenset(FT2Font(str(file)).get_charmap()) for bold, file in _OWN.items()}

_PACKAGE = "weblate-fonts"
_KURINTO = "static/weblate_fonts/kurinto/ttf/KurintoSans{language}-{weight}.ttf"
# One character has other shapes in these languages. A text without kana and hangul is taken for Chinese.
_CHINESE, _JAPANESE, _KOREAN = ("SC", "JP", "KR"), ("JP", "SC", "KR"), ("KR", "SC", "JP")


class Run(NamedTuple):
    """Letters that stand behind each other and are drawn from one file."""

    text: str
    file: Path


def letters_without_glyph(text: str) -> str:
    """Return the letters of `text` that PNG and PDF cannot show, each once.

    To be among them takes only to be missing in one weight. Chinese, Japanese and Korean count as missing
    beside letters that run from right to left: what is drawn in parts has no order across these.
    """
    missing = dict.fromkeys(one for one in text if any(ord(one) not in known for known in _KNOWN.values()))
    if missing and not _runs_from_the_right(text):
        languages = _languages(text)
        missing = {
            one: None for one in missing if not all(_fallback(one, languages, bold) for bold in _KNOWN)
        }
    return "".join(missing)


@lru_cache(maxsize=4096)
def runs(text: str, bold: bool = False) -> tuple[Run, ...]:
    """Return the text in runs of one file each, with □ for every letter that no font has a glyph for."""
    known = _KNOWN[bold]
    if all(ord(one) in known for one in text):
        return (Run(text, _OWN[bold]),)
    letters = list(_letters(text, bold))
    return tuple(
        Run("".join(one.text for one in same), file) for file, same in groupby(letters, lambda one: one.file)
    )


def _letters(text: str, bold: bool) -> Iterator[Run]:
    languages = _languages(text)
    for letter in text:
        if ord(letter) in _KNOWN[bold]:
            yield Run(letter, _OWN[bold])
        else:
            file = _fallback(letter, languages, bold)
            yield Run("□", _OWN[bold]) if file is None else Run(letter, file)


def _fallback(letter: str, languages: tuple[str, ...], bold: bool) -> Path | None:
    """Return the first file that has the letter, None where none has."""
    for language in languages:
        font = _opened(language, bold)
        if font is not None and font.get_char_index(ord(letter)):
            return Path(str(font.fname))
    return None


@cache
def _opened(language: str, bold: bool) -> FT2Font | None:
    """Return a font of the extra, which is found without being imported; None where it is not installed."""
    found = find_spec(_PACKAGE.replace("-", "_"))
    for folder in () if found is None else found.submodule_search_locations or ():
        file = Path(folder, _KURINTO.format(language=language, weight="Bd" if bold else "Rg"))
        if file.is_file():
            return FT2Font(str(file))
    return None


def _languages(text: str) -> tuple[str, ...]:
    if any("\uac00" <= one <= "\ud7a3" or "\u3131" <= one <= "\u318e" for one in text):
        return _KOREAN
    return _JAPANESE if any("\u3040" <= one <= "\u30ff" for one in text) else _CHINESE


def _runs_from_the_right(text: str) -> bool:
    return any(unicodedata.bidirectional(one) in ("R", "AL") for one in text)


def release() -> str:
    """Return which release of the extra draws, "" where there is none."""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        return ""
