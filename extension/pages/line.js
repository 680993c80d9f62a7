// An entry of the log, as people are shown it.

/** @typedef {import("../messages").LogLine} LogLine */

/**
 * What an entry comes to in a line.
 * @param {string} entry its canonical text
 * @returns {LogLine}
 */
export function lineOf(entry) {
  const { index, at, kind, adapter = "", decisions, why = null, cards = [] } = JSON.parse(entry);
  // What happened beside the pages decides nothing.
  if (!decisions) return { index, at, kind, site: "", counts: null, why, cards: cards.length };
  /** @type {{ present: boolean, taken: boolean }[]} */
  const present = decisions.filter((/** @type {{ present: boolean }} */ one) => one.present);
  const allowed = present.filter(({ taken }) => taken).length;
  return { index, at, kind, site: adapter.split("@")[0], counts: { allowed, denied: present.length - allowed }, why, cards: cards.length };
}
