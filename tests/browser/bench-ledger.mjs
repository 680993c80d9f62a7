/**
 * What the log costs in wasm and in a browser: bench-ledger.mjs --json
 *
 * In Node: the tree over 100,000 entries in our wasm, beside merkletreejs over the same bytes, with the SHA-256 of Node (OpenSSL) and with that of
 * crypto-js, which is what it has in a browser. Both add all entries and tell the root, and both do so again and compare, which is how a log is checked.
 * Then one entry is added to those and the root told, which merkletreejs does by making the tree anew. `SCRUPLE_PEERS` names the folder of
 * merkletreejs, `SCRUPLE_TREE` the module of ours; where one is missing that part is left out.
 *
 * In Chromium: a capture's transaction, from the call that opens the store to the moment it is on the disk, beside a bare `put` of the same bytes, with the
 * same durability, into a database that is open already. They take turns; every figure is the median of 200 turns.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DEFAULT_POLICY, launch } from './harness.mjs';

/** @typedef {{ what: string, unit: string, ours: number, peer: string | null, theirs: number | null, ratio: number | null }} Row */

const ENTRIES = 100_000, MORE = 5, TURNS = 200;

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
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
  let serial = 0;
  /** Stands for the safe, whose cost is another. @param {string} _ @param {string} text */
  const seal = async (_, text) => `${'5a'.repeat(31)}${String(serial).padStart(4, '0')} key.${serial} ${'A'.repeat(16)} ${btoa(encodeURIComponent(text))}`;
  const redraw = () => Promise.reject(new Error('there is no picture'));

  // From the call that opens the store to the end of the transaction that writes, with what is written.
  let begun = 0, opened = 0, ended = 0, bytes = 0;
  const open = IDBFactory.prototype.open, transaction = IDBDatabase.prototype.transaction, close = IDBDatabase.prototype.close;
  IDBFactory.prototype.open = function (/** @type {[name: string, version?: number]} */ ...args) { begun = performance.now(); return open.apply(this, args); };
  IDBDatabase.prototype.transaction = function (/** @type {[names: string | Iterable<string>, mode?: IDBTransactionMode, options?: IDBTransactionOptions]} */ ...args) {
    opened = performance.now();
    const made = transaction.apply(this, args);
    made.addEventListener('complete', () => { ended = performance.now(); });
    return made;
  };
  /** @type {string[]} */ let stored = [];
  for (const name of /** @type {const} */ (['put', 'add'])) {
    const real = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function (/** @type {unknown} */ value, /** @type {IDBValidKey | undefined} */ key) {
      stored.push(typeof value === 'string' ? value : JSON.stringify(value));
      return key === undefined ? real.call(this, value) : real.call(this, value, key);
    };
  }
  const all = { ours: /** @type {number[]} */ ([]), opening: /** @type {number[]} */ ([]), bare: /** @type {number[]} */ ([]), reopened: /** @type {number[]} */ ([]), idle: /** @type {number[]} */ ([]) };
  /** @param {string} name @returns {Promise<IDBDatabase>} */
  const database = (name) => new Promise((resolve, reject) => {
    const request = open.call(indexedDB, name, 1);
    request.onupgradeneeded = () => { request.result.createObjectStore('all'); };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  /** @param {IDBDatabase} database @param {string[]} values @param {number} key */
  const put = (database, values, key) => new Promise((resolve, reject) => {
    const made = transaction.call(database, ['all'], 'readwrite', { durability: 'strict' });
    values.forEach((value, nth) => made.objectStore('all').put(value, key * 10 + nth));
    made.oncomplete = () => resolve(undefined);
    made.onabort = () => reject(made.error);
  });
  const peer = await database('bench');
  for (let turn = -20; turn < turns; turn += 1) {
    serial += 1;
    const url = `https://network.example/in/person-${serial}/`;
    const { inspection } = JSON.parse(await engine.inspect(JSON.stringify(JSON.parse(engine.plan(url)).planned), ask));
    stored = [];
    const { kind } = JSON.parse(await engine.capture(inspection, ask, redraw, seal));
    if (kind !== 'captured') throw new Error(`the capture came to "${kind}"`);
    const took = ended - begun, opening = opened - begun, text = stored.join('');
    bytes = text.length;
    let start = performance.now();
    await put(peer, [text], serial);
    const bare = performance.now() - start;
    // The same as we do it: opened for each, and closed.
    start = performance.now();
    const again = await database('bench');
    await put(again, [text], 100_000 + serial);
    const reopened = performance.now() - start;
    close.call(again);
    start = performance.now();
    await put(peer, ['x'], 200_000 + serial);
    const idle = performance.now() - start;
    if (turn < 0) continue;
    all.ours.push(took); all.opening.push(opening); all.bare.push(bare); all.reopened.push(reopened); all.idle.push(idle);
  }
  return { ...all, bytes };
}

/** @returns {Promise<Row[]>} */
async function inBrowser() {
  const session = await launch();
  try {
    const page = await session.desk();
    const told = { policy: readFileSync(DEFAULT_POLICY, 'utf8'), adapter: ADAPTER, turns: TURNS, glue: session.url('guard/wasm/scruple.js'), words: session.url('guard/screen.jsonl') };
    const { ours, opening, bare, reopened, idle, bytes } = await page.evaluate(inPage, told);
    return [
      row(`browser: a capture in the store, ${bytes} B`, 'ms', median(ours), 'a bare put of the same', median(bare)),
      row('browser: the same', 'ms', median(ours), 'the put, opened for it as ours', median(reopened)),
      row('browser: of it, opening the store', 'ms', median(opening)),
      row('browser: a bare put of one letter', 'ms', median(idle)),
    ];
  } finally {
    await session.close();
  }
}

const rows = [...inNode(), ...await inBrowser()];
if (process.argv.includes('--json')) console.log(JSON.stringify({ bench: 'ledger', rows }));
else console.table(rows);
