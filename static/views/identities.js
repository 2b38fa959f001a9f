export const TITLE = "identities";
export const LEAD = "";
export async function show() {}
