/** Why a frame was kept or dropped, in words. Pure. */

import { timestamp } from "../lib/format.js";

const WORDS = {
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

export function reason(row, rows) {
  if (row.reason !== "duplicate") return WORDS[row.reason] ?? row.reason.replaceAll("_", " ");
  const twin = rows.find(({ file }) => file && file === row.duplicateOf);
  return `Shows the same picture as ${twin ? timestamp(twin.t) : "an earlier frame"}, ${row.distance} ${row.distance === 1 ? "bit" : "bits"} apart.`;
}
