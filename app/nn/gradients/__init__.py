"""Softmax, cross-entropy, their gradients, and the grading of somebody else's."""
