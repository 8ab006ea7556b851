/** The options of a draft: their fields, what is sent for them, and what they mean in words. Pure. */

/** What the form holds before anything was changed; the same as the service's own defaults. */
export const DEFAULTS = {
  mode: "scenes", threshold: "0.3", every: "5", count: "24", pick: "even", at: "0, 12.5, 60", min: "3", max: "500",
  crop: "auto", aspect: "9:16", dedupe: true, distance: "6", blank: true, blurry: false,
  format: "jpg", quality: "90", maxWidth: "", maxHeight: "", sheet: true, clip: false, clipQuality: "23",
};

/** The most frames that the service gives of a video. */
export const MOST = 2000;

/** Whether the least and the most are the reader's to choose: in the other modes the number is. */
export const isBounded = ({ mode }) => mode !== "count" && mode !== "timestamps";

export const MODES = { scenes: "One per shot", interval: "Every so many seconds", count: "A fixed number", timestamps: "At given times", keyframes: "Keyframes" };

/** A form as it was kept, perhaps by another version of the page. */
export const formOf = (kept) => ({ ...DEFAULTS, ...kept, mode: kept.mode in MODES ? kept.mode : DEFAULTS.mode });

/** The recipe, without what is left to the defaults. @param {typeof DEFAULTS} form */
export function recipeOf(form) {
  const parts = {
    frames: frames(form),
    crop: form.crop === "aspect" ? { aspect: form.aspect } : form.crop,
    dedupe: form.dedupe ? { distance: Number(form.distance) } : { enabled: false },
    drop: { blank: form.blank, blurry: form.blurry },
    image: { format: form.format, quality: Number(form.quality), ...sizes(form) },
    sheet: form.sheet,
    clip: form.clip ? { quality: Number(form.clipQuality) } : null,
  };
  const plain = { crop: "auto", dedupe: { distance: 6 }, drop: { blank: true, blurry: false }, image: { format: "jpg", quality: 90 }, sheet: true, clip: null,
    frames: { mode: "scenes", threshold: 0.3, min: 3, max: 500 } };
  return Object.fromEntries(Object.entries(parts).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(plain[name])));
}

function frames(form) {
  const { mode } = form;
  const figure = {
    scenes: () => ({ threshold: Number(form.threshold) }),
    interval: () => ({ every: Number(form.every) }),
    count: () => ({ count: Number(form.count), ...(form.pick === "diverse" && { pick: "diverse" }) }),
    timestamps: () => ({ at: form.at.split(/[\s,;]+/).filter(Boolean).map(Number) }),
    keyframes: () => ({}),
  }[mode]();
  const max = isBounded(form) ? Number(form.max) : MOST;
  return { mode, ...figure, min: Math.min(Number(form.min), max), max };
}

function sizes({ maxWidth, maxHeight }) {
  return { ...(maxWidth && { maxWidth: Number(maxWidth) }), ...(maxHeight && { maxHeight: Number(maxHeight) }) };
}

/** The whole recipe as a sentence. */
export function inWords(form) {
  return `${[whichFrames(form), cropped(form), leftOut(form), saved(form), besides(form)].filter(Boolean).join("; ")}.`;
}

function whichFrames(form) {
  const bounds = isBounded(form) ? `, at most ${form.max}` : "";
  return {
    scenes: () => `One frame per shot${bounds}`,
    interval: () => `A frame every ${form.every} s${bounds}`,
    count: () => `${form.count} frames, ${form.pick === "diverse" ? "as different as can be" : "evenly over the time"}`,
    timestamps: () => `The frames at ${form.at} s`,
    keyframes: () => `The frames that the encoder marked as key frames${bounds}`,
  }[form.mode]();
}

const cropped = (form) => ({ auto: "black and uniform borders removed", none: "the whole picture", aspect: `cut to ${form.aspect} about the middle` })[form.crop];

function leftOut({ dedupe, distance, blank, blurry }) {
  const kinds = [blank && "blank", blurry && "blurry", dedupe && (distance === "0" ? "identical" : "nearly equal")].filter(Boolean);
  return kinds.length ? `${list(kinds)} ones left out` : "none left out";
}

function saved({ format, quality, maxWidth, maxHeight }) {
  const most = [maxWidth && `${maxWidth} px wide`, maxHeight && `${maxHeight} px high`].filter(Boolean);
  return `${format === "jpg" ? "JPEG" : format === "png" ? "PNG" : "WebP"}${format === "png" ? "" : ` of quality ${quality}`}${most.length ? `, at most ${list(most)}` : ""}`;
}

function besides({ sheet, clip }) {
  return list([sheet && "a contact sheet", clip && "the cropped video with its sound"].filter(Boolean));
}

function list(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : (words[0] ?? "");
}

/** What the value of a field means, where it is not plain. */
export const MEANINGS = {
  threshold: ({ threshold: value }) => (value < 0.2 ? "Soft changes count as cuts too: more frames" : value <= 0.4 ? "Cuts as an eye sees them" : "Only hard cuts: fewer frames"),
  distance: ({ distance: value }) => (value === "0" ? "Only identical pictures are doubles" : value <= 8 ? "Pictures that look the same are doubles" : "Similar pictures are doubles: fewer frames"),
  quality: ({ quality: value }) => (value >= 95 ? "Hardly any loss, large files" : value >= 80 ? "No loss that is seen" : "Small files, visible loss"),
  maxHeight: ({ maxHeight: value }) => (value ? "A smaller picture is downloaded where the platform has one" : "The best picture there is"),
  clip: ({ clip }) => (clip ? "The whole video is downloaded, with its sound" : "No sound is downloaded"),
};
