/**
 * What the log costs in wasm and in a browser: bench-ledger.mjs --json
 *
 * In Node: the tree over 100,000 entries in our wasm, beside merkletreejs over the same bytes, with the SHA-256 of Node (OpenSSL) and with that of
 * crypto-js, which is what it has in a browser. Both add all entries and tell the root, and both do so again and compare, which is how a log is checked.
 * Then one entry is added to those and the root told, which merkletreejs does by making the tree anew. `SCRUPLE_PEERS` names the folder of
 * merkletreejs, `SCRUPLE_TREE` the module of ours; where one is missing that part is left out.
 *
 * In Chromium: what it costs to keep a capture in one transaction, from the call that begins it to the moment it is on the disk; and from the moment the card
 * is sealed, which is when entry and card begin to be made and hashed. Beside it a bare `put` of the same bytes, with the same durability, into a database that is open as well; and in plain JavaScript
 * a transaction that only writes as many records, of the same bytes each: less than that no store can take. They take turns, so that what the machine does
 * meanwhile falls on all; every figure is the mean of the middle half of 200 turns, as the clock of a page counts in tenths of a millisecond.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DEFAULT_POLICY, launch } from './harness.mjs';

/** @typedef {{ what: string, unit: string, ours: number, peer: string | null, theirs: number | null, ratio: number | null }} Row */

const ENTRIES = 100_000, MORE = 5, TURNS = 200;

/** The mean of the middle half. @param {number[]} values */
function middle(values) {
  const quarter = values.length >> 2, half = values.toSorted((a, b) => a - b).slice(quarter, values.length - quarter);
  return half.reduce((sum, value) => sum + value, 0) / half.length;
}
/** @param {number} value */
const rounded = (value) => Math.round(value * 100) / 100;

/** @param {string} what @param {string} unit @param {number} ours @param {string | null} [peer] @param {number | null} [theirs] @returns {Row} */
const row = (what, unit, ours, peer = null, theirs = null) =>
  ({ what, unit, ours: rounded(ours), peer, theirs: theirs === null ? null : rounded(theirs), ratio: theirs === null ? null : rounded(theirs / ours) });

/** How long something takes, in milliseconds. @template T @param {() => T} work @returns {[number, T]} */
function timed(work) {
  const begun = process.hrtime.bigint(), result = work();
  return [Number(process.hrtime.bigint() - begun) / 1e6, result];
}

/** The wasm beside merkletreejs. @returns {Row[]} */
function inNode() {
  const { SCRUPLE_PEERS, SCRUPLE_TREE } = process.env;
  if (!SCRUPLE_PEERS || !SCRUPLE_TREE) {
    console.error('skipped: merkletreejs (SCRUPLE_PEERS and SCRUPLE_TREE name it and our module)');
    return [];
  }
  const peers = createRequire(join(SCRUPLE_PEERS, 'package.json')), { Log } = createRequire(import.meta.url)(SCRUPLE_TREE);
  const { MerkleTree } = peers('merkletreejs'), crypto = peers('crypto-js/sha256');
  /** @param {number} index */
  const entry = (index) => Buffer.from(JSON.stringify({ adapter: 'sample@1.2.0', at: '2026-01-01T00:00:00Z', filler: 'x'.repeat(500), index, kind: 'refused' }));
  const entries = Array.from({ length: ENTRIES }, (_, index) => entry(index)), more = Array.from({ length: MORE }, (_, index) => entry(ENTRIES + index));

  /** @param {Buffer[]} entries */
  const ours = (entries) => {
    const log = new Log();
    for (const entry of entries) log.add(entry);
    return log;
  };
  const [add, log] = timed(() => { const log = ours(entries); log.root(); return log; });
  const root = log.root();
  const [verify, same] = timed(() => ours(entries).root() === root);
  const [one] = timed(() => { for (const entry of more) { log.add(entry); log.root(); } });
  const [raw] = timed(() => { for (const entry of entries) createHash('sha256').update(entry).digest(); });
  if (!same) throw new Error('the tree has another root the second time');
  const rows = [row(`wasm: add ${ENTRIES / 1000}k entries`, 'ms', add, 'SHA-256 of Node, entry by entry', raw)];
  /** @type {[string, (data: Buffer) => Buffer][]} */
  const hashes = [
    ['merkletreejs, SHA-256 of Node', (data) => createHash('sha256').update(data).digest()],
    ['merkletreejs, crypto-js', (data) => Buffer.from(crypto(peers('crypto-js').lib.WordArray.create(data)).toString(), 'hex')],
  ];
  for (const [name, hash] of hashes) {
    const made = (/** @type {Buffer[]} */ entries) => new MerkleTree(entries, hash, { hashLeaves: true });
    const [theirAdd, tree] = timed(() => { const tree = made(entries); tree.getRoot(); return tree; });
    const root = tree.getHexRoot(), [theirVerify, same] = timed(() => made(entries).getHexRoot() === root);
    if (!same) throw new Error('merkletreejs has another root the second time');
    const [theirOne] = timed(() => { for (const entry of more) { tree.addLeaf(entry, true); tree.getRoot(); } });
    rows.push(row(`wasm: add ${ENTRIES / 1000}k entries`, 'ms', add, name, theirAdd), row(`wasm: check ${ENTRIES / 1000}k entries`, 'ms', verify, name, theirVerify),
      row(`wasm: add one to ${ENTRIES / 1000}k`, 'ms', one / MORE, name, theirOne / MORE));
  }
  return rows;
}

