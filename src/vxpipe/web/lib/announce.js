/** Tells a screen reader about a change of state; never each log line or percent. */

const announcer = document.getElementById("announcer");

export function announce(text) {
  if (announcer.textContent !== text) announcer.textContent = text;
}
