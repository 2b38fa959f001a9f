"""Values of nn → a scene of strokes and words → bytes."""
