/** The page of the log: what it shows, and every way in which the log leaves the browser by hand. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import jsqr from 'jsqr';
import { DEFAULT_POLICY, launch, sample, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */

/** CommonJS: the function itself is one level down. */
const decode = /** @type {typeof jsqr} */ (/** @type {any} */ (jsqr).default ?? jsqr);

/** How many entries the long log has. A log of years is tried now and then, by saying how long. */
const MANY = Number(process.env.SCRUPLE_LOG_ENTRIES ?? 20_000);

/** What the page and the wasm may need for a log, in bytes, however long it is: far less than the long one. */
const ROOM = 48 << 20;

const { SCRUPLE_BIN = '' } = process.env;

const folder = mkdtempSync(join(tmpdir(), 'scruple-log-page-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Has the command line tool check a log. @param {string[]} words */
const verify = (...words) => execFileSync(SCRUPLE_BIN, ['verify', ...words], { encoding: 'utf8' });

/** @param {Page} page @param {string} selector */
const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent ?? '');

/** The text that a status says, once it says one. @param {Page} page @param {string} selector @param {number} [patience] */
const said = (page, selector, patience) => until(`words in ${selector}`, async () => (await textOf(page, selector)) || undefined, patience);

/** The file that was downloaded, once it is whole. @param {RegExp} name */
const downloaded = (name) => until(`a download like ${name}`, async () => {
  const file = readdirSync(folder).find((file) => name.test(file));
  return file && join(folder, file);
});

/** What a camera sees of an element: a picture of the screen, read by somebody else's decoder. @param {Session} session @param {Page} page @param {string} selector */
async function photographed(session, page, selector) {
  const element = await page.$(selector) ?? assert.fail(`no ${selector}`);
  const png = await element.screenshot({ encoding: 'base64' });
  // A page decodes the picture: `canvas` is all it takes.
  const other = await session.desk();
  try {
    const { data, width, height } = await other.evaluate(async (address) => {
      const image = new Image();
      image.src = address;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height), context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
      context.drawImage(image, 0, 0);
      const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
      return { data: [...data], width, height };
    }, `data:image/png;base64,${png}`);
    return decode(Uint8ClampedArray.from(data), width, height)?.data;
  } finally {
    await other.close();
  }
}

/** Opens the page of the log, and waits for its entries. @param {Session} session */
async function opened(session) {
  const page = await session.desk('pages/log.html');
  await said(page, '#shown');
  return page;
}

