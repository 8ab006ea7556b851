/** The options of a job that matter on a first page, as a small form. */

import { fill, h, setText } from "../lib/dom.js";

/** What each mode asks for: the key in the recipe, its label and the limits of its input. */
const MODES = {
  scenes: { text: "One per scene", key: "threshold", label: "Threshold", input: { type: "number", min: 0, max: 1, step: 0.05, value: 0.3 } },
  interval: { text: "Every so many seconds", key: "every", label: "Seconds", input: { type: "number", min: 0.04, max: 3600, step: "any", value: 5 } },
  count: { text: "A fixed number", key: "count", label: "Frames", input: { type: "number", min: 1, max: 2000, step: 1, value: 24 } },
  timestamps: { text: "At given times", key: "at", label: "Seconds, comma-separated", input: { type: "text", inputmode: "decimal", placeholder: "0, 12.5, 60", pattern: "[0-9., ]*[0-9][0-9., ]*" } },
  keyframes: { text: "Keyframes" },
};
const LEAST_FRAMES = 3;

/**
 * @returns {{element: HTMLElement, read: () => object, showFaults: (errors: {pointer: string, detail: string}[]) => string[]}}
 *   `read` gives the recipe; `showFaults` puts each error next to its field and returns those that have none.
 */
export function optionFields() {
  const mode = choice("mode", Object.entries(MODES).map(([name, { text }]) => [name, text]), () => showFigure());
  const crop = choice("crop", [["auto", "Remove borders"], ["none", "Keep the whole picture"]]);
  const max = h("input", { id: "max", type: "number", min: 1, max: 2000, step: 1, value: 500, required: true });
  const sheet = h("input", { id: "sheet", type: "checkbox", checked: true });
  const figure = h("div", { class: "field" });
  const faults = {};
  const showFigure = () => fill(figure, ...figureField(MODES[mode.value], faultLine("figure", faults)));
  showFigure();
  const element = h("fieldset", { class: "options" }, h("legend", {}, "Options"),
    field("Frames", mode, faultLine("mode", faults)), figure,
    field("At most", max, faultLine("max", faults)),
    field("Crop", crop, faultLine("crop", faults)),
    h("label", { class: "check" }, sheet, "Contact sheet"));
  const read = () => ({ frames: frames(mode.value, figure.querySelector("input")?.value, Number(max.value)), crop: crop.value, sheet: sheet.checked });
  return { element, read, showFaults: (errors) => spread(errors, faults, MODES[mode.value].key) };
}

function frames(mode, text, max) {
  const { key } = MODES[mode];
  const figure = key === "at" ? text.split(/[\s,]+/).filter(Boolean).map(Number) : Number(text);
  return { mode, ...(key && { [key]: figure }), min: Math.min(LEAST_FRAMES, max), max };
}

function figureField({ key, label, input }, fault) {
  if (!key) return [];
  return [h("label", { for: "figure" }, label), h("input", { id: "figure", required: true, "aria-describedby": "figure-fault", ...input }), fault];
}

function field(label, control, fault) {
  control.setAttribute("aria-describedby", fault.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, fault);
}

function choice(id, options, onchange) {
  return h("select", { id, ...(onchange && { onchange }) }, options.map(([value, text]) => h("option", { value }, text)));
}

function faultLine(name, faults) {
  faults[name] = h("span", { class: "fault", id: `${name}-fault` });
  return faults[name];
}

function spread(errors, faults, key) {
  for (const line of Object.values(faults)) setText(line, "");
  const places = [[`#/options/frames/${key}`, "figure"], ["#/options/frames/max", "max"], ["#/options/frames", "mode"], ["#/options/crop", "crop"]];
  const homeless = [];
  for (const { pointer, detail } of errors) {
    const place = places.find(([start]) => pointer.startsWith(start))?.[1];
    if (faults[place]) setText(faults[place], detail);
    else homeless.push(detail);
  }
  return homeless;
}
