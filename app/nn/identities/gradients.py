"""The gradients of softmax cross-entropy: Problem 3.

θᵢ is the i-th column of Θ, of entries θᵤᵢ; δᵢⱼ is 1 for i = j and else 0; s = Σⱼ yⱼ, 1 for a probability
vector y. Indices run over everything there is: j, m over the classes, u over hidden units, v over inputs.
"""

from .record import Identity, ProofStep

_LOSS = r"s \ln \sum_{m} e^{a_{m}} - \sum_{j} y_{j} a_{j}"

gradient_theta = Identity(
    name="gradient_theta",
    title="The gradient of softmax cross-entropy with respect to Θ",
    problem="3a",
    statement=r"\frac{\partial \ell}{\partial \theta_{i}} = \left(s p_{i} - y_{i}\right) W x",
    steps=(
        ProofStep(
            r"\ell = -\sum_{j} y_{j} \ln p_{j}",
            "the cross-entropy of p = softmax(a) and y, with the logits a = ΘᵀWx, that is aⱼ = θⱼᵀWx;"
            " s = Σⱼ yⱼ is 1 for a probability vector y",
        ),
        ProofStep(
            r"= -\sum_{j} y_{j} \ln \frac{e^{a_{j}}}{\sum_{m} e^{a_{m}}}",
            "the definition of softmax",
        ),
        ProofStep(
            r"= -\sum_{j} y_{j} \left(a_{j} - \ln \sum_{m} e^{a_{m}}\right)",
            "the logarithm of a quotient, and ln eᵃ = a",
        ),
        ProofStep(rf"= {_LOSS}", "multiplied out, with s = Σⱼ yⱼ"),
        ProofStep(
            r"\frac{\partial \ell}{\partial a_{i}} = s \frac{e^{a_{i}}}{\sum_{m} e^{a_{m}}} - y_{i}",
            "the chain rule for ln, and of both sums only the term of the class i depends on aᵢ",
        ),
        ProofStep(r"= s p_{i} - y_{i}", "the definition of softmax again"),
        ProofStep(
            r"\frac{\partial a_{j}}{\partial \theta_{i}} = \delta_{ij} W x",
            "aⱼ = θⱼᵀ(Wx) is linear in θⱼ and contains no other column of Θ",
        ),
        ProofStep(
            r"\frac{\partial \ell}{\partial \theta_{i}} = \sum_{j} \frac{\partial \ell}{\partial a_{j}}"
            r" \frac{\partial a_{j}}{\partial \theta_{i}}",
            "the chain rule: θᵢ acts on the loss through the logits",
        ),
        ProofStep(
            r"= \left(s p_{i} - y_{i}\right) W x",
            "only j = i is left; for all columns together, ∂ℓ/∂Θ = (Wx)(s·p − y)ᵀ",
        ),
    ),
)

gradient_w = Identity(
    name="gradient_w",
    title="The gradient of softmax cross-entropy with respect to W",
    problem="3b",
    statement=r"\frac{\partial \ell}{\partial W} = \Theta \left(s p - y\right) x^{\top}",
    steps=(
        ProofStep(rf"\ell = {_LOSS}", "as in Problem 3a; s = Σⱼ yⱼ is 1 for a probability vector y"),
        ProofStep(
            r"\frac{\partial \ell}{\partial a_{j}} = s p_{j} - y_{j}",
            "as there: so far W has not come in",
        ),
        ProofStep(
            r"a_{j} = \sum_{u} \sum_{v} \theta_{uj} W_{uv} x_{v}",
            "aⱼ = θⱼᵀWx written out",
        ),
        ProofStep(
            r"\frac{\partial a_{j}}{\partial W_{uv}} = \theta_{uj} x_{v}",
            "aⱼ is linear in W, and W at u, v stands in one term alone",
        ),
        ProofStep(
            r"\frac{\partial a_{j}}{\partial W} = \theta_{j} x^{\top}",
            "all u, v together: the entry u, v of the matrix θⱼxᵀ, which has W's shape",
        ),
        ProofStep(
            r"\frac{\partial \ell}{\partial W} = \sum_{j} \frac{\partial \ell}{\partial a_{j}}"
            r" \frac{\partial a_{j}}{\partial W}",
            "the chain rule: W acts on the loss through the logits",
        ),
        ProofStep(r"= \sum_{j} \left(s p_{j} - y_{j}\right) \theta_{j} x^{\top}", "both derivatives put in"),
        ProofStep(
            r"= \Theta \left(s p - y\right) x^{\top}",
            "a sum of Θ's columns, each times a number, is Θ times the vector of the numbers",
        ),
    ),
)
