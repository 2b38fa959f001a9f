export const TITLE = "gradients";
export const LEAD = "";
export async function show() {}
