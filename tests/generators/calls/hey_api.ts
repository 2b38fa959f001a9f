// Five operations by the client that @hey-api/openapi-ts makes.
import { client } from "./hey/client.gen";
import { activationsEvaluateElu, gradientsCheck, identitiesShow, networksConvert, networksPlot } from "./hey/sdk.gen";
import { agree, problem, sign, tanh } from "./questions";

client.setConfig({ baseUrl: process.argv[2] ?? "" });

const elu = await activationsEvaluateElu({ body: { inputs: [-1, 2], parameters: { alpha: 0.5 } } });
agree(elu.data?.outputs, [-0.31606027941427883, 2]);

const converted = await networksConvert({ body: { network: tanh, to: "sigmoid" } });
agree(converted.data?.certificate?.difference.kind, "exact");

const checked = await gradientsCheck({ body: { ...problem, submission: sign, feedback: "diagnosis" } });
agree([checked.data?.correct, checked.data?.parts["Theta"]?.mistakes?.[0]?.code], [false, "sign"]);

const proof = await identitiesShow({ path: { name: "tanh_as_sigmoid" } });
agree(proof.data?.name, "tanh_as_sigmoid");

const drawn = await networksPlot({ path: { format: "png" }, body: { networks: [{ network: tanh }] }, parseAs: "blob" });
agree((drawn.data as Blob).type, "image/png");

const refused = await networksConvert({ body: { network: { layers: [] }, to: "sigmoid" } });
agree(refused.error?.errors[0]?.pointer, "/network/layers");
console.log("called");
