/**
 * How long it takes to find somebody among 100,000 kept cards: bench-vault.mjs [--json]
 *
 * The cards are invented. They are sealed by the safe of the product and written as rows of its store; everything from there on is the product's own way, in a
 * page of the extension: the parts are made, opened and searched, and the cards of the answer opened. The peers run in the same page, one after the other:
 * - a usual index of IndexedDB over words in clear, from which the same number of cards is read, in clear too;
 * - MiniSearch, with all words of all cards in memory; the cards are read from the same store in clear. `SCRUPLE_PEERS` names the folder it is in.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './harness.mjs';

/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {{ what: string, unit: string, ours: number, peer: string | null, theirs: number | null, ratio: number | null }} Row */
/** @typedef {{ text: string, site?: string }} Asked */

const CARDS = Number(process.env.SCRUPLE_CARDS ?? 100_000), BATCH = 2560, QUERIES = 200, DAY = 86_400_000;

/** Numbers that look random and are the same in every run (Park and Miller). */
let seed = 20_261_122;
const below = (/** @type {number} */ n) => (seed = seed * 48_271 % 2_147_483_647) % n;
/** @template T @param {readonly T[]} list @returns {T} */
const any = (list) => list[below(list.length)];

const SYLLABLES = 'ba be bo da de do fa fe fi ga ka ke ko la le li lo ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to va ve vi zo'.split(' ');
const word = (/** @type {number} */ syllables) => { const text = Array.from({ length: syllables }, () => any(SYLLABLES)).join(''); return text[0].toUpperCase() + text.slice(1); };
const words = (/** @type {number} */ count, /** @type {number} */ syllables) => Array.from({ length: count }, () => word(syllables));
const FIRST = [...words(250, 2), 'Éléonore', 'Zoë', 'Jean-Pierre', 'Łucja'], LAST = words(4000, 3), EMPLOYERS = words(3000, 4), PLACES = words(300, 3);
const JOBS = ['Sales Lead', 'Software Engineer', 'Head of Purchasing', 'Office Manager', 'Data Analyst', 'Chief of Staff'], SITES = ['people.example', 'www.team.example', 'code.example'];

const PEOPLE = Array.from({ length: CARDS }, (_, seq) => ({
  seq, name: `${any(FIRST)} ${any(LAST)}`, job: any(JOBS), employer: `${any(EMPLOYERS)} ${any(['Ltd', 'GmbH', 'SARL'])}`, place: any(PLACES), site: any(SITES),
}));

/** What people type: a whole name, the beginning of one, a name with an employer, an employer on one site, a word that many have. @returns {Asked[]} */
const asked = () => Array.from({ length: QUERIES }, (_, i) => {
  const { name, employer, site } = any(PEOPLE), [first = '', last = ''] = name.split(' ');
  switch (i % 5) {
    case 0: return { text: name };
    case 1: return { text: last.slice(0, 4).toLowerCase() };
    case 2: return { text: `${last} ${employer.slice(0, 5)}` };
    case 3: return { text: employer.split(' ')[0] ?? '', site };
    default: return { text: first };
  }
});

/** @param {number[]} values @param {number} part */
const quantile = (values, part) => { const sorted = values.toSorted((a, b) => a - b); return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? NaN; };
const rounded = (/** @type {number} */ value) => Math.round(value * 100) / 100;

/** @param {string} what @param {string} unit @param {number} ours @param {string | null} [peer] @param {number | null} [theirs] @returns {Row} */
const row = (what, unit, ours, peer = null, theirs = null) => ({ what, unit, ours: rounded(ours), peer, theirs: theirs === null ? null : rounded(theirs), ratio: theirs === null ? null : rounded(theirs / ours) });

