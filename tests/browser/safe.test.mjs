/**
 * A destroyed key is gone: from every file of the browser's profile, while it runs and after, whatever ended in the middle of what.
 *
 * The safe runs where it will be used: in the worker of the extension and in its pages. Its keys never leave it, so what is looked for on the disk is
 * overheard where they are handed to WebCrypto.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { extensionCopy, filesBelow, launch, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {Pick<Page, 'evaluate'>} Context a page of the extension, or its worker */

const extension = extensionCopy();

/**
 * What the tests have in a page or worker beside the safe: rows, as a vault has them, an ear for keys, and a way to stop at a step.
 * It is run inside the browser.
 * @param {any} safe
 */
function prepare(safe) {
  const self = /** @type {any} */ (globalThis);
  if (self.test) return;
  const heard = new BroadcastChannel('test');
  /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
  const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
  const importKey = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = /** @type {any} */ ((/** @type {any[]} */ ...args) => {
    heard.postMessage({ key: Array.from(args[1], (byte) => byte.toString(16).padStart(2, '0')).join('') });
    return importKey(.../** @type {[any, any, any, any, any]} */ (args));
  });
  let steps = 0, stopAt = Infinity;
  /** Stops for good at a step, before or after what it does. @param {any} of @param {string} name */
  const step = (of, name) => {
    const real = of.prototype[name];
    of.prototype[name] = async function stepping(/** @type {any[]} */ ...args) {
      const stop = async () => {
        if (++steps !== stopAt) return;
        heard.postMessage({ stopped: `${name}, step ${steps}` });
        await new Promise(() => {});
      };
      await stop();
      const result = await real.apply(this, args);
      await stop();
      return result;
    };
  };
  for (const name of ['getFileHandle', 'removeEntry']) step(FileSystemDirectoryHandle, name);
  step(FileSystemFileHandle, 'createWritable');
  for (const name of ['write', 'close']) step(FileSystemWritableFileStream, name);
  for (const name of ['encrypt', 'digest']) step(SubtleCrypto, name);
  const rows = async (/** @type {IDBTransactionMode} */ mode) => {
    const request = indexedDB.open('test-rows', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('rows');
    const database = await done(request), transaction = database.transaction('rows', mode, { durability: 'strict' });
    const end = new Promise((yes, no) => { transaction.oncomplete = yes; transaction.onabort = no; });
    return { store: transaction.objectStore('rows'), end: end.finally(() => database.close()) };
  };
  self.test = {
    safe,
    /** @param {string} id */
    async row(id) { const { store, end } = await rows('readonly'), row = await done(store.get(id)); await end; return row; },
    /** @param {string} id @param {any} row none: it is deleted */
    async put(id, row) { const { store, end } = await rows('readwrite'); if (row) store.put(row, id); else store.delete(id); await end; },
    async keys() { const { store, end } = await rows('readonly'), all = await done(store.getAll()); await end; return all.map(({ key }) => key); },
    /** Keeps a text as a vault does; what was kept under the id before is erased. @param {string} id @param {string} text */
    async keep(id, text) {
      const old = await self.test.row(id), sealed = await safe.seal(id, text);
      await self.test.put(id, sealed);
      safe.settle([sealed.key]);
      if (old) await safe.destroy([old.key]);
      return sealed.key;
    },
    /** @param {string} id */
    async erase(id) { const old = await self.test.row(id); await self.test.put(id, null); await safe.destroy([old.key]); },
    /** @param {string} id @returns {Promise<string | null | undefined>} undefined: there is no row */
    async open(id) { const row = await self.test.row(id); return row && safe.open(id, row); },
    sweep: () => safe.sweep(self.test.keys),
    /** @param {number} at */
    stopAt(at) { steps = 0; stopAt = at; },
    steps: () => steps,
    /** How a call fails. @param {() => Promise<unknown>} call */
    fails: (call) => call().then(() => 'it does not', (error) => `${error.name} ${error.code} ${error.detail}`),
  };
}

// The worker of the extension gets the same as a page can import. It may import nothing later on.
const worker = join(extension, 'background/worker.js');
writeFileSync(join(extension, 'background/test.js'), `import * as safe from "../guard/safe.js";\n(${prepare})(safe);\n`);
writeFileSync(worker, `import "./test.js";\n${readFileSync(worker, 'utf8')}`);

/** @type {Session} */ let session;
/** A page of the extension, which stays open, and hears. @type {Page} */ let page;
/** @type {string} */ let profile;


/** @param {import('./harness.mjs').Options} [options] */
async function begin(options) {
  session = await launch({ ready: true, extension, userDataDir: profile, ...options });
  page = await listening();
}

/** Opens a page that has the safe, and hears what keys are used. */
async function listening() {
  const opened = await session.desk();
  await opened.evaluate(`(async () => { (${prepare})(await import('/guard/safe.js')); })()`);
  await opened.evaluate(() => {
    const all = /** @type {any} */ (globalThis).heard = { keys: new Set(), stopped: null };
    new BroadcastChannel('test').onmessage = ({ data }) => { if (data.key) all.keys.add(data.key); else all.stopped = data.stopped; };
  });
  return opened;
}

/** Every key that the worker used since the page was opened. @returns {Promise<string[]>} */
const keysHeard = () => page.evaluate(() => [.../** @type {any} */ (globalThis).heard.keys]);

/** The forms in which bytes could stand on a disk: parts too, since a database may lay a seam through them. @param {string} key in hexadecimal */
function formsOf(key) {
  const raw = Buffer.from(key, 'hex'), texts = [key, key.toUpperCase(), raw.toString('base64').slice(0, 42)];
  return [raw.subarray(0, 16), raw.subarray(16), ...texts.flatMap((text) => [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')])];
}

/** Where keys stand in the profile. @param {string[]} keys @returns {Promise<string[]>} */
const whereAre = (keys) => onDisk(keys.flatMap(formsOf));

/** @param {string[]} texts */
const whereIsText = (texts) => onDisk(texts.flatMap((text) => [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]));

/** @param {Buffer[]} forms @returns {Promise<string[]>} */
async function onDisk(forms) {
  const found = new Set();
  for await (const { path, bytes } of filesOf(profile)) for (const form of forms) if (bytes.includes(form)) found.add(relative(profile, path));
  return [...found].sort();
}

/** As `filesBelow`, while a browser runs: files come and go. @param {string} folder @returns {AsyncGenerator<{ path: string, bytes: Buffer }>} */
async function* filesOf(folder) {
  // A list that was made while a file vanished is made again: nothing may be left out.
  /** @type {{ path: string, bytes: Buffer }[]} */ let files = [];
  await until('a list of the profile', async () => {
    files = [];
    for await (const file of filesBelow(folder)) files.push(file);
    return true;
  });
  yield* files;
}

/** Damages what lies in a bucket: its file, its copy, or both. @param {Context} context @param {{ bucket: number, file?: number[] | null, copy?: number[] }} what null: it is removed */
const damage = (context, what) => context.evaluate(async ({ bucket, file, copy }) => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('scruple-safe');
  if (file === null) await folder.removeEntry(String(bucket));
  else if (file) {
    const stream = await (await folder.getFileHandle(String(bucket))).createWritable();
    await stream.write(Uint8Array.from(file));
    await stream.close();
  }
  if (!copy) return;
  /** @type {IDBDatabase} */
  const database = await new Promise((yes) => { const request = indexedDB.open('scruple-safe'); request.onsuccess = () => yes(request.result); });
  const transaction = database.transaction('copies', 'readwrite', { durability: 'strict' });
  transaction.objectStore('copies').put(new Blob([Uint8Array.from(copy)]), bucket);
  await new Promise((yes) => { transaction.oncomplete = yes; });
  database.close();
}, what);

/** The files of the safe, by name, with their sizes. @returns {Promise<Record<string, number>>} */
const safeFiles = () => page.evaluate(async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('scruple-safe', { create: true });
  /** @type {Record<string, number>} */ const sizes = {};
  for await (const [name, handle] of /** @type {any} */ (folder).entries()) sizes[name] = (await handle.getFile()).size;
  return sizes;
});

/** The bucket of a key. @param {string} key */
const bucketOf = (key) => Number(key.split('.')[0]);

test('where there is no place for keys, nothing is sealed', async () => {
  const { destroy, open, seal, sweep } = await import('../../extension/guard/safe.js');
  const none = { code: 'guard_failed', detail: 'no_safe' };
  await assert.rejects(seal('a', 'b'), none);
  await assert.rejects(open('a', { key: `0.${'0'.repeat(32)}`, iv: new Uint8Array(12), data: new Uint8Array(16) }), none);
  await assert.rejects(destroy([`0.${'0'.repeat(32)}`]), none);
  await assert.rejects(sweep(async () => []), none);
});

describe('the safe', () => {
  before(async () => {
    profile = mkdtempSync(join(tmpdir(), 'scruple-safe-'));
    await begin();
  });
  after(async () => {
    await session.close().catch(() => {});
    for (const folder of [profile, extension]) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await session.wake();
    await page.evaluate(async () => {
      const { put, sweep } = /** @type {any} */ (globalThis).test;
      for (const id of ['anna', 'bela']) await put(id, null);
      await sweep();
    });
    assert.deepEqual(await safeFiles(), {}, 'nothing is left of the test before');
  });

  test('gives back what was put in, and nothing else', async () => {
    const texts = ['', 'a', '\ufeffwith a mark', 'Zoë 🧪 \u0000', 'x'.repeat(70_000)];
    const answers = await page.evaluate(async (texts) => {
      const { safe, fails } = /** @type {any} */ (globalThis).test, answers = [];
      const all = await safe.sealAll(texts.map((text) => ({ id: 'id', text })));
      for (const [i, sealed] of all.entries()) answers.push(await safe.open('id', sealed) === texts[i]);
      const one = await safe.seal('one', 'first'), two = await safe.seal('one', 'second');
      const flipped = (/** @type {Uint8Array} */ bytes, /** @type {number} */ bit) => bytes.map((byte, i) => i === bit >> 3 ? byte ^ 1 << (bit & 7) : byte);
      const changed = [['one', { ...one, key: two.key }], ['two', one], ['one', { ...one, iv: two.iv }], ['one', { ...one, data: one.data.slice(1) }], ['one', { ...one, data: new Uint8Array() }]];
      for (let bit = 0; bit < one.data.length * 8; bit += 1) changed.push(['one', { ...one, data: flipped(one.data, bit) }]);
      const said = new Set();
      for (const [id, sealed] of changed) said.add(await fails(() => safe.open(id, sealed)));
      const unfit = [() => safe.seal('id', '\ud800'), () => safe.seal(7, 'text'), () => safe.open('one', { ...one, key: '1.x' }), () => safe.open('one', { ...one, iv: one.data }),
        () => safe.destroy(['../0']), () => safe.sweep([]), () => safe.sweep(async () => ['0']), () => safe.sealAll('text')];
      const refused = [];
      for (const call of unfit) refused.push(await fails(call));
      /** @type {unknown[]} */ const several = await safe.openAll([{ id: 'one', ...two }, { id: 'x', ...one }, { id: 'one', ...one }]);
      await safe.destroy([...all, one, two].map(({ key }) => key));
      return { answers, said: [...said], refused, several: several.map(String), after: await safe.open('one', one) };
    }, texts);
    assert.deepEqual(answers.answers, texts.map(() => true));
    assert.deepEqual(answers.said, ['ScrupleError guard_failed sealed_changed']);
    for (const each of answers.refused) assert.match(each, /^ScrupleError invalid_argument `\w+` is not .+/);
    assert.equal(answers.after, null);
    assert.deepEqual(answers.several, ['second', 'ScrupleError: guard_failed: sealed_changed', 'first']);
  });

  test('a destroyed key is gone at once, and the others are not', async () => {
    const worker = await session.wake();
    await worker.evaluate(async () => { const { keep } = /** @type {any} */ (globalThis).test; await keep('anna', 'Anna Example, potter'); await keep('bela', 'Bela Example, baker'); });
    assert.equal(await worker.evaluate(() => /** @type {any} */ (globalThis).test.open('anna')), 'Anna Example, potter');
    const keys = await until('two keys', async () => { const keys = await keysHeard(); return keys.length >= 2 ? keys.slice(-2) : undefined; });
    const [anna, bela] = keys;
    const places = await whereAre([anna]);
    assert.equal(places.length, 2, `the search works: ${places}`);
    assert.ok(places.some((place) => place.includes('File System')) && places.some((place) => place.includes('.blob')), String(places));

    // Looked for before anything is read again: reading would mend.
    const sealed = await worker.evaluateHandle(() => /** @type {any} */ (globalThis).test.row('anna'));
    await worker.evaluate(() => /** @type {any} */ (globalThis).test.erase('anna'));
    assert.deepEqual(await whereAre([anna]), [], 'right after it');
    const gone = await worker.evaluate(async (sealed) => { const { open, safe } = /** @type {any} */ (globalThis).test; return [await open('anna') ?? null, await safe.open('anna', sealed), await open('bela')]; }, sealed);
    assert.deepEqual(gone, [null, null, 'Bela Example, baker']);
    assert.equal((await whereAre([bela])).length, 2);
    assert.deepEqual(await whereIsText(['Anna Example', 'Bela Example']), [], 'no value was written down');
    await worker.evaluate(() => /** @type {any} */ (globalThis).test.erase('bela'));
    assert.deepEqual(await whereAre(keys), []);
    assert.deepEqual(await safeFiles(), {}, 'an empty bucket is no file');
  });

  test('a worker that is stopped at any step loses no text and leaves no key', { timeout: 400_000 }, async (t) => {
    let worker = await session.wake(), text = 'version 0';
    await worker.evaluate(async (text) => { await /** @type {any} */ (globalThis).test.keep('anna', text); await /** @type {any} */ (globalThis).test.keep('bela', 'stays'); }, text);
    /** @type {Record<string, number>} */ const came = { old: 0, new: 0 };
    let round = 1;
    for (; ; round += 1) {
      await page.evaluate(() => { /** @type {any} */ (globalThis).heard.stopped = null; });
      const next = `version ${round}`;
      // Not waited for: it stops in the middle.
      const ended = worker.evaluate(async (next, at) => { const { stopAt, keep } = /** @type {any} */ (globalThis).test; stopAt(at); await keep('anna', next); return true; }, next, round).catch(() => false);
      const stopped = await Promise.race([ended.then((whole) => whole || undefined), until('the step', () => page.evaluate(() => /** @type {any} */ (globalThis).heard.stopped ?? undefined), 60_000)]);
      if (stopped === true) break;
      await session.killWorker();
      worker = await session.wake();
      const swept = await worker.evaluate(() => /** @type {any} */ (globalThis).test.sweep());
      assert.deepEqual([swept.missing, swept.lost], [[], []], String(stopped));
      const found = await worker.evaluate(() => /** @type {any} */ (globalThis).test.open('anna'));
      assert.ok([text, next].includes(found), `${stopped}: ${found}`);
      came[found === next ? 'new' : 'old'] += 1;
      text = found;
      assert.equal(await worker.evaluate(() => /** @type {any} */ (globalThis).test.open('bela')), 'stays');
    }
    const keys = await keysHeard();
    // What mending has read stays until the worker ends.
    await session.killWorker();
    worker = await session.wake();
    const live = await liveKeys(worker);
    assert.equal(live.length, 2);
    const dead = keys.filter((key) => !live.includes(key));
    assert.ok(dead.length >= round - 1, `${dead.length} keys of ${round} rounds`);
    assert.deepEqual(await until('the last files to go', async () => { const places = await whereAre(dead); return places.length === 0 ? places : undefined; }), []);
    for (const key of live) assert.equal((await whereAre([key])).length, 2);
    assert.ok(came.old > 0 && came.new > 0, 'stopped before and after the row was stored');
    t.diagnostic(`stopped at ${round - 1} steps; ${came.old} times the old text was kept, ${came.new} times the new one`);
  });

  test('what a browser that broke down leaves half-written is cleared away', async () => {
    let worker = await session.wake();
    await worker.evaluate(() => /** @type {any} */ (globalThis).test.keep('anna', 'Anna Example'));
    await page.evaluate(() => { /** @type {any} */ (globalThis).heard.stopped = null; });
    // Stops with the new file written and not yet in its place.
    worker.evaluate(async () => {
      const close = FileSystemWritableFileStream.prototype.close;
      FileSystemWritableFileStream.prototype.close = () => { new BroadcastChannel('test').postMessage({ stopped: 'close' }); return new Promise(() => {}); };
      await /** @type {any} */ (globalThis).test.keep('anna', 'Anna Example, once more').finally(() => { FileSystemWritableFileStream.prototype.close = close; });
    }).catch(() => {});
    await until('the half-written file', () => page.evaluate(() => /** @type {any} */ (globalThis).heard.stopped ?? undefined));
    const keys = (await keysHeard()).slice(-2);
    assert.ok(Object.keys(await safeFiles()).some((name) => name.endsWith('.crswap')));
    session.browser.process()?.kill('SIGKILL');
    await session.close().catch(() => {});
    assert.notDeepEqual(await whereAre(keys.slice(-1)), [], 'it is left');

    await begin({ fromStart: true });
    worker = await session.wake();
    const swept = await worker.evaluate(() => /** @type {any} */ (globalThis).test.sweep());
    assert.deepEqual(swept, { destroyed: 0, missing: [], lost: [] }, 'the new key never came into the safe');
    assert.equal(await worker.evaluate(() => /** @type {any} */ (globalThis).test.open('anna')), 'Anna Example');
    assert.ok(!Object.keys(await safeFiles()).some((name) => name.endsWith('.crswap')), JSON.stringify(await safeFiles()));
    const live = await liveKeys(worker);
    await session.killWorker();
    await until('the last files to go', async () => (await whereAre(keys.filter((key) => !live.includes(key)))).length === 0 || undefined);
  });

  test('a copy that somebody held when its key was destroyed is cleared away, though the browser broke down before', async () => {
    let worker = await session.wake();
    await worker.evaluate(async () => { const { keep } = /** @type {any} */ (globalThis).test; await keep('anna', 'Anna Example'); await keep('bela', 'Bela Example'); });
    const keys = (await keysHeard()).slice(-2);
    await worker.evaluate(async () => {
      const self = /** @type {any} */ (globalThis), bucket = Number((await self.test.row('anna')).key.split('.')[0]);
      /** @type {IDBDatabase} */
      const database = await new Promise((yes) => { const request = indexedDB.open('scruple-safe'); request.onsuccess = () => yes(request.result); });
      const request = database.transaction('copies').objectStore('copies').get(bucket);
      self.held = await new Promise((yes) => { request.onsuccess = () => yes(request.result); });
      database.close();
      await self.test.erase('anna');
    });
    assert.ok((await whereAre(keys.slice(0, 1))).every((place) => place.includes('.blob')), 'at most the copy is left');
    await session.killWorker();
    session.browser.process()?.kill('SIGKILL');
    await session.close().catch(() => {});
    assert.notDeepEqual(await whereAre(keys.slice(0, 1)), [], 'the browser had no time to remove it');

    await begin({ fromStart: true });
    worker = await session.wake();
    assert.deepEqual(await worker.evaluate(() => /** @type {any} */ (globalThis).test.sweep()), { destroyed: 0, missing: [], lost: [] });
    assert.deepEqual(await whereAre(keys.slice(0, 1)), []);
    assert.equal(await worker.evaluate(() => /** @type {any} */ (globalThis).test.open('bela')), 'Bela Example');
  });

  test('a damaged file is mended, a damaged bucket is told of and harms no other', async () => {
    const worker = await session.wake();
    const open = (/** @type {string} */ id) => worker.evaluate(async (id) => { const { fails, open } = /** @type {any} */ (globalThis).test; let text; return await fails(async () => { text = await open(id); }) && text; }, id);
    const bucket = bucketOf(await worker.evaluate(() => /** @type {any} */ (globalThis).test.keep('anna', 'Anna Example')));
    const whole = (await safeFiles())[bucket];
    // As after a power failure: gone, empty, cut off; and changed by somebody.
    for (const file of [null, [], [1, 2, 3], Array(whole).fill(0)]) {
      await damage(page, { bucket, file });
      assert.equal(await open('anna'), 'Anna Example', `${file?.length} bytes`);
      assert.deepEqual(await safeFiles(), { [bucket]: whole });
    }
    // Whoever puts back a file from before a key was destroyed does not bring the key back.
    const before = await page.evaluate(async (bucket) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('scruple-safe');
      return [...new Uint8Array(await (await (await folder.getFileHandle(String(bucket))).getFile()).arrayBuffer())];
    }, bucket);
    const erased = await worker.evaluate(() => /** @type {any} */ (globalThis).test.row('anna').then((/** @type {any} */ { key }) => key));
    await worker.evaluate(() => /** @type {any} */ (globalThis).test.keep('bela', 'Bela Example'));
    await worker.evaluate((key) => /** @type {any} */ (globalThis).test.safe.destroy([key]), erased);
    await damage(page, { bucket, file: before });
    assert.equal(await open('anna'), null);
    assert.equal(await open('bela'), 'Bela Example');

    // Both files.
    await damage(page, { bucket, file: [9, 9], copy: [8, 8] });
    const saying = (/** @type {string} */ id) => worker.evaluate((id) => { const { fails, open } = /** @type {any} */ (globalThis).test; return fails(() => open(id)); }, id);
    assert.equal(await saying('bela'), 'ScrupleError guard_failed safe_damaged');
    const key = await worker.evaluate(() => /** @type {any} */ (globalThis).test.keep('anna', 'Anna Example, again'));
    assert.notEqual(bucketOf(key), bucket);
    assert.equal(await open('anna'), 'Anna Example, again');
    const lost = await worker.evaluate(() => /** @type {any} */ (globalThis).test.row('bela').then((/** @type {any} */ { key }) => key));
    const swept = await worker.evaluate(() => /** @type {any} */ (globalThis).test.sweep());
    assert.deepEqual(swept, { destroyed: 0, missing: [], lost: [lost] });
    // To destroy one of its keys destroys what is left of it, and nothing is forgotten of the others.
    await worker.evaluate((key) => /** @type {any} */ (globalThis).test.safe.destroy([key]), lost);
    assert.deepEqual(Object.keys(await safeFiles()), [String(bucketOf(key))]);
    assert.equal(await saying('bela'), 'ScrupleError guard_failed safe_damaged');
    await worker.evaluate(() => /** @type {any} */ (globalThis).test.put('bela', null));
    assert.deepEqual(await worker.evaluate(() => /** @type {any} */ (globalThis).test.sweep()), { destroyed: 0, missing: [], lost: [] });
    assert.equal(await open('anna'), 'Anna Example, again');
  });

  test('a sweep spares what is on its way in another page or worker', async () => {
    const worker = await session.wake();
    const key = await worker.evaluate(async () => { const self = /** @type {any} */ (globalThis); self.sealed = await self.test.safe.seal('anna', 'on its way'); return self.sealed.key; });
    const sweep = () => page.evaluate(() => /** @type {any} */ (globalThis).test.sweep());
    assert.deepEqual(await sweep(), { destroyed: 0, missing: [], lost: [] });
    assert.equal(await worker.evaluate(async () => { const { test, sealed } = /** @type {any} */ (globalThis); await test.put('anna', sealed); test.safe.settle([sealed.key]); return test.open('anna'); }), 'on its way');
    assert.deepEqual(await sweep(), { destroyed: 0, missing: [], lost: [] }, 'its row is there now');
    await worker.evaluate(() => /** @type {any} */ (globalThis).test.safe.seal('bela', 'never stored'));
    await session.killWorker();
    assert.deepEqual(await until('the lock of the worker to go', async () => { const swept = await sweep(); return swept.destroyed > 0 ? swept : undefined; }), { destroyed: 1, missing: [], lost: [] });
    await page.evaluate((key) => /** @type {any} */ (globalThis).test.safe.destroy([key, key]), key);
    assert.deepEqual(await sweep(), { destroyed: 0, missing: [key], lost: [] }, 'a row whose key was destroyed');
    // A list that cannot be made destroys nothing.
    assert.equal(await page.evaluate(async () => { const { safe, fails } = /** @type {any} */ (globalThis).test; return fails(() => safe.sweep(async () => { throw new Error(); })); }), 'ScrupleError guard_failed safe_failed');
  });

  test('a page and the worker can use it at once', async () => {
    const worker = await session.wake(), other = await listening();
    /** @param {Context} context @param {string} who */
    const busy = (context, who) => context.evaluate(async (who) => {
      const { safe } = /** @type {any} */ (globalThis).test;
      /** @type {any[]} */ const kept = [];
      for (let i = 0; i < 40; i += 1) {
        const sealed = await safe.seal(`${who} ${i}`, `text ${who} ${i}`);
        if (i % 3 === 0) await safe.destroy([sealed.key]);
        kept.push({ id: `${who} ${i}`, ...sealed });
      }
      const keys = kept.map(({ key }) => key), opened = await safe.openAll(kept);
      safe.settle(keys);
      return { keys, right: opened.every((/** @type {unknown} */ text, /** @type {number} */ i) => text === (i % 3 === 0 ? null : `text ${who} ${i}`)) };
    }, who);
    const done = await Promise.all([busy(worker, 'worker'), busy(page, 'page'), busy(other, 'other')]);
    assert.deepEqual(done.map(({ right }) => right), [true, true, true]);
    const keys = done.flatMap(({ keys }) => keys);
    assert.equal(new Set(keys).size, 120);
    await page.evaluate((keys) => /** @type {any} */ (globalThis).test.safe.destroy(keys), keys);
    assert.deepEqual(await safeFiles(), {});
    await other.close();
  });

  test('ten thousand keys', { timeout: 300_000 }, async (t) => {
    const worker = await session.wake();
    const figures = await worker.evaluate(async () => {
      const { safe } = /** @type {any} */ (globalThis).test;
      /** @type {Record<string, number>} */ const ms = {};
      /** @template T @param {string} what @param {number} times @param {() => Promise<T>} work @returns {Promise<T>} */
      const timed = async (what, times, work) => { const start = performance.now(), result = await work(); ms[what] = Math.round((performance.now() - start) / times * 1000) / 1000; return result; };
      const texts = Array.from({ length: 10_000 }, (_, i) => ({ id: `id ${i}`, text: `{"name":"Invented Person ${i}"}` }));
      /** @type {any[]} */ const all = await timed('seal, each of 10,000 at once', 10_000, () => safe.sealAll(texts));
      /** @type {any[]} */ const some = [];
      await timed('seal, one by one', 50, async () => { for (let i = 0; i < 50; i += 1) some.push(await safe.seal('one', 'text')); });
      const rows = all.map((sealed, i) => ({ id: `id ${i}`, ...sealed }));
      const opened = await timed('open, each of 10,000 at once', 10_000, () => safe.openAll(rows));
      await timed('open, one by one', 50, async () => { for (let i = 0; i < 50; i += 1) await safe.open(`id ${i * 200}`, all[i * 200]); });
      await timed('destroy, one by one', 50, async () => { for (const { key } of some) await safe.destroy([key]); });
      safe.settle([...all, ...some].map(({ key }) => key));
      const half = all.filter((_, i) => i % 2 === 0).map(({ key }) => key);
      const swept = await timed('sweep of 10,000, half of them garbage', 1, () => safe.sweep(async () => half));
      await timed('sweep of 5,000 without any', 1, () => safe.sweep(async () => half));
      await timed('destroy, each of 5,000 at once', 5000, () => safe.destroy(half));
      return { ms, right: opened.every((/** @type {unknown} */ text, /** @type {number} */ i) => text === texts[i].text), destroyed: swept.destroyed };
    });
    assert.equal(figures.right, true);
    assert.equal(figures.destroyed, 5000);
    assert.deepEqual(await safeFiles(), {});
    for (const [what, ms] of Object.entries(figures.ms)) t.diagnostic(`${what}: ${ms} ms`);
  });

  test('the disk, once the browser is closed', async () => {
    let worker = await session.wake();
    await worker.evaluate(async () => { const { keep, erase } = /** @type {any} */ (globalThis).test; await keep('anna', 'Anna Example, weaver'); await keep('bela', 'Bela Example, smith'); await erase('anna'); });
    const keys = await keysHeard(), live = await liveKeys(worker);
    await session.close();
    assert.equal(live.length, 1);
    // Of the thousands, some: to look for one takes a few milliseconds in every form.
    const dead = keys.filter((key, i) => !live.includes(key) && (i % 20 === 0 || i > keys.length - 50));
    assert.ok(dead.length > 500, `${dead.length} keys`);
    assert.deepEqual(await whereAre(dead), []);
    assert.equal((await whereAre(live)).length, 2);
    assert.deepEqual(await whereIsText(['Anna Example', 'Bela Example', 'Invented Person']), []);
    await begin({ fromStart: true });
    worker = await session.wake();
    assert.equal(await worker.evaluate(() => /** @type {any} */ (globalThis).test.open('bela')), 'Bela Example, smith');
  });
});

/** The keys in use, as they are heard when every row is opened. @param {Context} worker @returns {Promise<string[]>} */
async function liveKeys(worker) {
  await page.evaluate(() => { const { heard } = /** @type {any} */ (globalThis); heard.all = heard.keys; heard.keys = new Set(); });
  const open = await worker.evaluate(async () => { const { open } = /** @type {any} */ (globalThis).test; return (await Promise.all(['anna', 'bela'].map(open))).filter((text) => typeof text === 'string').length; });
  const live = await until('the keys in use', async () => { const keys = await keysHeard(); return keys.length === open ? keys : undefined; });
  await page.evaluate(() => { const { heard } = /** @type {any} */ (globalThis); heard.keys = new Set([...heard.all, ...heard.keys]); });
  return live;
}
