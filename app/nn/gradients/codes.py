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
    "cross_entropy_gradient",
    "log_base",
    "softmax_twice",
    "softmax_derivative_again",
    "jacobian_diagonal",
    "jacobian_forgotten",
    "normaliser_forgotten",
    "loss_derivative_forgotten",
    "binary_cross_entropy",
    "error_without_sign",
    "one_probability_for_all",
    "class_for_probabilities",
    "sigmoid_for_softmax",
    "softmax_forgotten",
    "not_normalised",
    "log_probabilities",
    "axes_confused",
    "wrong_label",
    "prediction_for_target",
    "target_indexing",
    "rows_confused",
    "row_overwritten",
    "regulariser",
    "smoothing_misplaced",
    "weights_misplaced",
    "weighted_mean",
    "wrong_divisor",
    "epsilon_in_logarithm",
    "first_layer_forgotten",
    "theta_transposed",
    "gate_not_in_the_model",
    "activation_derivative_forgotten",
    "derivative_of_the_wrong_thing",
    "gate_inverted",
    "other_side_of_kink",
    "layer_weight_forgotten",
    "layer_weight_transposed",
    "preactivations_for_activations",
    "activation_forgotten",
    "bias_forgotten",
    "bias_not_summed",
    "bias_summed_over_units",
    "weight_gradient_for_bias",
    "bias_regularised",
    "averaged_twice",
    "reshaped",
    "order_reversed",
    "step_for_gradient",
    "weights_updated",
    "zeros",
    "follows_from_Theta",
    "follows_from_layer",
    "finite_differences",
    "rounded_otherwise",
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
    "swapped_parameters": "This is the gradient with respect to the other parameter.",
    "missing_input_factor": "A factor is missing: by the chain rule the derivative by the logits is "
    "multiplied by whatever the parameter itself is multiplied by.",
    "squared_error_gradient": "This is the gradient of half the squared error of the probabilities, not of "
    "their cross-entropy.",
    "cross_entropy_gradient": "This is the gradient of the cross-entropy, not of half the squared error.",
    "log_base": "The logarithm was taken to another base than e.",
    "softmax_twice": "Softmax was applied to the probabilities once more: it is applied once, to the logits.",
    "softmax_derivative_again": "The derivative of softmax, or a factor of it, is in it once more: s·p − y "
    "is the derivative by the logits already.",
    "jacobian_diagonal": "Only the diagonal of softmax's Jacobian was taken: every probability depends on "
    "every logit.",
    "jacobian_forgotten": "This is the derivative by the probabilities: softmax's Jacobian is missing.",
    "normaliser_forgotten": "Softmax's denominator was taken for a constant: it depends on every logit.",
    "loss_derivative_forgotten": "The derivative of softmax stands alone: by the chain rule that of the loss "
    "is a factor too.",
    "binary_cross_entropy": "The loss was taken to have a term for the absent classes too: cross-entropy "
    "counts the target's logarithm alone.",
    "error_without_sign": "The error has lost its sign: take it as it is, neither its size nor its square.",
    "one_probability_for_all": "The same probability stands in every entry: each class has its own.",
    "class_for_probabilities": "The most probable class stands where the probabilities should be: the loss "
    "has a derivative by these.",
    "sigmoid_for_softmax": "A sigmoid of each logit alone stands where softmax should be.",
    "softmax_forgotten": "The logits stand where the probabilities should be: softmax is missing.",
    "not_normalised": "The exponentials were not divided by their sum.",
    "log_probabilities": "The logarithms of the probabilities stand where the probabilities should be.",
    "axes_confused": "Softmax sums over the classes of each row, not over the rows.",
    "wrong_label": "The target is that of another class: class numbers begin at zero.",
    "prediction_for_target": "The most probable class was taken for the target.",
    "target_indexing": "The target was subtracted elsewhere than once in each row, at that row's class.",
    "rows_confused": "The targets were those of other rows: inputs and targets belong together row by row.",
    "row_overwritten": "Only one row is in it: the gradients of all rows are added up.",
    "regulariser": "The regulariser's term is left out, added where there is none, or has another factor.",
    "smoothing_misplaced": "The label smoothing is left out or done in another way: it comes first and "
    "spreads over all classes.",
    "weights_misplaced": "The class weights are left out or stand elsewhere: they multiply the targets.",
    "weighted_mean": "The sum was divided by the rows' weights: here the mean divides by the number of rows.",
    "wrong_divisor": "The sum over the rows was divided by another number than asked for.",
    "epsilon_in_logarithm": "A small number was added inside the logarithm: the loss has none.",
    "first_layer_forgotten": "The inputs stand where the first layer's outputs should be.",
    "theta_transposed": "Θ stands transposed: going back multiplies by Θ what going forth multiplied by Θᵀ.",
    "gate_not_in_the_model": "An activation or its derivative is in it that the model does not have.",
    "activation_derivative_forgotten": "The derivative of a layer's activation is missing.",
    "derivative_of_the_wrong_thing": "The activation's derivative was taken of something else than what the "
    "activation was applied to.",
    "gate_inverted": "The gate is the wrong way round: what it lets through and what it stops are exchanged.",
    "other_side_of_kink": "At a kink of the activation its derivative was taken from another side than here.",
    "layer_weight_forgotten": "Going back, a layer's weight is missing.",
    "layer_weight_transposed": "A layer's weight is transposed the wrong way: what is multiplied by W going "
    "forth is multiplied by Wᵀ going back.",
    "preactivations_for_activations": "What a layer computes before its activation stands where its outputs "
    "should be.",
    "activation_forgotten": "The network was evaluated without a layer's activation.",
    "bias_forgotten": "The network was evaluated without a layer's bias.",
    "bias_not_summed": "The gradient of the bias is that of one row, or of its rows one by one: they are "
    "added up.",
    "bias_summed_over_units": "The gradient of the bias was summed over the units too: each has its own.",
    "weight_gradient_for_bias": "The layer's inputs are in the gradient of the bias: a bias is multiplied by "
    "one.",
    "bias_regularised": "The regulariser is in the gradient of the bias: only weights are penalised.",
    "averaged_twice": "The mean over the rows was taken twice.",
    "reshaped": "The numbers were written in another shape without being transposed: they stand elsewhere.",
    "order_reversed": "The rows or the columns stand in reverse order.",
    "step_for_gradient": "This is the parameter after a step of descent, not the gradient.",
    "weights_updated": "The weights of a later layer were changed before going back through them: all "
    "gradients are taken at the old ones.",
    "zeros": "All entries are zero, which the gradient is not.",
    "follows_from_Theta": "This follows from the submitted gradient with respect to Θ: the mistake was made "
    "there.",
    "follows_from_layer": "This follows from the submitted gradients of the layer after it: the mistake was "
    "made there.",
    "finite_differences": "The entries deviate as finite differences do: they are right at a tolerance that "
    "fits those.",
    "rounded_otherwise": "The numbers are right but for how they are rounded: write more digits, all entries "
    "alike, and do not cut off.",
    "scaled": "All entries are off by one and the same factor.",
    "shape": "The shape is not that of the parameter.",
    "not_finite": "Some entries are not finite numbers.",
}
"""Every code's sentence, in the order in which codes are listed; no sentence depends on the problem."""


def in_order(codes: frozenset[Code]) -> tuple[Code, ...]:
    """Return codes in the order in which they are listed."""
    return tuple(code for code in EXPLANATIONS if code in codes)
