/** What other options would change, from what a run has stored. Pure; docs/again.md says how exact each part is. */

/** The options given for an item: a part that it names itself replaces the job's. */
export const optionsOf = (job, item) => ({ ...job.options, ...item.options });

/** The figures that a run used, from its facts; null where they meant nothing to it. */
export function figuresOf(facts) {
  const { frames, dedupe } = facts?.options ?? {};
  return {
    threshold: frames?.mode === "scenes" ? frames.threshold : null,
    distance: dedupe?.enabled ? dedupe.distance : null,
  };
}

/** The cuts at which a shot begins at this threshold. */
export function begins(cuts, threshold) {
  const counts = ({ score, thresholds = [[0, score]] }) => thresholds.some(([from, to]) => from <= threshold && threshold <= to);
  return threshold === null ? [] : cuts.filter(counts);
}

/** What a run with the `wanted` figures would keep. `goes` and `comes` are indices of rows that may be dropped or kept then. */
export function estimate(rows, cuts, used, wanted) {
  const kept = rows.filter((row) => row.kept);
  const [then, now] = [begins(cuts, wanted.threshold), begins(cuts, used.threshold)];
  const joined = indices(wanted.threshold > used.threshold ? kept.filter(({ t }) => isJoined(t, now, then)) : []);
  const alike = alikeRows(kept.filter(({ index }) => !joined.has(index)), used.distance, wanted.distance);
  const comes = apartRows(rows, used.distance, wanted.distance);
  const stay = kept.length - joined.size;
  return {
    shots: { now: now.length + 1, then: then.length + 1 },
    frames: {
      now: kept.length,
      least: Math.max(1, stay - alike.size),
      most: stay + comes.size + Math.max(0, then.length - now.length),
    },
    goes: new Set([...joined, ...alike]),
    comes,
  };
}

/** What became of a candidate, and what may with what is tried. */
export function fate(row, { goes, comes }) {
  if (goes.has(row.index)) return "would-go";
  return comes.has(row.index) ? "would-come" : row.kept ? "kept" : "dropped";
}

const indices = (rows) => new Set(rows.map((row) => row.index));

/** Whether the shot of this time would be a part of the one before it. */
function isJoined(t, now, then) {
  const begin = now.findLast((cut) => cut.t <= t + 1e-6);
  return begin !== undefined && !then.includes(begin);
}

function alikeRows(kept, used, wanted) {
  if (used === null || wanted <= used) return new Set();
  const stay = [];
  const isTwin = (halves) => stay.some((others) => apart(halves, others) <= wanted);
  return indices(kept.filter(({ dhash }) => isTwin(halvesOf(dhash)) || !stay.push(halvesOf(dhash))));
}

/** Repeats that would be pictures of their own. A shot that goes on may differ by twice as much. */
function apartRows(rows, used, wanted) {
  if (used === null || wanted >= used) return new Set();
  const most = { duplicate: wanted, resumed: 2 * wanted };
  return indices(rows.filter((row) => row.distance > most[row.reason]));
}

/** In how many bits two hashes of 16 hex digits differ. */
export const bits = (one, other) => apart(halvesOf(one), halvesOf(other));

/** A hash as two numbers of 32 bits: each of thousands is compared with all that stay. */
const halvesOf = (hash) => [parseInt(hash.slice(0, 8), 16), parseInt(hash.slice(8), 16)];

const apart = ([high, low], [otherHigh, otherLow]) => ones(high ^ otherHigh) + ones(low ^ otherLow);

/** How many of 32 bits are set: summed in pairs, then in fours, then in bytes. */
function ones(bits) {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
