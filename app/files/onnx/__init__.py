"""ONNX: reading without trust, rewriting tanh and sigmoid exactly, certifying what changed."""
