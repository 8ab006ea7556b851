/** Tells a screen reader of a change of state. */

const announcer = document.getElementById("announcer");

/** A blank at their end makes the same words others: they are told twice. */
export const announce = (text) => (announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text);