describe('the page of the log', { skip: SCRUPLE_BIN === '' && 'SCRUPLE_BIN does not name the command line tool' }, () => {
  /** @type {Session} */ let session;
  /** @type {string} */ let checkpoint;
  before(async () => {
    session = await launch();
    assert.ok((await session.setPolicy(readFileSync(DEFAULT_POLICY, 'utf8'))).ok);
    const client = await session.browser.target().createCDPSession();
    await client.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
  });
  after(() => session?.close());

  /** Captures a sample page. @param {string} name */
  async function captured(name) {
    const { url, body } = sample(name), page = await session.open(url, { body });
    try {
      const { panel } = await session.inspect(page);
      assert.equal((await session.capture(panel)).phase, 'captured');
      return panel;
    } finally {
      await page.close();
    }
  }

  test('is reached from the panel, once', async () => {
    const { url, body } = sample('third-degree.html'), page = await session.open(url, { body });
    const { panel } = await session.inspect(page);
    await session.capture(panel);
    const address = session.url('pages/log.html'), open = () => session.browser.targets().filter((target) => target.url() === address);
    await panel.$eval('#log', (button) => /** @type {HTMLButtonElement} */ (button).click());
    await until('the page of the log', async () => open()[0]);
    await page.bringToFront();
    await panel.$eval('#log', (button) => /** @type {HTMLButtonElement} */ (button).click());
    const shown = await open()[0].page() ?? assert.fail();
    await until('the page in front again', async () => (await shown.evaluate(() => document.visibilityState)) === 'visible' || undefined);
    assert.equal(open().length, 1);
    const told = await until('the entries', async () => await textOf(shown, '#entries') || undefined);
    assert.match(told, /#0Captured linkedin.*5 taken, 7 held back/);
    await Promise.all([page.close(), shown.close()]);
  });

  test('a checkpoint is a text, a code that a camera reads in every theme, and a file', async () => {
    const page = await opened(session);
    await page.focus('#sign');
    await page.keyboard.press('Enter');
    assert.equal(await said(page, '#signed'), 'This is the log up to now: 2 entries.', 'the first signature is an entry itself');
    checkpoint = await textOf(page, '#text');
    assert.match(checkpoint, /^scruple\/[0-9a-f]{32}\n2\n\S{44}\n\n— scruple\/\S+ \S+\n$/);
    assert.match(await textOf(page, '#entries'), /Signing key made/, 'and is shown');
    for (const theme of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
      assert.equal(await photographed(session, page, '.qr'), checkpoint, theme);
    }
    assert.equal(await page.$eval('.qr', (code) => code.getAttribute('role')), 'img');
    assert.match(await page.$eval('.qr', (code) => code.getAttribute('aria-label') ?? ''), /QR code/);
    await page.click('#save-checkpoint');
    assert.match(await said(page, '#checkpoint-saved'), /\.checkpoint/);
    assert.equal(readFileSync(await downloaded(/\.checkpoint$/), 'utf8'), checkpoint);
    await page.close();
  });

  test('the log is saved where downloads go, and holds what the checkpoint saw', async () => {
    await captured('first-degree.html');
    const page = await opened(session);
    await page.evaluate(() => { Reflect.deleteProperty(window, 'showSaveFilePicker'); });
    await page.click('#save');
    assert.match(await said(page, '#saved'), /^The log was saved as log-\d{4}-\d\d-\d\d\.scruplelog\.$/);
    const file = await downloaded(/\.scruplelog$/);
    assert.match(verify(file, '--checkpoint', await downloaded(/\.checkpoint$/)), /begins as it was at a checkpoint of 2 entries that is signed\nlog verified: 3 entries/);
    await page.close();
  });

  test('a log that was rewritten before the checkpoint verifies by itself, and not beside it', async () => {
    const page = await opened(session);
    // What somebody can do who owns the machine: another first entry, and a tree over it. The key still signs.
    await page.evaluate(async () => {
      /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
      const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = no; });
      const database = await done(indexedDB.open('scruple'));
      // What is no text keeps the place of the next entry.
      /** @type {string[]} */ const lines = (await done(database.transaction('entries').objectStore('entries').getAll())).filter((line) => typeof line === 'string');
      const entry = JSON.parse(lines[0]);
      lines[0] = lines[0].replace(entry.at, new Date(Date.parse(entry.at) - 60_000).toISOString().replace('.000', ''));
      /** @param {Uint8Array[]} parts */
      const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(/** @type {BlobPart[]} */ (parts)).arrayBuffer()));
      /** @type {Uint8Array[]} */ const peaks = [];
      for (const [index, line] of lines.entries()) {
        let hash = await sha256(Uint8Array.of(0), new TextEncoder().encode(line));
        for (let size = index; size % 2 === 1; size = (size - 1) / 2) hash = await sha256(Uint8Array.of(1), /** @type {Uint8Array} */ (peaks.pop()), hash);
        peaks.push(hash);
      }
      const head = JSON.parse(await done(database.transaction('meta').objectStore('meta').get('tree')));
      head.tree.peaks = peaks.map((hash) => [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
      const writing = database.transaction(['entries', 'meta'], 'readwrite');
      writing.objectStore('entries').put(lines[0], 0);
      await done(writing.objectStore('meta').put(JSON.stringify(head), 'tree'));
      database.close();
    });
    await page.close();
    const file = join(folder, 'rewritten');
    writeFileSync(file, await session.log());
    assert.match(verify(file), /log verified: 3 entries/);
    const refused = spawnSync(SCRUPLE_BIN, ['verify', file, '--checkpoint', await downloaded(/\.checkpoint$/)], { encoding: 'utf8' });
    assert.notEqual(refused.status, 0);
    assert.match(refused.stdout + refused.stderr, /checkpoint/);
    assert.doesNotMatch(refused.stdout, /log verified/);
  });

  test('who wants no file after all gets none, and a file that cannot be written is said', async () => {
    const page = await opened(session);
    await page.evaluate(() => { Object.assign(window, { showSaveFilePicker: () => Promise.reject(new DOMException('', 'AbortError')) }); });
    await page.click('#save');
    await until('the end of it', async () => (await page.$eval('#save', (button) => button.ariaDisabled)) === null || undefined);
    assert.equal(await textOf(page, '#saved'), '');
    await page.evaluate(() => { Object.assign(window, { showSaveFilePicker: () => Promise.reject(new DOMException('', 'NotAllowedError')) }); });
    await page.click('#save');
    assert.equal(await said(page, '#saved'), 'The log could not be saved. Try again.');
    await page.close();
  });
});

