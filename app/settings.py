"""Every setting of the service: environment variables with the prefix SOFTSTEP_."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 2**20


class Settings(BaseSettings):
    """What the service may spend, and whom it serves. Built once, in `main`; never at import.

    Raises a `ValidationError` that names each variable whose value cannot be used.
    """

    model_config = SettingsConfigDict(env_prefix="SOFTSTEP_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every interface.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    workers: int = Field(1, ge=1, le=64, description="Server processes that share the port.")

    body: int = Field(64 * MIB, ge=1, description="Largest request body, in bytes.")
    nesting: int = Field(64, ge=1, le=512, description="Most nested levels in a JSON body.")
    layers: int = Field(16, ge=1, description="Most layers in a network.")
    curves: int = Field(8, ge=1, description="Most curves in one picture.")
    pixels: int = Field(4_000_000, ge=1, description="Most pixels in one picture.")
    multiply_adds: int = Field(10**11, ge=1, description="Most multiply-adds that one request may cost.")
    intermediate: int = Field(32_000_000, ge=1, description="Most numbers in any array while working.")
    answer: int = Field(16_000_000, ge=1, description="Most numbers in one answer.")

    threads: int = Field(2, ge=1, le=64, description="Threads for large work, in each server process.")

    help: Literal["verdict", "entries", "diagnosis", "solution"] = Field(
        "solution", description="Most help that a check of gradients gives; below solution no answer leaks."
    )
