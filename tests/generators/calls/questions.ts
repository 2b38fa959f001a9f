// What is asked of every client, and how its answers are held to what is right.

export const tanh = {
  layers: [
    { weight: [[1.5], [-0.5]], bias: [0.25, 1], activation: "tanh" as const },
    { weight: [[2, -1]], bias: [0.5] },
  ],
};
export const problem = { W: [[1, 0], [0, 1]], Theta: [[1, -1], [0, 2]], inputs: [1, 2], targets: 1 };
export const sign = { Theta: [[-0.11920292202211755, 0.11920292202211755], [-0.2384058440442351, 0.2384058440442351]] };

export function agree(got: unknown, right: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(right)) throw new Error(`got ${JSON.stringify(got)}, not ${JSON.stringify(right)}`);
}
