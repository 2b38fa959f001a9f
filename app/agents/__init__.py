"""Tools for language models (Model Context Protocol): each is one request to our own endpoints."""
