// The examples of the sheet, as the fragments that show them.

const SMALL = { W1: "1.5;-0.5", b1: "0.25,1", a1: "tanh", W2: "2,-0.1", b2: "0.3", a2: "identity" };

export const NETWORKS = [
  { title: "2a  tanh as sigmoid", state: { to: "sigmoid", ...SMALL } },
  { title: "2a  check your own network", state: {
    to: "sigmoid", ...SMALL,
    "mine.W1": "-1;3", "mine.b1": "2,0.5", "mine.a1": "sigmoid", "mine.W2": "-0.2,4", "mine.b2": "-1.6", "mine.a2": "identity", compare: "1",
  } },
  { title: "2b  step units?", state: { to: "heaviside", ...SMALL } },
  { title: "Two inputs, three units", state: {
    to: "sigmoid", W1: "0.7,-1.2;1.1,0.4;-0.3,0.9", b1: "0.1,-0.2,0.3", a1: "tanh", W2: "0.9,-1.7,0.3;0.2,0.1,0.5", b2: "0.2,-0.1", a2: "identity",
  } },
  { title: "A redundant unit", state: { to: "reduce", W1: "1.5;-1.5;0.8", b1: "0.25,-0.25,0", a1: "tanh", W2: "2,-0.1,0", b2: "0.3", a2: "identity" } },
];

const LAYERS = { W1: "1,-0.5;0.5,1", b1: "0.25,-0.5", a1: "tanh", W2: "1,-1;0.5,2;-1,0.5", b2: "0,0.5,-0.25", a2: "identity", x: "1,2", y: "2" };

export const NETWORK_PROBLEMS = [
  { title: "One hidden layer", state: { ...LAYERS } },
  { title: "Squared error", state: { W1: "1,-0.5;0.5,1", b1: "0.25,-0.5", a1: "sigmoid", W2: "1,-1", b2: "0.5", a2: "identity", x: "1,2", loss: "squared_error", Y: "1" } },
  { title: "A batch, two hidden layers", state: {
    W1: "1,-0.5;0.5,1", b1: "0.25,-0.5", a1: "softplus", W2: "0.5,-1;1,0.75", b2: "0,0.5", a2: "tanh", W3: "1,-1;-0.5,1", b3: "0,0", a3: "softmax", x: "1,2;0.5,-1;-1,1", y: "1,0,1",
  } },
  { title: "Forgotten tanh′", state: {
    ...LAYERS, "my.W1": "1.413,2.827;1.294,2.588", "my.b1": "1.413,1.294", "my.W2": "0.008,0.033;0.220,0.865;-0.228,-0.897", "my.b2": "0.034,0.897,-0.931",
    feedback: "diagnosis", check: "1",
  } },
];

// W is not the identity, and no two sizes are the same: each mistake shows itself.
const SOFTMAX = { W: "1,-0.5,1,1;1,1,0.5,-1", Theta: "-0.5,-1,0.5;-1,-1,1", x: "1,0.5,-1,2" };
const PROBLEM = { ...SOFTMAX, targets: "rows", Y: "0,1,0" };

export const PROBLEMS = [
  { title: "3  one input", state: { ...PROBLEM } },
  { title: "A batch of three", state: { W: "0.5,-1,0.25;1,0.75,-0.5", Theta: "1,-1,0.5;0,2,-1", x: "1,2,-1;0.5,0,1;-1,1,2", y: "1,0,2", reduction: "mean" } },
  { title: "Soft targets", state: { ...SOFTMAX, targets: "rows", Y: "0.2,0.7,0" } },
  { title: "A wrong sign", state: { ...PROBLEM, "my.W": "-0.76,-0.38,0.76,-1.52;-0.71,-0.35,0.71,-1.42", feedback: "diagnosis", check: "1" } },
  { title: "Forgotten y", state: { ...PROBLEM, "my.Theta": "0.80,0.33,0.62;-0.46,-0.19,-0.35", feedback: "diagnosis", check: "1" } },
];
