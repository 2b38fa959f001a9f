"""Every setting of the service: environment variables with the prefix SOFTSTEP_."""

import re
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 2**20
DAY = 86_400  # seconds; an event loop takes no infinite wait
EXPECTED_MCP = "expected the extra softstep[mcp]; install it by: pip install 'softstep[mcp]'"
_OWN_HOSTS = ("127.0.0.1", "localhost", "::1")
OWN_SEGMENTS = (
    "docs", "favicon.ico", "livez", "llms.txt", "mcp", "metrics", "openapi.json", "problems", "readyz",
    "redoc", "robots.txt", "static", "v1",
)  # fmt: skip
"""How paths of the service's own begin; below such a path nobody could tell which is meant."""
_PATH = re.compile(
    rf"/(?!(?:{'|'.join(map(re.escape, OWN_SEGMENTS))})(?:/|$))[\w-][\w.-]*(?:/[\w-][\w.-]*)*", re.ASCII
)
_FRAMING = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+")


class Settings(BaseSettings):
    """What the service may spend, and whom it serves. Built once, in `main`; never at import.

    Raises a `ValidationError` that names each variable whose value cannot be used.
    """

    model_config = SettingsConfigDict(env_prefix="SOFTSTEP_", frozen=True, extra="forbid")

    host: str = Field(
        "127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for every interface."
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    workers: int = Field(1, ge=1, le=64, description="Server processes that share the port.")
    root_path: str = Field(
        "",
        description="Path of the host below which a proxy serves all this, such as /softstep; empty where "
        "the host is the service's own.",
    )

    max_body_bytes: int = Field(64 * MIB, ge=1, description="Largest request body, in bytes.")
    max_nesting_levels: int = Field(64, ge=1, le=512, description="Most nested levels in a JSON body.")
    max_tensor_header_bytes: int = Field(
        MIB, ge=1, description="Largest header of named tensors (safetensors), in bytes."
    )
    max_layers: int = Field(16, ge=1, description="Most layers in a network.")
    max_curves: int = Field(8, ge=1, description="Most curves in one picture.")
    max_pixels: int = Field(5_000_000, ge=1, description="Most pixels in one picture.")
    max_multiply_adds: int = Field(10**11, ge=1, description="Most multiply-adds that one request may cost.")
    max_intermediate_numbers: int = Field(
        32_000_000, ge=1, description="Most numbers in any array while working."
    )
    max_answer_numbers: int = Field(16_000_000, ge=1, description="Most numbers in one answer.")

    max_model_parts: int = Field(
        200_000, ge=1, description="Most parts of a model file: fields of ONNX, lists and texts of JSON."
    )
    max_model_levels: int = Field(32, ge=1, le=90, description="Most messages inside messages of ONNX.")
    max_model_packed_numbers: int = Field(
        8_000_000, ge=1, description="Most numbers of an ONNX file that do not lie as raw data."
    )
    max_model_layers: int = Field(64, ge=1, description="Most layers of the network in a model file.")
    max_model_weights: int = Field(
        16, ge=1, le=24, description="Most weights by name, all orders of which are tried, each set once."
    )
    max_model_numbers: int = Field(
        16_000_000, ge=1, description="Most numbers in all weights of the network in a model file."
    )
    max_model_unpacked_bytes: int = Field(
        64 * MIB, ge=1, description="Most bytes of what an archive or HDF5 file holds, unpacked."
    )
    max_model_text_bytes: int = Field(
        8 * MIB, ge=1, description="Largest model file of text: JSON, a function of MATLAB's."
    )
    max_model_header_bytes: int = Field(
        MIB, ge=1, description="Largest header of a safetensors file that is a model."
    )

    picture_cache_bytes: int = Field(
        32 * MIB, ge=0, description="Bytes of finished pictures kept in memory, in each server process."
    )
    threads: int = Field(2, ge=1, le=64, description="Threads for large work, in each server process.")
    processes: int = Field(
        1,
        ge=0,
        le=64,
        description="Warm processes for pictures, and as many for exact decisions and model files, in each "
        "server process; 0 works in threads instead, where nothing can be stopped at a deadline.",
    )
    niceness: int = Field(
        10,
        ge=0,
        le=19,
        description="How far warm processes stand back for small requests on a shared core: 10 leaves "
        "them a tenth of it, 0 half.",
    )
    max_large_requests: int = Field(
        64,
        ge=1,
        description="Most large requests that wait or work at once in threads, as many exact "
        "decisions and as many pictures; then 503.",
    )
    max_total_body_bytes: int = Field(
        256 * MIB, ge=1, description="Most bytes of all request bodies at once; then 503."
    )
    max_total_answer_numbers: int = Field(
        32_000_000,
        ge=1,
        description="Most numbers in all large answers at once, until they are read; then 503.",
    )
    max_share_of_one_caller: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Largest part of the queues, of all bodies and of all large answers that one caller's "
        "requests, or one address's connections, together hold, told by the key or the address; 1 where a "
        "proxy makes one address of all.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1, ::1",
        description="Addresses and networks of proxies, separated by commas: their X-Forwarded-For and "
        "X-Forwarded-Proto are believed; * for all, empty for none.",
    )
    max_waiting_seconds: float = Field(
        20.0, gt=0, le=DAY, description="Most seconds that large work waits before it begins; then 503."
    )
    deadline_seconds: float = Field(
        20.0, gt=0, le=DAY, description="Seconds for a picture or an exact decision."
    )
    client_timeout_seconds: float = Field(
        30.0,
        gt=0,
        le=DAY,
        description="Seconds for a request's head, and by which its body, and who takes its answer, may fall "
        "behind the least rates.",
    )
    close_grace_seconds: float = Field(
        5.0,
        gt=0,
        le=DAY,
        description="Seconds that a caller gets to read the end of an answer when its connection is closed.",
    )
    min_body_bytes_per_second: int = Field(
        65_536,
        ge=1,
        description="Least rate at which a body comes; one that falls behind it by the client timeout is "
        "given up.",
    )
    min_read_bytes_per_second: int = Field(
        65_536,
        ge=1,
        description="Least rate at which a large answer is read; whoever falls behind it by the "
        "client timeout is given up.",
    )
    max_connections: int = Field(
        2048, ge=1, description="Most connections to each server process at once; then 503."
    )
    drain_seconds: int = Field(
        30, ge=1, le=DAY, description="Seconds that requests in flight get when the service stops."
    )

    api_key_hashes: str = Field(
        "",
        description="SHA-256 hashes (64 hexadecimal digits) of the keys that X-API-Key may carry, separated "
        "by commas; empty lets everybody in.",
    )
    private: bool = Field(
        False, description="Whether keys guard the page, the docs and pictures by URL too; health stays open."
    )
    cors_origins: str = Field(
        "*", description="Origins whose pages may call the service, separated by commas; * for all."
    )
    frames: str = Field(
        "",
        description="Origins whose pages may frame the page as /?embed, and pictures as SVG or PDF, "
        "separated by commas; * for all, empty for none.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least serious entries that are logged; info has a line for each request."
    )

    help: Literal["verdict", "mistakes", "entries", "diagnosis", "solution"] = Field(
        "solution",
        description="Most help that a check of gradients gives: entries says where, mistakes says what, and "
        "neither both; below solution no answer holds a number of the gradient.",
    )

    tolerance: float = Field(
        1e-9,
        ge=0,
        allow_inf_nan=False,
        description="Relative tolerance of a check of gradients that gives none, and of every one below "
        "solution; 0.01 takes answers that are off by a hundredth.",
    )
    absolute_tolerance: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Beside the relative one, what each entry may be off by, whatever its size.",
    )
    rounding: bool = Field(
        True, description="Whether answers are right in a check that are rounded, as by hand to two digits."
    )

    mcp: bool = Field(
        False, description="Whether language models get tools at /mcp; needs the extra softstep[mcp]."
    )
    mcp_hosts: str = Field(
        "",
        description="Hosts under whose name /mcp answers, separated by commas; * for all. Empty: this "
        "machine's own where the service listens for it alone, else all.",
    )
    max_mcp_bytes: int = Field(
        MIB, ge=1024, description="Most bytes of a message at /mcp, and of the answer to a tool's call."
    )

    @field_validator("api_key_hashes")
    @classmethod
    def _are_hashes(cls, value: str) -> str:
        hashes = _split(value)
        # A value that holds none was meant to keep somebody out.
        if (value.strip() and not hashes) or any(not re.fullmatch("[0-9a-f]{64}", one) for one in hashes):
            raise ValueError("expected SHA-256 hashes of 64 hexadecimal digits, separated by commas")
        return value

    @field_validator("root_path")
    @classmethod
    def _is_path(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not _PATH.fullmatch(value):
            raise ValueError(
                "expected a path such as /softstep, of letters, digits, - and _, whose first part is none of "
                f"{', '.join(OWN_SEGMENTS)}"
            )
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        parts = _split(value)
        # uvicorn takes what is no address for a name that no caller ever has, and says nothing.
        if parts != ("*",) and any(not _is_network(one) for one in parts):
            raise ValueError(
                "expected *, or addresses and networks such as 10.0.0.7 or fd00::/8, separated by commas"
            )
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        if _split(value) != ("*",) and any(not _ORIGIN.fullmatch(one) for one in _split(value)):
            raise ValueError("expected *, or origins such as https://a.example, with nothing behind the host")
        return value

    @field_validator("frames")
    @classmethod
    def _are_framing_origins(cls, value: str) -> str:
        # They are written into a header, among whose words only hosts may stand.
        if _split(value) != ("*",) and any(not _FRAMING.fullmatch(one) for one in _split(value)):
            raise ValueError("expected *, or origins such as https://a.example:8443, separated by commas")
        return value

    @model_validator(mode="after")
    def _guards_something(self) -> Self:
        if self.private and not self.key_hashes:
            raise ValueError(
                "SOFTSTEP_PRIVATE: expected SOFTSTEP_API_KEY_HASHES too, without which all are let in"
            )
        return self

    @model_validator(mode="after")
    def _has_the_extra(self) -> Self:
        if self.mcp and not has_mcp():
            raise ValueError(f"SOFTSTEP_MCP: {EXPECTED_MCP}")
        return self

    @property
    def key_hashes(self) -> tuple[str, ...]:
        """The hashes of the keys that are let in."""
        return _split(self.api_key_hashes)

    @property
    def hosts_of_mcp(self) -> tuple[str, ...]:
        """The hosts under whose name /mcp answers; `*` stands for all.

        A page of a stranger whose name leads to this machine is thereby kept out of a service that is nobody
        else's (DNS rebinding).
        """
        return _split(self.mcp_hosts) or (_OWN_HOSTS if self.host.lower() in _OWN_HOSTS else ("*",))

    @property
    def proxies(self) -> tuple[str, ...]:
        """The proxies that are believed: addresses and networks, or `*`.

        Where one socket takes both kinds of addresses, those of IPv4 come as IPv6's.
        """
        return tuple(form for one in _split(self.trusted_proxies) for form in (one, *_as_ipv6(one)))

    @property
    def framing_origins(self) -> tuple[str, ...]:
        """The origins whose pages may frame the page and pictures."""
        return _split(self.frames)

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may call the service."""
        return _split(self.cors_origins)


def has_mcp() -> bool:
    """Tell whether what the extra softstep[mcp] brings is installed, without importing it."""
    return find_spec("mcp") is not None


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _as_ipv6(text: str) -> tuple[str, ...]:
    """Return how an address or network of IPv4 is written in IPv6 (RFC 4291 §2.5.5.2); nothing for others."""
    if ":" in text or text == "*":
        return ()
    network = ip_network(text)
    return (f"::ffff:{network.network_address}/{96 + network.prefixlen}",)


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in value.split(",") if part.strip())
