"""Log entries as one JSON object a line."""

import logging
import logging.config
from datetime import UTC, datetime
from typing import Any

import orjson

_FIELDS = ("request_id", "traceparent", "method", "path", "status", "milliseconds", "sent")


class JsonLines(logging.Formatter):
    """Writes time, level, logger, message, and what an access line carries; never a header, never a body."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the entry as JSON."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, object] = {"time": moment, "level": record.levelname.lower(), "logger": record.name}
        message = record.getMessage()
        if message:
            entry["message"] = message
        entry.update((name, getattr(record, name)) for name in _FIELDS if hasattr(record, name))
        if record.exc_info:
            entry["failure"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


def to_standard_error(level: str) -> None:
    """Write every entry of this process as JSON to standard error, warnings of libraries too."""
    logging.config.dictConfig(configuration(level))
    logging.captureWarnings(True)


def configuration(level: str) -> dict[str, Any]:
    """Return what `logging.config` is to do: everything from `level` on goes to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": f"{__name__}.JsonLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        # The service's middleware logs every request, with its id and its time.
        # What the SDK of the Model Context Protocol says of each call is said there too.
        "loggers": {"uvicorn.access": {"level": "WARNING"}, "mcp": {"level": "ERROR"}},
    }
