"""The mathematics: NumPy, no HTTP, no pydantic, no matplotlib."""