/** What runs in a page of the extension. @param {Page} page */
const prepare = (page) => page.evaluate(async () => {
  const self = /** @type {any} */ (globalThis);
  self.bench = {
    done: (/** @type {IDBRequest} */ request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); }),
    ended: (/** @type {IDBTransaction} */ transaction) => new Promise((yes, no) => { transaction.oncomplete = yes; transaction.onabort = () => no(transaction.error); }),
    safe: await import(chrome.runtime.getURL('guard/safe.js')),
    bytes: await import(chrome.runtime.getURL('guard/bytes.js')),
    guard: await (await import(chrome.runtime.getURL('guard/index.js'))).createGuard(),
    timed: async (/** @type {() => Promise<unknown>} */ work) => { const start = performance.now(), answer = await work(); return [performance.now() - start, answer]; },
  };
  await self.bench.guard.log.newest(1);
});

/** Puts cards into the store: sealed as the product seals them, in rows as it writes them. @param {Page} page @param {typeof PEOPLE} people @param {number} now */
const seedCards = (page, people, now) => page.evaluate(async (people, now, day) => {
  const { safe, bytes, done, ended } = /** @type {any} */ (globalThis).bench, at = new Date(now - 10 * day).toISOString(), expires = now + 900 * day;
  const kept = (/** @type {string} */ text) => ({ audience: 'public_web', code: 'allow.public', evidence: [], rule: 'work', values: [text] });
  const cards = people.map(({ seq, name, job, employer, place, site }) => ({
    id: '', salt: String(seq).padStart(32, '0'), source: { url: `https://${site}/in/${seq}`, site, adapter: 'sample@1', relation: 'third' }, captured_at: at, first_captured_at: '', expires_at: '',
    basis: 'eu-gdpr:A6-1-f', purpose: 'dpv:DirectMarketing', policy: 'sha256:0', fields: { name: kept(name), jobTitle: kept(job), worksFor: kept(employer), addressLocality: kept(place) },
  }));
  const sealed = await safe.sealAll(cards.map((card) => ({ id: 'scruple card 1', text: JSON.stringify(card) })));
  const database = await done(indexedDB.open('scruple')), transaction = database.transaction(['cards', 'keys', 'meta'], 'readwrite'), end = ended(transaction);
  for (const [i, { seq }] of people.entries()) {
    const { key, iv, data } = sealed[i], source = seq.toString(16).padStart(64, '0');
    transaction.objectStore('keys').put(key, source);
    transaction.objectStore('cards').put({
      source, id: source.slice(-32), first: at, expires, ends: 900 * day, span: 1095 * day, seq, fields: Object.keys(cards[i].fields), review: [], sealed: `${key} ${bytes.base64(iv)} ${bytes.base64(data)}`,
    }, source);
  }
  // The end of a log that is so long. What is in it no search looks at.
  const size = people[people.length - 1].seq + 1, peaks = size.toString(2).replaceAll('0', '').length;
  transaction.objectStore('meta').put(JSON.stringify({ tree: { size, peaks: Array(peaks).fill('00'.repeat(32)) }, wall: now, age: 10 * day }), 'tree');
  await end;
  database.close();
  safe.settle(sealed.map((/** @type {{ key: string }} */ { key }) => key));
}, people, now, DAY);

