/** What a run has told of a video, in words: why a frame was kept or dropped. Pure. */

import { plural, timestamp } from "../lib/format.js";

const REASONS = {
  shot: "Shows its shot best.",
  opening_shot: "Opens the video.",
  fill: "Fills up to the least number of frames, unlike all others.",
  interval: "Stands for its place in time.",
  count: "Stands for its part of the video.",
  diverse: "Among the frames that differ most.",
  timestamp: "On screen at a time that was asked for.",
  keyframe: "A keyframe of the file.",
  only_frame: "The frame of the highest contrast: no other was good enough.",
  blank: "One flat colour.",
  over_max: "Beyond the most frames that were asked for.",
  less_sharp: "Blurred: another frame of its shot took its place.",
  less_different: "Too much like one that was chosen.",
  blurry: "Blurred.",
};

/** Why a candidate was kept or dropped. */
export function reason(row, rows, allowed) {
  const rule = RULES[row.reason];
  if (!rule) return REASONS[row.reason] ?? row.reason.replaceAll("_", " ");
  const shown = row.duplicateOf ? rows.filter((other) => other.t < row.t && shownBy(other) === row.duplicateOf) : [];
  const twin = shown.at(rule.which);
  const most = rule.times * allowed;
  const why = row.distance > most ? "but alike in all else" : `${most} are allowed`;
  return `${rule.tells(twin ? timestamp(twin.t) : "an earlier frame")}, ${plural(row.distance, "bit")} apart as compared, ${why}.`;
}

/** The saved picture of a row that was kept, or that shows one again. */
const shownBy = ({ file, duplicateOf }) => file ?? duplicateOf;

/** What a repeat is told as, by how many times the allowed bits it may differ, and which earlier row of its picture it names. */
const RULES = {
  duplicate: { times: 1, which: 0, tells: (twin) => `Shows the same picture as ${twin}` },
  resumed: { times: 2, which: -1, tells: (twin) => `Goes on with the shot of ${twin} after an insert or a flash` },
};

/** How a request names the video. */
export const targetOf = ({ platform, code, url }) => (platform === "direct" ? { url } : { platform, code });

/** A crop as a word: auto, none, an aspect, or the sides of a box. */
export function cropWord(crop) {
  return crop.aspect ?? (crop.width !== undefined ? `${crop.width} × ${crop.height} at ${crop.x}, ${crop.y}` : crop);
}
