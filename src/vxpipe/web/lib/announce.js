/** Tells a screen reader about a change of state; never each log line or percent. */

const announcer = document.getElementById("announcer");

/** The same words twice are told twice: a blank at their end makes them others. */
export const announce = (text) => (announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text);
