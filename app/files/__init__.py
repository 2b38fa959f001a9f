"""Model files ↔ networks and graphs: bytes in, bytes out, no web and no JSON of the service."""
