// Elements are built, never parsed: whatever a page says can only ever become text.

const SVG = "http://www.w3.org/2000/svg";

/** Outlines on a grid of 24, drawn with a stroke. */
const ICONS = {
  check: ["M5 12.5 10 17.5 19 7.5"],
  lock: ["M6.5 11h11v8.5h-11z", "M8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5"],
  link: ["M10 13.5a4 4 0 0 0 5.7.3l3-3a4 4 0 0 0-5.7-5.7l-1 1", "M14 10.5a4 4 0 0 0-5.7-.3l-3 3a4 4 0 0 0 5.7 5.7l1-1"],
  info: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z", "M12 11v5.5", "M12 7.6v.1"],
  warning: ["M12 4 21 19.5H3Z", "M12 10v4.5", "M12 17v.1"],
  eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z", "M12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6"],
  flag: ["M6 21V4", "M6 5h11l-2 4 2 4H6"],
  file: ["M6.5 3.5H14l4 4v13H6.5z", "M13.5 3.5V8H18", "M9.5 13h5.5", "M9.5 16.5h5.5"],
  save: ["M12 4v11", "M7.5 11 12 15.5l4.5-4.5", "M5 19.5h14"],
  gear: ["M4 7.5h9", "M17 7.5h3", "M4 16.5h3", "M11 16.5h9", "M15 9.7a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z", "M9 18.7a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z"],
  cut: ["M8.2 8.2 19.5 18.5", "M8.2 15.8 19.5 5.5", "M6.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z", "M6.5 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z"],
  again: ["M19.5 12a7.5 7.5 0 1 1-2.3-5.4", "M19.5 4v4.5H15"],
};

/** @typedef {keyof typeof ICONS} Icon */
/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Builds an element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean | null | undefined>} [attributes] `true` sets an empty attribute; `false` and nothing set none
 * @param {...Child} children strings become text
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  for (const child of children) {
    if (child) element.append(child);
  }
  return element;
}

/**
 * A drawing that says nothing to screen readers: a text always stands beside it.
 * @param {Icon} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/**
 * The element with this id, which the page is known to hold.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * Gives the person a file.
 * @param {string} text
 * @param {string} name
 * @param {string} type
 */
export function saveFile(text, name, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
