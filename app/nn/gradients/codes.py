"""The names of the mistakes, with one sentence each that helps without giving a number away."""

from typing import Literal

Code = Literal[
    "sign",
    "transposed",
    "p_without_y",
    "assumed_targets_sum_to_one",
    "mean_instead_of_sum",
    "sum_instead_of_mean",
    "swapped_parameters",
    "missing_input_factor",
    "squared_error_gradient",
    "log_base",
    "scaled",
    "shape",
    "not_finite",
]

EXPLANATIONS: dict[Code, str] = {
    "sign": "The sign is reversed: the loss is minus a sum of logarithms, so its derivative by the logits is "
    "s·p − y and not y − s·p.",
    "transposed": "The matrix is transposed: a gradient has the shape of the parameter it belongs to.",
    "p_without_y": "The targets are missing: the loss has a term −yᵀa too, whose derivative is not zero.",
    "assumed_targets_sum_to_one": "The targets are taken to sum to one: otherwise their sum s stays as a "
    "factor of the probabilities.",
    "mean_instead_of_sum": "The mean over the rows was taken where the sum is asked for.",
    "sum_instead_of_mean": "The sum over the rows was taken where the mean is asked for.",
    "swapped_parameters": "This is the gradient by the other parameter.",
    "missing_input_factor": "A factor is missing: by the chain rule the derivative by the logits is "
    "multiplied by whatever the parameter itself is multiplied by.",
    "squared_error_gradient": "This is the gradient of half the squared error of the probabilities, not of "
    "their cross-entropy.",
    "log_base": "The logarithm was taken to another base than e.",
    "scaled": "All entries are off by one and the same factor.",
    "shape": "The shape is not that of the parameter.",
    "not_finite": "Some entries are not finite numbers.",
}
"""Every code's sentence, in the order in which codes are listed; no sentence depends on the problem."""
