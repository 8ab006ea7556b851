/** Elements out of text and nodes. Nothing here or elsewhere parses HTML. */

/**
 * Build an element. `props` are attributes; a function under `onclick`, `oninput` ... is a listener;
 * null, undefined and false are left out. Children are nodes or text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [props]
 * @param {...(Node | string | number | null | undefined | false | Array<unknown>)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...shown(children));
  return node;
}

/** Replace what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...shown(children));
}

const shown = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

/** Set a node's text, and leave it alone when it already says so (a selection or a screen reader may be on it). */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const PATHS = {
  pending: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.6",
  running: "M8 2.5A5.5 5.5 0 1 1 2.5 8M2.5 8a5.5 5.5 0 0 1 2-4.2",
  completed: "M3 8.5l3.3 3.3L13 4.8",
  failed: "M8 3v6M8 12v.6",
  cancelled: "M4 4l8 8M12 4l-8 8",
};
const SAME = { waiting: "pending", processing: "running", success: "completed" };

/** The icon of a job's or item's state: stroke only, in the colour of the text around it. */
export function icon(state) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of [["class", "icon"], ["viewBox", "0 0 16 16"], ["width", "14"], ["height", "14"], ["aria-hidden", "true"]]) {
    svg.setAttribute(name, value);
  }
  path.setAttribute("d", PATHS[SAME[state] ?? state] ?? PATHS.pending);
  svg.append(path);
  return svg;
}

/** Icon, word and colour of a state. */
export function badge(state) {
  return h("span", { class: `badge ${SAME[state] ?? state}` }, icon(state), h("span", {}, state));
}

/** A labelled bar with its figure. One that ended before its end is grey; of such a job it shows the share that is done. */
export function progressBar(name) {
  const bar = h("progress", { max: 100, "aria-label": name });
  const percent = h("span", { class: "percent" });
  const update = ({ progress, status, counts }) => {
    const stopped = status === "failed" || status === "cancelled";
    bar.value = stopped && counts ? (100 * counts.success) / counts.total : progress;
    bar.classList.toggle("stopped", stopped);
    setText(percent, stopped ? "" : `${progress}%`);
  };
  return { element: h("span", { class: "bar" }, bar, percent), update };
}

/** A message with an optional button, for what cannot be shown. */
export function notice(title, text, action) {
  const button = action && h("button", { type: "button", onclick: action.run }, action.label);
  return h("section", { class: "notice" }, h("h2", {}, title), h("p", {}, text), button);
}
