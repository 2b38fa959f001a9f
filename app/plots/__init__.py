"""Values of nn → Figure → bytes."""
