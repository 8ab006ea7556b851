/** What other options would change, from what a run has stored. Pure; docs/again.md says how exact each part is. */

const DEFAULTS = { threshold: 0.3, distance: 6 };

/** The options that hold for an item: a part that it names itself replaces the job's. */
export const optionsOf = (job, item) => ({ ...job.options, ...item.options });

/** The figures that the run used; null where they meant nothing to it. */
export function figuresOf({ frames = {}, dedupe = {} }) {
  return {
    threshold: (frames.mode ?? "scenes") === "scenes" ? (frames.threshold ?? DEFAULTS.threshold) : null,
    distance: dedupe.enabled === false ? null : (dedupe.distance ?? DEFAULTS.distance),
  };
}

/**
 * What a run with these figures would keep. `goes` and `comes` are indices of rows that may be dropped or kept then.
 * @param {{threshold: number | null, distance: number | null}} used
 * @param {{threshold: number | null, distance: number | null}} wanted
 */
export function estimate(rows, cuts, used, wanted) {
  const kept = rows.filter((row) => row.kept);
  const joined = joinedRows(kept, cuts, used.threshold, wanted.threshold);
  const alike = alikeRows(kept.filter((row) => !joined.has(row.index)), used.distance, wanted.distance);
  const comes = apartRows(rows, used.distance, wanted.distance);
  const split = shotsAt(cuts, wanted.threshold) - shotsAt(cuts, used.threshold);
  const now = kept.length;
  return {
    shots: { now: shotsAt(cuts, used.threshold), then: shotsAt(cuts, wanted.threshold) },
    frames: { now, least: Math.max(1, now - joined.size - alike.size), most: now - joined.size + comes.size + Math.max(0, split) },
    goes: new Set([...joined, ...alike]),
    comes,
  };
}

const shotsAt = (cuts, threshold) => 1 + (threshold === null ? 0 : cuts.filter(({ score }) => score >= threshold).length);

/** Kept frames whose shot would be a part of the one before it. */
function joinedRows(kept, cuts, used, wanted) {
  if (used === null || wanted <= used) return new Set();
  const begins = cuts.filter(({ score }) => score >= used);
  const gone = kept.filter(({ t }) => {
    const begin = begins.findLast((cut) => cut.t <= t + 1e-6);
    return begin && begin.score < wanted;
  });
  return new Set(gone.map((row) => row.index));
}

/** Kept frames that would pass for an earlier one. */
function alikeRows(kept, used, wanted) {
  if (used === null || wanted <= used) return new Set();
  const stay = [];
  const gone = new Set();
  for (const row of kept) {
    const twin = stay.find((other) => bits(row.dhash, other.dhash) <= wanted);
    if (twin) gone.add(row.index);
    else stay.push(row);
  }
  return gone;
}

/** Repeats that would be pictures of their own. */
function apartRows(rows, used, wanted) {
  if (used === null || wanted >= used) return new Set();
  return new Set(rows.filter((row) => row.reason === "duplicate" && row.distance > wanted).map((row) => row.index));
}

/** In how many bits two hashes of 16 hex digits differ. */
export function bits(one, other) {
  let count = 0;
  for (const from of [0, 8]) {
    let rest = (Number.parseInt(one.slice(from, from + 8), 16) ^ Number.parseInt(other.slice(from, from + 8), 16)) >>> 0;
    for (; rest; rest &= rest - 1) count += 1;
  }
  return count;
}
