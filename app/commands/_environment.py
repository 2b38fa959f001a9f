"""What the commands that run the service share: its settings, and which modules its processes import."""

import os
from pathlib import Path

from pydantic import ValidationError

from ..settings import Settings

PREFIX = "SOFTSTEP_"


def settings_of_environment() -> Settings:
    """Return the settings; exits with a line for each variable that cannot be used or that nobody reads."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise SystemExit("\n".join(_complaints(error))) from None
    if unknown := _unknown_settings():
        raise SystemExit("\n".join(f"{name}: expected the name of a setting" for name in unknown))
    return settings


def keep_strangers_out() -> None:
    """Have the processes that we start import our own modules, whatever lies in the working directory.

    Python puts that first when it starts them, so a folder or a file there that has the name of this package
    would be imported instead. Where it is the checkout itself, that is just right.
    """
    if Path.cwd() != Path(__file__).resolve().parents[2]:
        os.environ["PYTHONSAFEPATH"] = "1"


def _complaints(error: ValidationError) -> list[str]:
    return [_complaint(item["loc"], item["msg"].removeprefix("Value error, ")) for item in error.errors()]


def _complaint(at: tuple[int | str, ...], message: str) -> str:
    # What is wrong with several settings together names them itself.
    return f"{PREFIX}{str(at[0]).upper()}: {message}" if at else message


def _unknown_settings() -> list[str]:
    """Return what is set and read by nobody: a limit or a lock that its operator believes in."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
