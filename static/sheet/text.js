// The sheet in words: each part's question, and what to do with its figure. `checked` stands where gradients are only checked.

export const TITLE = "The living sheet";
export const LEAD = "An exercise sheet whose figures you can take hold of: for students who want to see why, teachers who show it, "
  + "and engineers who rely on it.";

export const PARTS = [
  {
    id: "1a", problem: "Problem 1 · Activations", title: "How steep is softplus?",
    question: ["$s_0(x) = ln(1 + e^x)$ is the *softplus*. Differentiate it: which function is $s_0'$?"],
    todo: "Drag the point along the curve. The slope of its tangent leaves a trace below.",
    proofs: ["softplus_derivative"], bench: "activations?name=softplus&derivative=true",
  },
  {
    id: "1b", title: "How steep is the sigmoid?",
    question: ["$s_1(x) = {1}/{1 + e^{−x}}$ is the *sigmoid*. Write its derivative $s_1'$ with nothing but $s_1$ itself."],
    todo: "Drag the point. Watch how the slope follows from the height: none at 0 and at 1, largest half-way.",
    proofs: ["sigmoid_derivative"], bench: "activations?name=sigmoid&derivative=true",
  },
  {
    id: "1c", title: "Smooth and sharp",
    question: [
      "Compare the softplus with the *ReLU* $l_0(x) = max(0, x)$, and the sigmoid with the *Heaviside step* $l_1$, which is 0 below 0 and 1 from there on.",
      "Sharpen both smooth ones with $β > 0$: ${1}/{β} s_0(βx)$ and $s_1(βx)$. What does the largest gap become?",
    ],
    todo: "Move β. One gap closes, the other stays.",
    proofs: [], bench: "activations?name=softplus,relu",
  },
  {
    id: "2a", problem: "Problem 2 · One function, two networks", title: "tanh out of sigmoids",
    question: [
      "First a hint: squeeze, stretch and shift the sigmoid until $a s_1(bx) + c$ is $tanh(x)$.",
      "Then: $F(x) = W_2 tanh(W_1 x + b_1) + b_2$ is a network of tanh units. Find weights with which the network of sigmoid units "
      + "$G(x) = W_2' s_1(W_1' x + b_1') + b_2'$ is the same function.",
    ],
    todo: "Pull the three handles until the curves lie on each other. There are two ways.",
    proofs: ["tanh_as_sigmoid", "tanh_network_as_sigmoid_network"], bench: "convert?to=sigmoid",
  },
  {
    id: "2b", title: "tanh out of steps?",
    question: ["Can a network of Heaviside units, $G(x) = V_2 H(V_1 x + c_1) + c_2$ with $H = l_1$, be $F$ too? Why, or why not?"],
    todo: "Give the staircase more steps. It is the best there is with so many: see what is left.",
    proofs: ["no_step_network"], bench: "convert?to=heaviside",
  },
  {
    id: "3a", problem: "Problem 3 · Gradients of a classifier", title: "The gradient ∂ℓ/∂Θ",
    question: [
      "$f(x) = softmax(Θ^⊤ W x)$ gives a probability $p_i$ to each of three classes. For an input $x$ of class $y$ the loss is $ℓ = −ln p_y$.",
      "Compute ${∂ℓ}/{∂Θ}$ for the point marked in the figure.",
    ],
    todo: "Choose an entry of Θ and nudge it: its gradient is the slope of the loss there. The point can be dragged too.",
    checked: { todo: "Drag the point and watch its probabilities. Compute the gradient by hand: the service checks it." },
    proofs: ["gradient_theta"], bench: "gradients",
  },
  {
    id: "3b", title: "The gradient ∂ℓ/∂W",
    question: ["Now compute ${∂ℓ}/{∂W}$ for the same point. Then let the gradient do its work: go downhill, step by step."],
    todo: "Choose an entry of W and nudge it. Then descend: with the true gradient, and beside it with yours.",
    checked: { question: ["Now compute ${∂ℓ}/{∂W}$ for the same point."], todo: "The figure has the same classes. Compute the gradient by hand: the service checks it." },
    proofs: ["gradient_w"], bench: "gradients",
  },
];