/** Puts the same cards in clear into a store of their own, with an index over their words. @param {Page} page @param {typeof PEOPLE} people */
const seedPeer = (page, people) => page.evaluate(async (people) => {
  const { done, ended } = /** @type {any} */ (globalThis).bench, opening = indexedDB.open('peer', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('cards', { keyPath: 'seq' }).createIndex('words', 'words', { multiEntry: true });
  const database = await done(opening), transaction = database.transaction('cards', 'readwrite'), end = ended(transaction);
  for (const one of people) {
    const words = `${one.name} ${one.job} ${one.employer} ${one.place}`.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    transaction.objectStore('cards').put({ ...one, words });
  }
  await end;
  database.close();
}, people);

/** Asks us, one query after the other: milliseconds, and how many cards came first. @param {Page} page @param {Asked[]} queries @returns {Promise<[number, number][]>} */
const askUs = (page, queries) => page.evaluate(async (queries) => {
  const { guard, timed } = /** @type {any} */ (globalThis).bench, /** @type {[number, number][]} */ times = [];
  for (const query of queries) {
    const [took, { cards, unreadable }] = await timed(() => guard.vault.search(query));
    if (unreadable > 0) throw new Error(`${unreadable} cards cannot be opened`);
    times.push([took, cards.length]);
  }
  return times;
}, queries);

/** Asks the index over words. @param {Page} page @param {Asked[]} queries @returns {Promise<[number, number][]>} */
const askIndex = (page, queries) => page.evaluate(async (queries) => {
  const { done, timed } = /** @type {any} */ (globalThis).bench, /** @type {[number, number][]} */ times = [];
  for (const { text, site } of queries) {
    const [took, cards] = await timed(async () => {
      const database = await done(indexedDB.open('peer')), store = database.transaction('cards').objectStore('cards');
      const typed = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
      const found = await Promise.all(typed.map((word) => done(store.index('words').getAllKeys(IDBKeyRange.bound(word, `${word}\uffff`)))));
      const [first = [], ...others] = found.map((keys) => new Set(keys));
      const both = [...first].filter((key) => others.every((other) => other.has(key))).sort((a, b) => b - a), cards = [];
      for (let at = 0; at < both.length && cards.length < 50; at += 50) {
        const read = await Promise.all(both.slice(at, at + 50).map((key) => done(store.get(key))));
        cards.push(...read.filter((card) => !site || card.site === site));
      }
      database.close();
      return cards.slice(0, 50);
    });
    times.push([took, cards.length]);
  }
  return times;
}, queries);

/** Asks MiniSearch, which was given all words before. @param {Page} page @param {Asked[]} queries @returns {Promise<[number, number][]>} */
const askMini = (page, queries) => page.evaluate(async (queries) => {
  const { done, timed, mini } = /** @type {any} */ (globalThis).bench, /** @type {[number, number][]} */ times = [];
  for (const { text, site } of queries) {
    const [took, cards] = await timed(async () => {
      const hits = mini.search(text, { prefix: true, combineWith: 'AND', filter: (/** @type {{ site: string }} */ hit) => !site || hit.site === site });
      const database = await done(indexedDB.open('peer')), store = database.transaction('cards').objectStore('cards');
      const newest = hits.map((/** @type {{ id: number }} */ { id }) => id).sort((/** @type {number} */ a, /** @type {number} */ b) => b - a).slice(0, 50);
      const cards = await Promise.all(newest.map((/** @type {number} */ key) => done(store.get(key))));
      database.close();
      return cards;
    });
    times.push([took, cards.length]);
  }
  return times;
}, queries);

/** Megabytes that a page takes after its garbage was collected: the heap of its scripts, and the memory of the desk. @param {Page} page @returns {Promise<number>} */
async function memory(page) {
  const client = await page.createCDPSession();
  await client.send('HeapProfiler.enable');
  await client.send('HeapProfiler.collectGarbage');
  const { usedSize } = await client.send('Runtime.getHeapUsage');
  await client.detach();
  const wasm = await page.evaluate(async () => {
    const { initSync } = await import(chrome.runtime.getURL('guard/wasm/desk.js'));
    try {
      // What was started before is given back as it is.
      return initSync().memory.buffer.byteLength;
    } catch {
      // It was not: the page had no use for it.
      return 0;
    }
  });
  return (usedSize + wasm) / 1e6;
}

/** @returns {Promise<Row[]>} */
async function measure() {
  const session = await launch();
  try {
    const now = Date.now(), queries = asked();
    let page = await session.desk();
    await prepare(page);
    for (let at = 0; at < CARDS; at += BATCH) {
      const people = PEOPLE.slice(at, at + BATCH);
      await seedCards(page, people, now);
      await seedPeer(page, people);
      process.stderr.write(`\r  ${Math.min(at + BATCH, CARDS)} cards`);
    }
    process.stderr.write('\n');
    const [[making]] = await askUs(page, [{ text: 'Zo' }]);

    const first = [], firstPeer = [];
    for (let i = 0; i < 5; i += 1) {
      // A page that has opened nothing yet.
      await page.close();
      page = await session.desk();
      await prepare(page);
      const [query] = queries.slice(i);
      first.push((await askUs(page, [query]))[0][0]);
      firstPeer.push((await askIndex(page, [query]))[0][0]);
    }
    const ours = await askUs(page, queries), used = await memory(page), theirs = await askIndex(page, queries);
    for (const [i, [, count]] of ours.entries()) {
      if (count !== theirs[i][1]) throw new Error(`${JSON.stringify(queries[i])}: we find ${count}, the index ${theirs[i][1]}`);
    }
    const listed = /** @type {number[]} */ (await page.evaluate(async () => {
      const { guard, timed } = /** @type {any} */ (globalThis).bench, times = [];
      for (let /** @type {number | null} */ before = null, i = 0; i < 40; i += 1) {
        const [took, { cursor }] = await timed(() => guard.vault.list({ before }));
        times.push(took);
        before = cursor;
      }
      return times;
    }));
    const took = (/** @type {[number, number][]} */ times) => times.map(([time]) => time);
    const index = 'an index of IndexedDB, in clear', rows = [
      row(`first search ever, parts of ${CARDS} cards are made`, 'ms', making),
      row('first search of a page, median of 5', 'ms', quantile(first, 0.5), index, quantile(firstPeer, 0.5)),
      row(`search, median of ${QUERIES}`, 'ms', quantile(took(ours), 0.5), index, quantile(took(theirs), 0.5)),
      row('search, 95th percentile', 'ms', quantile(took(ours), 0.95), index, quantile(took(theirs), 0.95)),
      row('a page of the list, median of 40', 'ms', quantile(listed, 0.5)),
      row('a page of the list, 95th percentile', 'ms', quantile(listed, 0.95)),
    ];

    const { SCRUPLE_PEERS } = process.env, file = SCRUPLE_PEERS && join(SCRUPLE_PEERS, 'node_modules/minisearch/dist/umd/index.js');
    if (file && existsSync(file)) {
      await page.close();
      page = await session.desk();
      await prepare(page);
      await page.evaluate(readFileSync(file, 'utf8'));
      const loading = /** @type {number} */ (await page.evaluate(async () => {
        const self = /** @type {any} */ (globalThis), { done, timed } = self.bench;
        const [took, mini] = await timed(async () => {
          const plain = (/** @type {string} */ term) => term.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
          const mini = new self.MiniSearch({ idField: 'seq', fields: ['name', 'job', 'employer', 'place'], storeFields: ['site'], processTerm: plain });
          const database = await done(indexedDB.open('peer'));
          mini.addAll(await done(database.transaction('cards').objectStore('cards').getAll()));
          database.close();
          return mini;
        });
        self.bench.mini = mini;
        return took;
      }));
      const mini = await askMini(page, queries), theirMemory = await memory(page), name = 'MiniSearch, in clear and in memory';
      rows.push(
        row('first search of a page, median of 5', 'ms', quantile(first, 0.5), name, loading),
        row(`search, median of ${QUERIES}`, 'ms', quantile(took(ours), 0.5), name, quantile(took(mini), 0.5)),
        row('search, 95th percentile', 'ms', quantile(took(ours), 0.95), name, quantile(took(mini), 0.95)),
        row('memory of the page', 'MB', used, name, theirMemory),
      );
    } else rows.push(row('memory of the page', 'MB', used));
    return rows;
  } finally {
    await session.close();
  }
}

if (process.argv.slice(2).some((option) => option !== '--json')) {
  console.error('usage: bench-vault [--json]');
  process.exitCode = 1;
} else {
  try {
    console.log(JSON.stringify({ bench: 'vault', rows: await measure() }));
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exitCode = 1;
  }
}
