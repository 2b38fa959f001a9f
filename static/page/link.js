// A picture's request as a link: its body as base64url JSON in the address.

import { json } from "./numbers.js";

const LONGEST = 8_000; // bytes that the service takes in `q`

/** Return the GET request of the same picture, or null where its body is too long for a link. */
export function asLink({ path, body }) {
  const bytes = new TextEncoder().encode(json(body));
  if (bytes.length * (4 / 3) > LONGEST) return null;
  const text = btoa(String.fromCharCode(...bytes));
  return { path, query: [["q", text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")]] };
}
