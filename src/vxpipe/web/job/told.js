/** What a run has told of a video, in words: why a frame was kept or dropped; and how to ask for it again. Pure. */

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

/** Why a candidate was kept or dropped; a repeat names the first that shows its picture, a shot that goes on the last. */
export function reason({ reason: word, t, duplicateOf, distance }, rows, allowed) {
  const isResumed = word === "resumed";
  if (word !== "duplicate" && !isResumed) return REASONS[word] ?? word.replaceAll("_", " ");
  const shown = rows.filter((other) => duplicateOf && other.t < t && (other.file ?? other.duplicateOf) === duplicateOf);
  const twin = shown.length ? timestamp(shown.at(isResumed ? -1 : 0).t) : "an earlier frame";
  const most = isResumed ? 2 * allowed : allowed;
  const head = isResumed ? `Goes on with the shot of ${twin} after an insert or a flash` : `Shows the same picture as ${twin}`;
  return `${head}, ${plural(distance, "bit")} apart as compared, ${distance > most ? "but alike in all else" : `${most} are allowed`}.`;
}

/** The body of a request for a video with its options, of which a part that the item names itself replaces the job's. */
export const requestOf = (job, { platform, code, url, options }, changed) =>
  ({ items: [platform === "direct" ? { url } : { platform, code }], options: { ...job.options, ...options, ...changed } });
