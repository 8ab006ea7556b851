/** Copying text, by hand where plain http has no clipboard. */

/** Whether the browser did not refuse, as some do a while after the press. */
export const copy = async (text) => navigator.clipboard?.writeText(text).then(() => true, () => byHand(text)) ?? byHand(text);

function byHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}
