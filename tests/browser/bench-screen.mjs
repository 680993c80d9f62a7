/**
 * What others in Node find in texts, and how fast, beside the guard as it ships: bench-screen.mjs TEXTS NUMBERS PASSES
 *
 * `cargo xtask bench screen` runs it and counts. TEXTS holds a JSON document a line, {"text", "country", "timed"}, and NUMBERS one for each phone
 * number, {"home", "outside", "country"}. Printed is one JSON document a line for each engine: what it found in every text, as [kind, start, end] with
 * the unit of these offsets, and how many seconds each of PASSES took over the timed texts. Engines take turns.
 *
 * The guard has no door for texts alone: what ships is asked for whole captures, each of a page with sixty texts, as often as it takes. So its time
 * includes judging, and writing card and entry, up to the store, which Node has not.
 *
 * The peers are installed by that command into the folder that SCRUPLE_PEERS names. What is not there is left out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createGuard } from '../../extension/guard/index.js';

/** @typedef {{ text: string, country: string, timed: boolean }} Text */
/** @typedef {{ home: string, outside: string, country: string, right: string }} Phone */
/** @typedef {[kind: string, start: number, end: number]} Hit */
/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {string} version
 * @property {'utf16' | 'bytes'} unit of the offsets
 * @property {string[]} kinds what it looks for
 * @property {((text: Text) => Hit[]) | null} find
 * @property {(texts: Text[]) => void | Promise<void>} pass what is timed
 * @property {((written: string, country: string) => string | undefined) | null} normal
 */

const PEERS = process.env.SCRUPLE_PEERS;
const PER_PAGE = 60;

/** @param {string} path @returns {any[]} */
const linesOf = (path) => readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));

