// The clipboard, where the page may write to it.

/** Copy a text; tell whether that was allowed: not everywhere, and never where the page is not served securely. */
export async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
