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

/**
 * Ours, with the texts in a field. In a name nothing but contact details is looked for; in a text about somebody's work everything is.
 * @param {'familyName' | 'hasOccupation'} field @param {string} name
 * @returns {Promise<Engine>}
 */
async function ours(field, name) {
  const wasm = readFileSync(new URL('../../extension/guard/wasm/scruple_bg.wasm', import.meta.url));
  const policy = {
    version: 1,
    controller: { name: 'Example SARL', contact: 'privacy@example.org' },
    purpose: 'dpv:DirectMarketing',
    basis: { kind: 'eu-gdpr:A6-1-f', assessment: 'LIA-1' },
    permit: [{ id: 'texts', says: 'A rule.', fields: ['name', field], audiences: ['public_web'], evidence: ['signed_out_view'], assessment: 'LIA-1' }],
    retention: { days: 365 },
  };
  const adapter = {
    id: 'texts', version: '1.0.0', rests_on: 'Made for this bench.', hosts: ['texts.example'], profile_paths: ['/*'],
    layouts: [{ id: 'only', view: 'signed_out', owner: { css: '.owner' }, fields: { name: [{ css: '.name' }], [field]: [{ css: '.text' }] } }],
    audience: [{ groups: ['professional', 'career'], kind: 'signed_out_view', bound: 'public_web' }],
  };
  const guard = await createGuard({ policy: JSON.stringify(policy), adapters: [adapter], wasm });
  const plan = guard.plan('https://texts.example/lea');
  if (plan.kind !== 'planned') throw new Error('the page of the bench cannot be planned for');
  const node = (/** @type {number} */ h) => ({ h, shown: 'rendered', yes: [], print: h.toString(16).padStart(16, '0') });
  // There is one family name: its text is all of them, one a line.
  const places = field === 'familyName' ? 1 : PER_PAGE;
  const judged = await guard.inspect(plan, async (message) => {
    const { nonce, queries } = JSON.parse(message);
    const answers = queries.map((/** @type {{ id: number, css: string }} */ { id, css }) => {
      if (css.includes('.text')) return { id, count: places, nodes: Array.from({ length: places }, (_, nth) => node(nth + 2)) };
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
  const pass = async (/** @type {{ text: string }[]} */ texts) => {
    read = 0;
    for (let from = 0; from < texts.length; from += PER_PAGE) {
      const some = texts.slice(from, from + PER_PAGE).map(({ text }) => text);
      await capture(places === 1 ? [some.join('\n')] : some);
    }
    if (read * PER_PAGE < texts.length * places) throw new Error(`only ${read} of ${texts.length} texts were read`);
  };
  // Nothing comes back without a store, so whether texts are screened at all is told by the time that longer ones take.
  const took = async (/** @type {string} */ text) => {
    const begun = process.cpuUsage();
    await pass(Array.from({ length: 10 * PER_PAGE }, () => ({ text })));
    return process.cpuUsage(begun).user;
  };
  await took('a');
  const [short, long] = [await took('a'), await took('I have been a baker in this town, and I like it. '.repeat(6))];
  if (long < 2 * short) throw new Error(`the guard does not screen: ${short} us for letters, ${long} us for long texts`);
  return { name, version: '', unit: 'bytes', kinds: [], find: null, normal: null, pass };
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
  const kinds = new Map([
    ['EMAIL_ADDRESS', 'email'], ['PHONE_NUMBER', 'telephone'], ['CREDIT_CARD_NUMBER', 'payment_card'], ['US_SOCIAL_SECURITY_NUMBER', 'national_id'],
    ['STREET_ADDRESS', 'postal_address'], ['URL', 'personal_link'],
  ]);
  const off = { enabled: false };
  const redactor = new SyncRedactor({ builtInRedactors: { names: off, ipAddress: off, zipcode: off, username: off, password: off, credentials: off, digits: off } });
  const mark = new RegExp([...kinds.keys()].join('|'), 'g');
  const escaped = (/** @type {string} */ text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  // It gives back a text, not where it changed it: what was there is told from what stands around.
  /** @returns {Hit[]} */
  const find = (/** @type {Text} */ { text }) => {
    const redacted = redactor.redact(text);
    const found = redacted.match(mark) ?? [];
    const indices = new RegExp(`^${redacted.split(mark).map(escaped).join('([\\s\\S]+?)')}$`, 'd').exec(text)?.indices;
    if (!indices) {
      console.error(`redact-pii: what was changed cannot be told, so nothing counts: ${redacted}`);
      return [];
    }
    /** @type {Hit[]} */
    const hits = found.map((/** @type {string} */ name, /** @type {number} */ nth) => [kinds.get(name) ?? '', indices[nth + 1][0], indices[nth + 1][1]]);
    // A text may hold such a word itself.
    return hits.filter(([, start, end], nth) => text.slice(start, end) !== found[nth]);
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

/** @param {'familyName' | 'hasOccupation'} field @param {string} name */
const shipped = (field, name) => ours(field, name).catch((error) => {
  console.error(`skipped: ${name}: ${error.message}`);
  return null;
});
// One after the other: each is timed to see whether it screens.
const own = [await shipped('familyName', 'ours as it ships, contact details'), await shipped('hasOccupation', 'ours as it ships, everything')];
const engines = (await Promise.all([...own, libphonenumber(), redactPii(), arcjet()])).filter((engine) => engine !== null);
/** @type {Map<Engine, number[]>} */
const seconds = new Map(engines.map((engine) => [engine, []]));
for (const { pass } of engines) await pass(timed);
for (let i = 0; i < Number(passes); i += 1) {
  for (const engine of engines) {
    // Seconds on a processor: what else the machine does is not to count.
    const begun = process.cpuUsage();
    await engine.pass(timed);
    const { user, system } = process.cpuUsage(begun);
    seconds.get(engine)?.push((user + system) / 1e6);
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
