"""Where work runs and how much at once: executor, processes, caches, metrics; no HTTP."""
