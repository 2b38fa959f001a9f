"""Networks of layers: evaluation, rewriting, exact decisions, backpropagation."""