/** Writes on in the log of a browser until it has so many entries, as the guard would. Runs in a page. @param {number} many */
async function lengthened(many) {
  /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
  const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = no; });
  const database = await done(indexedDB.open('scruple'));
  const head = JSON.parse(await done(database.transaction('meta').objectStore('meta').get('tree')));
  const at = new Date(head.wall).toISOString().replace(/\.\d+/, '');
  /** @param {Uint8Array} bytes */
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));
  /** @type {string[]} */ const peaks = head.tree.peaks;
  /** @param {string} hex */
  const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
  /** @param {Uint8Array} bytes */
  const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  for (let begin = head.tree.size; begin < many; begin += 2000) {
    const end = Math.min(begin + 2000, many), lines = [];
    for (let index = begin; index < end; index += 1) {
      const cards = Array.from({ length: 24 }, (_, n) => `"${(index * 24 + n).toString(16).padStart(32, '0')}"`);
      lines.push(`{"at":"${at}","cards":[${cards}],"index":${index},"kind":"purged","v":1}`);
    }
    const leaves = await Promise.all(lines.map((line) => sha256(new TextEncoder().encode(`\0${line}`))));
    for (const [offset, leaf] of leaves.entries()) {
      let hash = leaf;
      for (let size = begin + offset; size % 2 === 1; size = (size - 1) / 2) {
        hash = await sha256(Uint8Array.of(1, ...bytesOf(/** @type {string} */ (peaks.pop())), ...hash));
      }
      peaks.push(hexOf(hash));
    }
    head.tree.size = end;
    const writing = database.transaction(['entries', 'meta'], 'readwrite'), entries = writing.objectStore('entries');
    for (const [offset, line] of lines.entries()) entries.put(line, begin + offset);
    await done(writing.objectStore('meta').put(JSON.stringify(head), 'tree'));
  }
  database.close();
  return many;
}

describe('a long log', { skip: SCRUPLE_BIN === '' && 'SCRUPLE_BIN does not name the command line tool' }, () => {
  /** @type {Session} */ let session;
  before(async () => { session = await launch(); });
  after(() => session?.close());

  test('is shown in pages, and saved in little memory', { timeout: 600_000 + MANY * 10 }, async (t) => {
    const page = await session.desk();
    // The first entry is made by the guard, so that there is a log.
    await page.evaluate(async () => { await (await (await import(/** @type {any} */ ('/guard/index.js'))).createGuard()).log.export(); });
    // No call of a page may take for minutes.
    for (let size = 0; size < MANY;) size = await page.evaluate(lengthened, Math.min(size + 10_000, MANY));
    await page.close();

    const log = await opened(session);
    const format = new Intl.NumberFormat('en');
    assert.equal(await textOf(log, '#shown'), `Newest first: 50 of ${format.format(MANY)}`);
    await log.focus('#older');
    await log.keyboard.press('Enter');
    await until('older entries', async () => (await log.$$eval('#entries li', (items) => items.length)) === 100 || undefined);
    assert.equal(await log.$eval('#entries li:last-child .index', (index) => index.textContent), `#${MANY - 100}`);
    assert.equal(await log.evaluate(() => document.activeElement?.id), 'older', 'the focus stays where the next press goes');

    // A file as the person would name it, in a folder of the browser: Chromium asks for no name here.
    await log.evaluate(() => {
      Object.assign(window, { showSaveFilePicker: async () => (await navigator.storage.getDirectory()).getFileHandle('long.scruplelog', { create: true }) });
    });
    const client = await log.createCDPSession();
    await client.send('Performance.enable');
    /** What lies in memory: what JavaScript holds, and the memory of the desk. */
    const used = async () => {
      const { metrics } = await client.send('Performance.getMetrics');
      const wasm = await log.evaluate(async () => {
        const { initSync } = await import(/** @type {any} */ ('/guard/wasm/desk.js'));
        try { return initSync({}).memory.buffer.byteLength; } catch { return 0; }   // it is not there before somebody needs it
      });
      return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Infinity) + wasm;
    };
    const begun = Date.now();
    let most = await used();
    const idle = most;
    await log.click('#save');
    for (let answer = ''; answer === ''; answer = await textOf(log, '#saved')) {
      most = Math.max(most, await used());
      await new Promise((go) => { setTimeout(go, 50); });
    }
    assert.equal(await textOf(log, '#saved'), 'The log was saved as long.scruplelog.');
    const took = Date.now() - begun;
    // Out of the browser in pieces: the test is no smaller than what it tests.
    const file = join(folder, 'long.scruplelog');
    writeFileSync(file, '');
    const size = await log.evaluate(async () => (await (await (await navigator.storage.getDirectory()).getFileHandle('long.scruplelog')).getFile()).size);
    for (let at = 0; at < size; at += 1 << 24) {
      const piece = await log.evaluate(async (from, to) => (await (await (await navigator.storage.getDirectory()).getFileHandle('long.scruplelog')).getFile()).slice(from, to).text(), at, Math.min(at + (1 << 24), size));
      writeFileSync(file, piece, { flag: 'a' });
    }
    t.diagnostic(`${MANY} entries, ${size} bytes, saved in ${took} ms; at most ${most - idle} bytes more in memory than before`);
    assert.ok(size > 900 * (MANY - 1), `the log is long: ${size}`);
    assert.ok(most - idle < ROOM, `${most - idle} bytes more in memory`);
    assert.match(verify(file), new RegExp(`log verified: ${MANY} entries`));
    await log.close();
  });
});
