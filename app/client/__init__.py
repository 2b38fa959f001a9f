"""The library's operations asked of a service: the same functions, the same results, over HTTP."""
