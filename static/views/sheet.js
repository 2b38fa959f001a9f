// The examples of the sheet, as the fragments that show them.

const SMALL = { W1: "1.5;-0.5", b1: "0.25,1", a1: "tanh", W2: "2,-0.1", b2: "0.3", a2: "identity" };

export const NETWORKS = [
  { title: "2a  tanh as sigmoid", state: { to: "sigmoid", ...SMALL } },
  { title: "2a  is mine the same?", state: {
    to: "sigmoid", ...SMALL,
    "mine.W1": "-1;3", "mine.b1": "2,0.5", "mine.a1": "sigmoid", "mine.W2": "-0.2,4", "mine.b2": "-1.6", "mine.a2": "identity", compare: "1",
  } },
  { title: "2b  as steps?", state: { to: "heaviside", ...SMALL } },
  { title: "Two inputs, three units", state: {
    to: "sigmoid", W1: "0.7,-1.2;1.1,0.4;-0.3,0.9", b1: "0.1,-0.2,0.3", a1: "tanh", W2: "0.9,-1.7,0.3;0.2,0.1,0.5", b2: "0.2,-0.1", a2: "identity",
  } },
  { title: "A hidden spare", state: { to: "reduce", W1: "1.5;-1.5;0.8", b1: "0.25,-0.25,0", a1: "tanh", W2: "2,-0.1,0", b2: "0.3", a2: "identity" } },
];

const SOFTMAX = { W: "1,0;0,1", Theta: "1,-1;0,2", x: "1,2" };
const PROBLEM = { ...SOFTMAX, y: "1" };

export const PROBLEMS = [
  { title: "3  one input, class 1", state: { ...PROBLEM } },
  { title: "A batch of three", state: { W: "0.5,-1,0.25;1,0.75,-0.5", Theta: "1,-1,0.5;0,2,-1", x: "1,2,-1;0.5,0,1;-1,1,2", y: "1,0,2", reduction: "mean" } },
  { title: "Soft targets", state: { ...SOFTMAX, targets: "rows", Y: "0.2,0.7" } },
  { title: "A wrong sign", state: { ...PROBLEM, "my.W": "-0.2384,-0.4768;0.2384,0.4768", feedback: "diagnosis", tolerance: "0.001", check: "1" } },
  { title: "Forgotten y", state: { ...PROBLEM, "my.Theta": "0.1192,0.8808;0.2384,1.7616", feedback: "diagnosis", tolerance: "0.001", check: "1" } },
];
