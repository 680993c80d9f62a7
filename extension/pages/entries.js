// Entries of the log in words: the same in the panel and on the page of the log.

import { el } from "./dom.js";
import { counted, find, moment, t } from "./i18n.js";

/**
 * Entries as the items of a list.
 * @param {import("../messages").LogLine[]} lines
 * @returns {HTMLLIElement[]}
 */
export function entryItems(lines) {
  return lines.map(({ index, at, kind, site, counts, why, cards }) => {
    const more = [
      counts && counts.allowed + counts.denied > 0 && t("entry_counts", String(counts.allowed), String(counts.denied)),
      cards > 0 && counted("log_cards", cards),
      why && find(`log_why_${why}`),
    ];
    return el("li", {},
      el("span", { class: "index" }, `#${index}`),
      el("span", {}, el("strong", {}, (why && find(`log_${kind}_${why}`)) ?? find(`entry_${kind}`) ?? kind), " ", el("bdi", {}, site)),
      el("span", { class: "soft" }, el("time", { datetime: at }, moment(at)), ...more.map((text) => text && ` · ${text}`)));
  });
}