/** A site of the bench, so that what is measured does not change with the sites of the product. */
const ADAPTER = JSON.stringify({
  id: 'example', version: '1.0.0', rests_on: 'A page that is played by the bench.', hosts: ['network.example'], profile_paths: ['/in/*'],
  layouts: [{ id: 'profile', view: 'signed_out', anchors: ['h1.name'], owner: { css: 'main.person' }, fields: { name: [{ css: '.name' }] } }],
  audience: [{ fields: ['name'], when: ['signed_out'], kind: 'signed_out_view', bound: 'public_web' }],
});

/**
 * Runs in a page of the extension, where the store is the real one.
 * @param {{ policy: string, adapter: string, turns: number, glue: string, words: string }} told
 */
async function inPage({ policy, adapter, turns, glue, words }) {
  const { default: init, Engine } = await import(glue);
  await init();
  const engine = new Engine(policy, undefined, undefined, [adapter], (await (await fetch(words)).text()).trimEnd().split('\n'));
  const print = '00112233445566aa';
  /** What a page with a name on it answers. @param {string} message */
  const ask = async (message) => {
    const { nonce, queries, read } = JSON.parse(message);
    if (!queries) return JSON.stringify({ v: 1, nonce, values: read.map((/** @type {{ h: number }} */ { h }) => ({ h, text: 'Isaure Delmotte' })) });
    const answers = queries.map((/** @type {{ id: number, css?: string, presence?: boolean }} */ { id, css = '', presence }) => {
      if (presence) return { id, count: css === 'h1.name' ? 1 : 0 };
      return ['main.person', '.name'].includes(css) ? { id, count: 1, nodes: [{ h: id, shown: 'rendered', yes: [], print }] } : { id, count: 0 };
    });
    return JSON.stringify({ v: 1, nonce, pin: print, elements: 9, answers });
  };
  let serial = 0, sealed = 0, begun = 0, ended = 0;
  /** Stands for what names a page in the store: nothing is kept of anybody yet. @param {string} url */
  const look = async (url) => url.replace(/\D/g, '').padStart(64, '0');
  /** Stands for the safe, whose cost is another. @param {string} text */
  const seal = async (text) => {
    sealed = performance.now();
    return `key.${serial} ${'A'.repeat(16)} ${btoa(encodeURIComponent(text))}`;
  };
  const redraw = () => Promise.reject(new Error('there is no picture'));

  const transaction = IDBDatabase.prototype.transaction;
  let asked = 0;
  IDBDatabase.prototype.transaction = function (/** @type {[names: string | Iterable<string>, mode?: IDBTransactionMode, options?: IDBTransactionOptions]} */ ...args) {
    begun = performance.now();
    const made = transaction.apply(this, args);
    if (args[1] === 'readwrite') {
      asked += 1;
      if (args[2]?.durability !== 'strict') throw new Error('it may be lost');
      made.addEventListener('complete', () => { ended = performance.now(); });
    }
    return made;
  };
  /** What is written: in which part, and as what. @type {{ part: string, value: unknown }[]} */ let stored = [];
  for (const name of /** @type {const} */ (['put', 'add'])) {
    const real = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function (/** @type {unknown} */ value, /** @type {IDBValidKey | undefined} */ key) {
      if (this.transaction.db.name === 'scruple') stored.push({ part: this.name, value });
      return key === undefined ? real.call(this, value) : real.call(this, value, key);
    };
  }
  const all = { ours: /** @type {number[]} */ ([]), whole: /** @type {number[]} */ ([]), bare: /** @type {number[]} */ ([]), floor: /** @type {number[]} */ ([]), idle: /** @type {number[]} */ ([]) };
  const PARTS = ['cards', 'parts', 'keys', 'entries', 'settings', 'meta'];
  const peer = await /** @type {Promise<IDBDatabase>} */ (new Promise((resolve, reject) => {
    const request = indexedDB.open('bench', 1);
    request.onupgradeneeded = () => { for (const part of ['all', ...PARTS]) request.result.createObjectStore(part); };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }));
  /** How long it takes to put texts into parts of a database, to the moment they are on the disk. @param {{ part: string, text: string }[]} texts @param {number} key */
  const put = (texts, key, isOver = false) => new Promise((resolve, reject) => {
    const begun = performance.now(), made = transaction.call(peer, texts.length === 1 ? ['all'] : PARTS, 'readwrite', { durability: 'strict' });
    for (const { part, text } of texts) made.objectStore(part).put(text, key);
    if (isOver) made.commit();
    made.oncomplete = () => resolve(performance.now() - begun);
    made.onabort = () => reject(made.error);
  });
  let bytes = 0, records = 0;
  for (let turn = -20; turn < turns; turn += 1) {
    serial += 1;
    const url = `https://network.example/in/person-${serial}/`;
    const { inspection } = JSON.parse(await engine.inspect(JSON.stringify(JSON.parse(engine.plan(url)).planned), ask, look));
    [stored, asked] = [[], 0];
    const { kind } = JSON.parse(await engine.capture(inspection, ask, look, redraw, seal));
    if (kind !== 'captured' || asked < 1) throw new Error(`the capture came to "${kind}" in ${asked} transactions`);
    const texts = stored.map(({ part, value }) => ({ part, text: typeof value === 'string' ? value : JSON.stringify(value) }));
    const ours = ended - begun, whole = ended - sealed, text = texts.map(({ text }) => text).join('');
    [bytes, records] = [text.length, texts.length];
    const bare = await put([{ part: 'all', text }], 2 * serial), floor = await put(texts, 2 * serial, true), idle = await put([{ part: 'all', text: 'x' }], 2 * serial + 1);
    if (turn < 0) continue;
    all.ours.push(ours); all.whole.push(whole); all.bare.push(bare); all.floor.push(floor); all.idle.push(idle);
  }
  return { ...all, bytes, records };
}

/** @returns {Promise<Row[]>} */
async function inBrowser() {
  const session = await launch();
  try {
    const page = await session.desk();
    const told = { policy: readFileSync(DEFAULT_POLICY, 'utf8'), adapter: ADAPTER, turns: TURNS, glue: session.url('guard/wasm/scruple.js'), words: session.url('guard/screen.jsonl') };
    const { ours, whole, bare, floor, idle, bytes, records } = await page.evaluate(inPage, told);
    return [
      row(`browser: a capture kept, ${bytes} B`, 'ms', middle(ours), 'a bare put of the same bytes', middle(bare)),
      row('browser: the same, with what is hashed for it', 'ms', middle(whole), 'a bare put of the same bytes', middle(bare)),
      row('browser: the same', 'ms', middle(ours), `the same ${records} records, written in plain JavaScript`, middle(floor)),
      row('browser: a bare put of one letter', 'ms', middle(idle)),
    ];
  } finally {
    await session.close();
  }
}

const rows = [...inNode(), ...await inBrowser()];
if (process.argv.includes('--json')) console.log(JSON.stringify({ bench: 'ledger', rows }));
else console.table(rows);
