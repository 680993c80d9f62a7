// The page of the log: its entries, and the ways in which it leaves this browser by hand. It has a guard of its own, so that a log of years goes from the store to
// the file without passing through the worker.

import { createGuard, qrCode } from "../guard/index.js";
import { byId, el, icon, saveFile } from "./dom.js";
import { entryItems } from "./entries.js";
import { counted, language, localise, t } from "./i18n.js";
import { lineOf } from "./line.js";
import { newFile } from "./saving.js";

/** How many entries are shown at first, and how many more each time. */
const PAGE = 50;

/** The light modules that belong around a QR code (ISO/IEC 18004, 5.3.8), and how many pixels of the screen a module takes: a camera has to tell them apart. */
const QUIET = 4, SCALE = 4;

const SVG = "http://www.w3.org/2000/svg";

const page = {
  save: byId("save", HTMLButtonElement),
  progress: byId("progress", HTMLProgressElement),
  saved: byId("saved", HTMLParagraphElement),
  sign: byId("sign", HTMLButtonElement),
  signed: byId("signed", HTMLParagraphElement),
  checkpoint: byId("checkpoint", HTMLDivElement),
  code: byId("code", HTMLDivElement),
  text: byId("text", HTMLPreElement),
  saveCheckpoint: byId("save-checkpoint", HTMLButtonElement),
  checkpointSaved: byId("checkpoint-saved", HTMLParagraphElement),
  entries: byId("entries", HTMLUListElement),
  shown: byId("shown", HTMLParagraphElement),
  older: byId("older", HTMLButtonElement),
};

const number = new Intl.NumberFormat(language);

/** How many entries there are, as far as they were looked at, and the lowest index that is shown. */
const shown = { size: 0, from: 0 };

localise();
page.save.append(icon("save"), t("log_export"));
page.sign.append(icon("file"), t("log_checkpoint_show"));
page.saveCheckpoint.append(icon("save"), t("log_checkpoint_save"));
page.older.append(t("log_older"));

page.save.addEventListener("click", () => void whileBusy(page.save, save));
page.sign.addEventListener("click", () => void whileBusy(page.sign, sign));
page.older.addEventListener("click", () => void whileBusy(page.older, older));
page.saveCheckpoint.addEventListener("click", () => {
  const name = nameOf("checkpoint");
  saveFile(page.text.textContent, name, "text/plain");
  page.checkpointSaved.textContent = t("log_checkpoint_saved", name);
});

/** The log of this browser: of the whole guard, nothing else is needed here. */
const log = createGuard().then((guard) => guard.log);
// Told by whoever asks the log for something.
log.catch(() => {});
void newest();

/**
 * Does something while a button is pressed. The button keeps the focus, so it is not disabled but only says that it is.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} work
 */
async function whileBusy(button, work) {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    await work();
  } finally {
    button.ariaDisabled = null;
  }
}

/** What a file of today is called. @param {string} ending */
const nameOf = (ending) => `log-${new Date().toISOString().slice(0, 10)}.${ending}`;

/** Shows the newest entries, and no others. */
async function newest() {
  await show(async () => {
    const lines = await (await log).newest(PAGE);
    page.entries.replaceChildren();
    return lines;
  });
}

/** Shows some more, and goes on from the first of them. */
async function older() {
  const last = page.entries.lastElementChild;
  await show(async () => (await log).newest(PAGE, { before: shown.from }));
  const first = last?.nextElementSibling;
  if (!page.older.hidden || !(first instanceof HTMLElement)) return;
  // The button that had the focus is gone.
  first.tabIndex = -1;
  first.focus();
}

/** @param {() => Promise<string[]>} ask */
async function show(ask) {
  try {
    const lines = (await ask()).map(lineOf);
    if (page.entries.childElementCount === 0) shown.size = lines.length === 0 ? 0 : lines[0].index + 1;
    shown.from = lines.at(-1)?.index ?? 0;
    page.entries.append(...entryItems(lines));
    page.older.hidden = shown.from === 0;
    page.shown.textContent = shown.size === 0 ? t("log_empty") : t("log_shown", number.format(shown.size - shown.from), number.format(shown.size));
  } catch {
    page.shown.textContent = t("log_unreadable");
  }
}

/** Writes the log into a file, part by part. */
async function save() {
  page.saved.textContent = "";
  /** @type {import("./saving.js").Saving | null} */
  let saving = null;
  try {
    const file = await newFile(nameOf("scruplelog"), "application/jsonl");
    if (file === null) return;
    saving = file.saving;
    const { size, parts } = await (await log).export();
    page.progress.value = 0;
    page.progress.max = size;
    page.progress.hidden = false;
    for await (const part of parts) {
      await saving.write(part);
      // A line is an entry, or what stands between and behind them, which is little.
      page.progress.value += part.split("\n").length - 1;
    }
    await saving.close();
    page.saved.textContent = t("log_saved", file.name);
  } catch {
    await saving?.abort().catch(() => {});
    page.saved.textContent = t("log_not_saved");
  } finally {
    page.progress.hidden = true;
  }
  await afterSigning();
}

/** Shows a checkpoint of the log as it stands. */
async function sign() {
  page.signed.textContent = "";
  page.checkpointSaved.textContent = "";
  try {
    const { size, checkpoint } = await (await log).checkpoint();
    page.code.replaceChildren(picture(await qrCode(checkpoint)));
    page.text.textContent = checkpoint;
    page.checkpoint.hidden = false;
    page.signed.textContent = counted("log_checkpoint_shown", size);
  } catch {
    page.checkpoint.hidden = true;
    page.signed.textContent = t("log_not_signed");
  }
  await afterSigning();
}

/** The first signature, and the first with another key, are entries themselves. */
async function afterSigning() {
  const [line] = await log.then((log) => log.newest(1)).catch(() => []);
  if (line !== undefined && lineOf(line).index >= shown.size) await newest();
}

/**
 * A QR code as a picture, dark on light in every theme: many a camera reads no other.
 * @param {{ side: number, path: string }} code
 */
function picture({ side, path }) {
  const whole = side + 2 * QUIET;
  const svg = svgOf("svg", {
    viewBox: `${-QUIET} ${-QUIET} ${whole} ${whole}`, width: whole * SCALE, height: whole * SCALE, class: "qr", role: "img", "shape-rendering": "crispEdges",
    "aria-label": t("log_checkpoint_code"),
  });
  svg.append(svgOf("rect", { x: -QUIET, y: -QUIET, width: whole, height: whole, fill: "#fff" }), svgOf("path", { d: path, fill: "#000" }));
  return el("figure", {}, svg, el("figcaption", { class: "soft" }, t("log_checkpoint_photograph")));
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
function svgOf(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
