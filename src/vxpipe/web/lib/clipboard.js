/** Copying text; plain http beyond this machine has no clipboard of its own, there the old way is taken. */

/** Whether it was copied: a browser may refuse, as some do a while after the press. */
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