/** A module of a peer, or nothing where it was not installed. @param {string} path @returns {Promise<any>} */
async function peer(path) {
  if (!PEERS) return null;
  try {
    return await import(pathToFileURL(join(PEERS, 'node_modules', path)).href);
  } catch (error) {
    console.error(`skipped: ${path}: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    return null;
  }
}

/** @param {string} name */
const versionOf = (name) => JSON.parse(readFileSync(join(PEERS ?? '', 'node_modules', name, 'package.json'), 'utf8')).version;

/** @returns {Promise<Engine>} */
async function ours() {
  const wasm = readFileSync(new URL('../../extension/guard/wasm/scruple_bg.wasm', import.meta.url));
  const policy = {
    version: 1,
    controller: { name: 'Example SARL', contact: 'privacy@example.org' },
    purpose: 'dpv:DirectMarketing',
    basis: { kind: 'eu-gdpr:A6-1-f', assessment: 'LIA-1' },
    permit: [{ id: 'skills', says: 'A rule.', fields: ['name', 'knowsAbout'], audiences: ['public_web'], evidence: ['signed_out_view'], assessment: 'LIA-1' }],
    retention: { days: 365 },
  };
  const adapter = {
    id: 'texts', version: '1.0.0', rests_on: 'Made for this bench.', hosts: ['texts.example'], profile_paths: ['/*'],
    layouts: [{ id: 'only', view: 'signed_out', owner: { css: '.owner' }, fields: { name: [{ css: '.name' }], knowsAbout: [{ css: '.text' }] } }],
    audience: [{ groups: ['professional', 'career'], kind: 'signed_out_view', bound: 'public_web' }],
  };
  const guard = await createGuard({ policy: JSON.stringify(policy), adapters: [adapter], wasm });
  const plan = guard.plan('https://texts.example/lea');
  if (plan.kind !== 'planned') throw new Error('the page of the bench cannot be planned for');
  const node = (/** @type {number} */ h) => ({ h, shown: 'rendered', yes: [], print: h.toString(16).padStart(16, '0') });
  const judged = await guard.inspect(plan, async (message) => {
    const { nonce, queries } = JSON.parse(message);
    const answers = queries.map((/** @type {{ id: number, css: string }} */ { id, css }) => {
      if (css.includes('.text')) return { id, count: PER_PAGE, nodes: Array.from({ length: PER_PAGE }, (_, nth) => node(nth + 2)) };
      if (css.includes('.name')) return { id, count: 1, nodes: [node(1)] };
      return css === '.owner' ? { id, count: 1, nodes: [node(0)] } : { id };
    });
    return JSON.stringify({ v: 1, nonce, pin: '00000000000000aa', elements: 10, answers });
  });
  if (judged.kind !== 'judged') throw new Error(`nothing may be taken from the page of the bench: ${JSON.stringify(judged)}`);
  let read = 0;
  const capture = (/** @type {string[]} */ texts) => guard.capture(judged.inspection, async (message) => {
    const asked = JSON.parse(message);
    const values = asked.read.map((/** @type {{ h: number }} */ { h }) => ({ h, text: h === 1 ? 'Lea Morel' : texts[h - 2] ?? 'a' }));
    read += values.length - 1;
    return JSON.stringify({ v: 1, nonce: asked.nonce, values });
  });
  /** @type {Engine} */
  const engine = {
    name: 'ours, as it ships', version: '', unit: 'bytes', kinds: [], find: null, normal: null,
    async pass(texts) {
      read = 0;
      for (let from = 0; from < texts.length; from += PER_PAGE) await capture(texts.slice(from, from + PER_PAGE).map(({ text }) => text));
      if (read < texts.length) throw new Error(`only ${read} of ${texts.length} texts were read`);
    },
  };
  return engine;
}

/** @returns {Promise<Engine | null>} */
async function libphonenumber() {
  const module = await peer('libphonenumber-js/min/index.js');
  if (!module) return null;
  const { findNumbers, parsePhoneNumberFromString } = module;
  /** @returns {Hit[]} */
  const find = (/** @type {Text} */ { text, country }) =>
    findNumbers(text, { defaultCountry: country, v2: true }).map((/** @type {any} */ { startsAt, endsAt }) => ['telephone', startsAt, endsAt]);
  return {
    name: 'libphonenumber-js', version: versionOf('libphonenumber-js'), unit: 'utf16', kinds: ['telephone'], find,
    pass: (texts) => { for (const text of texts) find(text); },
    normal: (written, country) => parsePhoneNumberFromString(written, country)?.number,
  };
}

/** @returns {Promise<Engine | null>} */
async function redactPii() {
  const module = await peer('redact-pii/lib/index.js');
  if (!module) return null;
  const SyncRedactor = module.SyncRedactor ?? module.default.SyncRedactor;
  // It gives back a text, not where it changed it: each kind leaves a letter that no text holds, and what was there is told from what stands around.
  const marks = /** @type {const} */ ({ emailAddress: ['\ue001', 'email'], phoneNumber: ['\ue002', 'telephone'], creditCardNumber: ['\ue003', 'payment_card'], usSocialSecurityNumber: ['\ue004', 'national_id'], streetAddress: ['\ue005', 'postal_address'], url: ['\ue006', 'personal_link'] });
  const off = { enabled: false };
  const redactor = new SyncRedactor({
    builtInRedactors: {
      ...Object.fromEntries(Object.entries(marks).map(([name, [replaceWith]]) => [name, { replaceWith }])),
      names: off, ipAddress: off, zipcode: off, username: off, password: off, credentials: off, digits: off,
    },
  });
  const kinds = new Map(Object.values(marks).map(([mark, kind]) => [/** @type {string} */ (mark), /** @type {string} */ (kind)]));
  const escaped = (/** @type {string} */ text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  /** @returns {Hit[]} */
  const find = (/** @type {Text} */ { text }) => {
    const redacted = redactor.redact(text);
    const found = [...redacted].filter((letter) => kinds.has(letter));
    if (found.length === 0) return [];
    const parts = redacted.split(/[\ue001-\ue006]/);
    const match = new RegExp(`^${parts.map(escaped).join('([\\s\\S]+?)')}$`, 'd').exec(text);
    const indices = match?.indices;
    return indices ? found.map((mark, nth) => [kinds.get(mark) ?? '', indices[nth + 1][0], indices[nth + 1][1]]) : [];
  };
  return {
    name: 'redact-pii', version: versionOf('redact-pii'), unit: 'utf16', kinds: [...kinds.values()], find, normal: null,
    pass: (texts) => { for (const { text } of texts) redactor.redact(text); },
  };
}

/** @returns {Promise<Engine | null>} */
async function arcjet() {
  const module = await peer('@arcjet/redact-wasm/dist/index.js');
  if (!module) return null;
  const engine = await module.initializeWasm(() => [], () => undefined);
  const kinds = new Map([['email', 'email'], ['phone-number', 'telephone'], ['credit-card-number', 'payment_card']]);
  const run = (/** @type {string} */ text) => engine.redact(text, { skipCustomDetect: true, skipCustomRedact: true });
  /** @returns {Hit[]} */
  const find = (/** @type {Text} */ { text }) => run(text)
    .map((/** @type {any} */ { identifiedType, start, end }) => [kinds.get(identifiedType.tag) ?? '', start, end])
    .filter((/** @type {Hit} */ [kind]) => kind !== '');
  // Its offsets are bytes of UTF-8, which its own wrapper takes for UTF-16: they are counted as what they are.
  return {
    name: 'arcjet redact-wasm', version: versionOf('@arcjet/redact-wasm'), unit: 'bytes', kinds: [...kinds.values()], find, normal: null,
    pass: (texts) => { for (const { text } of texts) run(text); },
  };
}

const [textsAt, numbersAt, passes] = process.argv.slice(2);
/** @type {Text[]} */
const texts = linesOf(textsAt);
/** @type {Phone[]} */
const numbers = linesOf(numbersAt);
const timed = texts.filter((text) => text.timed);

const engines = (await Promise.all([ours(), libphonenumber(), redactPii(), arcjet()])).filter((engine) => engine !== null);
/** @type {Map<Engine, number[]>} */
const seconds = new Map(engines.map((engine) => [engine, []]));
for (const { pass } of engines) await pass(timed);
for (let i = 0; i < Number(passes); i += 1) {
  for (const engine of engines) {
    const begun = process.hrtime.bigint();
    await engine.pass(timed);
    seconds.get(engine)?.push(Number(process.hrtime.bigint() - begun) / 1e9);
  }
}
for (const engine of engines) {
  const { name, version, unit, kinds, find, normal } = engine;
  console.log(JSON.stringify({
    name, version, unit, kinds,
    hits: find ? texts.map(find) : null,
    seconds: seconds.get(engine),
    numbers: normal ? numbers.map(({ home, outside, country }) => [normal(home, country) ?? null, normal(outside, 'US') ?? null]) : null,
  }));
}
