/** A video and its options as a command that runs it again. Pure. */

import { quoted } from "../lib/curl.js";

/** How a request names the video. */
export const targetOf = ({ platform, code, url }) => (platform === "direct" ? { url } : { platform, code });

/** [what of the options, the flag]; a value of true stands alone. */
const FLAGS = [
  ["frames.mode", "--mode"], ["frames.threshold", "--threshold"], ["frames.every", "--every"], ["frames.count", "--count"], ["frames.pick", "--pick"],
  ["frames.at", "--at"], ["frames.min", "--min"], ["frames.max", "--max"], ["dedupe.distance", "--distance"], ["drop.blurry", "--drop-blurry"],
  ["image.format", "--format"], ["image.quality", "--quality"], ["image.maxWidth", "--max-width"], ["image.maxHeight", "--max-height"],
];

export function cli(item, options) {
  const words = FLAGS.map(([path, flag]) => [flag, path.split(".").reduce((value, name) => value?.[name], options)])
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([flag, value]) => (value === true ? flag : `${flag} ${quoted(String(value))}`));
  if (options.crop) words.push(`--crop ${quoted(cropWord(options.crop))}`);
  if (options.dedupe?.enabled === false) words.push("--no-dedupe");
  if (options.drop?.blank === false) words.push("--keep-blank");
  if (options.sheet === false) words.push("--no-sheet");
  if (options.clip) words.push("--clip");
  const target = targetOf(item);
  return ["vxpipe run", quoted(target.url ?? `${target.platform}:${target.code}`), ...words].join(" ");
}

function cropWord(crop) {
  if (typeof crop === "string") return crop;
  return crop.aspect ?? [crop.x, crop.y, crop.width, crop.height].join(",");
}
