/** The options of a draft: the fields of the form, and the recipe that is sent for them. Pure. */

const MANY = ["scenes", "interval", "keyframes"];

/**
 * The form. What a value may be, and is at first, the service says; `first` stands in where it has no default. `when`: the
 * field counts only while another has one of these values. `means`: a sentence for values up to a bound.
 */
export const GROUPS = {
  Frames: [
    { path: "frames.mode", label: "Which", words: {
      scenes: "One per shot", interval: "Every so many seconds", count: "A fixed number",
      timestamps: "At given times", keyframes: "Keyframes" } },
    { path: "frames.threshold", label: "Change that makes a cut", when: ["frames.mode", "scenes"], step: 0.05, means: [
      [0.19, "Soft changes count too: more frames"], [0.4, "Cuts as an eye sees them"], [1, "Hard cuts only: fewer frames"]] },
    { path: "frames.every", label: "Seconds between them", when: ["frames.mode", "interval"], first: "5" },
    { path: "frames.count", label: "How many", when: ["frames.mode", "count"], first: "24" },
    { path: "frames.pick", label: "Chosen", when: ["frames.mode", "count"], words: {
      even: "Evenly over the time", diverse: "As different as can be" } },
    { path: "frames.at", label: "Times, such as 12.5 or 1:10", when: ["frames.mode", "timestamps"], first: "0, 12.5, 1:10" },
    { path: "frames.min", label: "At least", when: ["frames.mode", ...MANY] },
    { path: "frames.max", label: "At most", when: ["frames.mode", ...MANY] },
  ],
  Picture: [
    { path: "crop", label: "Crop", words: { auto: "Without borders", none: "Uncropped", aspect: "Cut to a ratio" } },
    { path: "crop.aspect", label: "Width : height", when: ["crop", "aspect"], first: "9:16" },
    { path: "image.maxWidth", label: "Largest width" },
    { path: "image.maxHeight", label: "Largest height" },
  ],
  "Left out": [
    { path: "dedupe.enabled", label: "Repeated pictures" },
    { path: "dedupe.distance", label: "How much repeats may differ", when: ["dedupe.enabled", true], step: 1, means: [
      [0, "Not at all"], [8, "As far as they look the same"], [64, "As far as they are similar: fewer frames"]] },
    { path: "drop.blank", label: "Blank pictures" },
    { path: "drop.blurry", label: "Blurry pictures" },
  ],
  Files: [
    { path: "image.format", label: "Format", words: { jpg: "JPEG", png: "PNG", webp: "WebP" } },
    { path: "image.quality", label: "Quality", when: ["image.format", "jpg", "webp"], step: 1, means: [
      [69, "Small files, with losses to be seen"], [89, "Losses that are hardly seen"], [100, "Losses that are not seen"]] },
    { path: "sheet", label: "Contact sheet" },
    { path: "clip", label: "The cropped video as a clip" },
  ],
};

const FIELDS = Object.values(GROUPS).flat();

/**
 * What the service says of each value of a recipe, by its path: default, bounds, words.
 * @param {object} schema the JSON Schema of a recipe, as `GET /options` gives it
 */
export function factsOf(schema, part = schema, prefix = "") {
  return Object.entries(part.properties).reduce((facts, [name, value]) => {
    const own = { ...value, ...value.anyOf?.[0] };
    const inner = schema.$defs[own.$ref?.split("/").at(-1)];
    const below = inner?.properties && factsOf(schema, inner, `${prefix}${name}.`);
    return { ...facts, [prefix + name]: { ...own, ...inner }, ...below };
  }, {});
}

/** The field to which a pointer into the request leads, undefined for none. */
export function fieldAt(pointer) {
  const path = pointer.replace("#/options/", "").replaceAll("/", ".");
  if (path === "frames") return fieldAt("frames.min"); // the one rule between fields that the form can break
  return FIELDS.find((field) => path === field.path || path.startsWith(`${field.path}.`));
}

/** The form as it stands: what a reader has changed, the rest is as the service has it. */
export class Form {
  /** @param {Record<string, string | boolean>} changed by the path of the value */
  constructor(facts, changed = {}) {
    this.facts = facts;
    this.changed = Object.fromEntries(Object.entries(changed).filter(([path]) => path in facts));
  }

  value({ path, first = "" }) {
    const value = this.changed[path] ?? this.facts[path]?.default ?? first;
    return path === "clip" ? Boolean(value) : value;
  }

  isShown({ when: [path, ...values] = [] }) {
    return !path || values.includes(this.value(fieldAt(path)));
  }

  isChanged({ path }) {
    return path in this.changed;
  }

  isNumber({ path }) {
    return ["integer", "number"].includes(this.facts[path]?.type);
  }

  with(field, value) {
    const { [field.path]: _, ...others } = this.changed;
    const isAsBefore = String(value) === String(new Form(this.facts, others).value(field));
    return new Form(this.facts, isAsBefore ? others : { ...others, [field.path]: value });
  }

  /** The recipe, without what is left to the service. */
  recipe() {
    const sent = FIELDS.filter((field) => this.isShown(field) && (this.isChanged(field) || field.first));
    const recipe = sent.reduce((whole, field) => put(whole, field.path.split("."), this.#sent(field)), {});
    const { mode = MANY[0] } = recipe.frames ?? {};
    return MANY.includes(mode) ? recipe : put(recipe, ["frames", "max"], this.facts["frames.max"].maximum);
  }

  #sent(field) {
    const value = this.value(field);
    if (value === "aspect" || field.path === "clip") return {};
    if (field.path === "frames.at") return value.split(/[\s,;]+/).filter(Boolean).map(seconds);
    return this.isNumber(field) ? numberOf(value) : value;
  }
}

/** NaN where it is none, which JSON has as null: then the service says what it wants. */
const numberOf = (text) => (text.trim() ? Number(text) : NaN);

const seconds = (text) => text.split(":").reduce((sum, part) => sum * 60 + numberOf(part), 0);

function put(whole, [name, ...rest], value) {
  return { ...whole, [name]: rest.length ? put(whole[name] ?? {}, rest, value) : value };
}
