"""`softstep mcp`: tools for language models by standard input and output, without a port."""

import argparse
import asyncio
import logging.config
import os
from collections.abc import Sequence

from ..logs import configuration
from ..settings import EXPECTED_MCP, Settings, has_mcp
from ._environment import keep_strangers_out, settings_of_environment


def main(arguments: Sequence[str]) -> None:
    """Answer the messages of the Model Context Protocol that come by standard input, until it ends."""
    argparse.ArgumentParser(
        prog="softstep mcp",
        description="Give a language model the tools by standard input and output (Model Context Protocol). "
        "The settings of `softstep --help` hold, but for address and keys: who starts it is let in.",
    ).parse_args(arguments)
    if not has_mcp():
        raise SystemExit(f"softstep mcp: {EXPECTED_MCP}")
    settings = settings_of_environment().model_copy(update={"api_key_hashes": "", "private": False})
    keep_strangers_out()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    logging.config.dictConfig(configuration(settings.log_level))  # to standard error
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    from mcp.server.stdio import stdio_server

    from ..agents.server import make_server
    from ..main import create_app

    # The streams first: processes that are started afterwards do not write between the messages.
    async with stdio_server() as (incoming, outgoing):
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            server = make_server(app)
            await server.run(incoming, outgoing, server.create_initialization_options())
