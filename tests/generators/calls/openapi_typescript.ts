// Five operations by openapi-fetch, held to the types that openapi-typescript makes.
import createClient from "openapi-fetch";
import type { paths } from "./schema";
import { agree, problem, sign, tanh } from "./questions";

/** Return an answer that is JSON: asked for otherwise it would be named tensors, which are typed as a string. */
function json<T>(data: T | undefined): Exclude<T, string> {
  if (data === undefined || typeof data === "string") throw new Error(`got ${typeof data}`);
  return data as Exclude<T, string>;
}

const { GET, POST } = createClient<paths>({ baseUrl: process.argv[2] ?? "" });

const elu = await POST("/v1/activations/elu", { body: { inputs: [-1, 2], parameters: { alpha: 0.5 } } });
agree(json(elu.data).outputs, [-0.31606027941427883, 2]);

const converted = await POST("/v1/networks/convert", { body: { network: tanh, to: "sigmoid" } });
agree(json(converted.data).certificate?.difference.kind, "exact");

const checked = await POST("/v1/gradients/check", { body: { ...problem, submission: sign, feedback: "diagnosis" } });
agree([json(checked.data).correct, json(checked.data).parts["Theta"]?.mistakes?.[0]?.code], [false, "sign"]);

const proof = await GET("/v1/identities/{name}", { params: { path: { name: "tanh_as_sigmoid" } } });
agree(proof.data?.name, "tanh_as_sigmoid");

const drawn = await POST("/v1/networks/plot.{format}", {
  params: { path: { format: "png" } }, body: { networks: [{ network: tanh }] }, parseAs: "blob",
});
agree((drawn.data as unknown as Blob).type, "image/png");

const refused = await POST("/v1/networks/convert", { body: { network: { layers: [] }, to: "sigmoid" } });
agree(refused.error?.errors[0]?.pointer, "/network/layers");
console.log("called");
