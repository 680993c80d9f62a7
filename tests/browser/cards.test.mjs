/** What is kept can be looked through, and moves to a new machine: in a real browser, with the page that people use. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DEFAULT_POLICY, extensionCopy, launch, sample, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */

const { body, url } = sample('third-degree.html'), PASSPHRASE = 'four words are best', DAY = 86_400_000;

/** People with names and addresses of their own, on pages like the sample. */
const PEOPLE = ['Éloïse Marchand', 'Zoran Petrovic', 'Jean-Pierre Lefèvre'];

describe('what is kept', () => {
  const extension = extensionCopy(), downloads = mkdtempSync(join(tmpdir(), 'scruple-backup-'));
  /** @type {Session} */ let session;
  /** @type {Page} */ let page;
  before(async () => {
    session = await launch({ extension });
    assert.ok((await session.setPolicy(readFileSync(DEFAULT_POLICY, 'utf8'))).ok);
    for (const [i, name] of PEOPLE.entries()) await captured(session, name, `${url.replace(/\/$/, '')}-${i}/`);
  });
  after(async () => {
    await session.close().catch(() => {});
    for (const folder of [extension, downloads]) rmSync(folder, { recursive: true, force: true });
  });

  /** Captures a page like the sample, of somebody else. @param {Session} session @param {string} name @param {string} address */
  async function captured(session, name, address) {
    const [, old = ''] = /<h1[^>]*>\s*([^<]+?)\s*</.exec(body) ?? [];
    assert.notEqual(old, '', 'the sample has a name: mend this test');
    const page = await session.open(address, { body: body.replaceAll(old, name).replaceAll(url, address) });
    const { panel } = await session.inspect(page), { report } = await session.capture(panel);
    assert.equal(report?.card?.fields.name?.values[0], name);
    await page.close();
  }

  /** @param {Page} page @returns {Promise<string[]>} */
  const names = (page) => page.$$eval('#cards .name', (all) => all.map((one) => one.textContent ?? ''));

  /** Looks for something in the page. @param {Page} page @param {string} text @param {string} said */
  async function found(page, text, said) {
    // A tab that is not in front paints nothing, and a click waits for that.
    await page.bringToFront();
    await page.$eval('#text', (input, text) => { /** @type {HTMLInputElement} */ (input).value = text; }, text);
    await page.click('#form .primary');
    await until(`the answer to ${text}`, async () => (await page.$eval('#shown', (one) => one.textContent)) === said ? true : undefined);
    return names(page);
  }

  /** Asks the vault of a page. @template T @param {Page} page @param {(guard: any) => Promise<T>} work @returns {Promise<T>} */
  const ask = async (page, work) => {
    const guard = await page.evaluateHandle(async () => {
      const self = /** @type {any} */ (globalThis);
      return self.vaultGuard ??= await (await import(chrome.runtime.getURL('guard/index.js'))).createGuard();
    });
    return guard.evaluate(work);
  };

  test('the list shows the newest first, and a search finds the beginnings of words', async () => {
    page = await session.desk('pages/cards.html');
    await until('the list', async () => (await names(page)).length === 3 ? true : undefined);
    assert.deepEqual(await names(page), PEOPLE.toReversed());
    assert.deepEqual(await found(page, 'eloise', 'One person.'), [PEOPLE[0]]);
    assert.deepEqual(await found(page, 'JEAN-P', 'One person.'), [PEOPLE[2]]);
    assert.deepEqual(await found(page, 'loise', 'Nobody found.'), []);
    assert.deepEqual(await found(page, '', '3 people.'), PEOPLE.toReversed());
  });

  test('what is searched is sealed: no word of it is in the store', async () => {
    const stored = await session.stored(page), parts = JSON.parse(stored)['scruple/parts'];
    assert.equal(parts[0].length, 1, 'one part was made and kept');
    for (const word of ['Petrovic', 'petrovic', 'marchand']) assert.ok(!stored.includes(word), word);
  });

  test('a card shows what it holds and where it comes from, and can be erased', async () => {
    await page.click('#cards li:first-child summary');
    const told = await (await page.waitForSelector('#cards li:first-child .opened'))?.evaluate((one) => one.textContent ?? '') ?? '';
    assert.ok(told.includes('-2/') && told.includes(PEOPLE[2]), told);
    await page.click('#cards li:first-child .danger');
    await page.waitForSelector('#erasing[open]');
    assert.match(await page.$eval('#erasing-heading', (one) => one.textContent ?? ''), /Jean-Pierre/);
    await page.click('#requested');
    await page.click('#erasing .danger');
    await until('the card to be gone', async () => (await names(page)).length === 2 ? true : undefined);
    const stored = JSON.parse(await session.stored(page));
    assert.deepEqual([stored['scruple/cards'][0].length, stored['scruple/parts'][0].length], [2, 0], 'the part went with its card');
    assert.match(await ask(page, (guard) => guard.log.newest(1)).then(([entry]) => entry), /"kind":"erased".*"why":"request"/);
    assert.deepEqual(await found(page, 'lefevre', 'Nobody found.'), []);
  });

  test('another window notices what changed', async () => {
    const other = await session.desk('pages/cards.html');
    assert.deepEqual(await found(other, 'zoran', 'One person.'), [PEOPLE[1]]);
    await captured(session, PEOPLE[2], `${url.replace(/\/$/, '')}-2/`);
    assert.deepEqual(await found(other, 'lefevre', 'One person.'), [PEOPLE[2]]);
    assert.deepEqual(await found(page, 'lefevre', 'One person.'), [PEOPLE[2]]);
    await other.close();
  });

  test('a part that was damaged is made anew', async () => {
    await page.evaluate(async () => {
      /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
      const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
      const database = await done(indexedDB.open('scruple')), parts = database.transaction('parts', 'readwrite').objectStore('parts');
      const part = await done(parts.get(0));
      await done(parts.put({ ...part, sealed: `${part.sealed.slice(0, -8)}AAAAAAA=` }, 0));
      database.close();
    });
    const fresh = await session.desk('pages/cards.html');
    assert.deepEqual(await found(fresh, 'zoran', 'One person.'), [PEOPLE[1]]);
    await fresh.close();
  });

  test('what has expired is in no list and no answer, though nothing was purged', async () => {
    const late = await page.browser().newPage();
    await late.evaluateOnNewDocument(`{ const now = Date.now; Date.now = () => now() + ${1200 * DAY}; }`);
    await late.goto(session.url('pages/cards.html'));
    await until('an empty list', async () => (await late.$eval('#shown', (one) => one.textContent)) === 'Nobody found.' ? true : undefined);
    assert.deepEqual(await found(late, 'zoran', 'Nobody found.'), []);
    await late.close();
  });

  test('everything moves to a new machine', async () => {
    const client = await page.createCDPSession();
    await client.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads });
    await page.type('#new-passphrase', PASSPHRASE);
    await page.type('#again', PASSPHRASE);
    await page.click('#save button');
    const file = await until('the backup', async () => readdirSync(downloads).find((name) => name.endsWith('.scruplebackup')), 30_000);
    const bytes = readFileSync(join(downloads, file));
    for (const word of ['Petrovic', 'captured', 'people']) assert.ok(!bytes.subarray(400).includes(word), 'nothing of it can be read');
    const before = await ask(page, async (guard) => ({ entries: await guard.log.newest(100), cards: (await guard.vault.list()).cards }));
    const refused = await ask(page, (guard) => guard.backup.restore(new Blob(['x']), 'whatever it is').catch((/** @type {Error} */ error) => error.message));
    assert.match(refused, /not_a_backup/);

    const elsewhere = extensionCopy(), fresh = await launch({ extension: elsewhere });
    try {
      const desk = await fresh.desk('pages/cards.html');
      /** @param {Buffer} bytes @param {string} passphrase */
      const attempt = async (bytes, passphrase) => {
        const path = join(downloads, 'attempt.scruplebackup');
        writeFileSync(path, bytes);
        await desk.$eval('#moved', (one) => { one.textContent = ''; });
        await /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await desk.$('#file')).uploadFile(path);
        await desk.$eval('#passphrase', (input, text) => { /** @type {HTMLInputElement} */ (input).value = text; }, passphrase);
        await desk.click('#restore button');
        return until('an answer', async () => {
          const said = await desk.$eval('#moved', (one) => one.textContent ?? '');
          return said !== '' && said !== 'Working …' ? said : undefined;
        }, 30_000);
      };
      const flipped = Buffer.from(bytes);
      flipped[bytes.length - 40] ^= 1;
      assert.match(await attempt(bytes, 'four words are worse'), /not the one/);
      assert.match(await attempt(flipped, PASSPHRASE), /damaged/);
      assert.match(await attempt(bytes.subarray(0, -1), PASSPHRASE), /end of the backup is missing/);
      assert.match(await attempt(Buffer.concat([bytes, Buffer.from('x')]), PASSPHRASE), /damaged/);
      assert.match(await attempt(Buffer.from(bytes.toString('latin1').replace('"v":1', '"v":2'), 'latin1'), PASSPHRASE), /newer version/);
      assert.equal((await ask(desk, (guard) => guard.log.newest(9))).length, 0, 'nothing of it stayed');
      assert.match(await attempt(bytes, PASSPHRASE), /Everything is back/);
      const there = await ask(desk, async (guard) => ({ entries: await guard.log.newest(100), cards: (await guard.vault.list()).cards }));
      assert.deepEqual(there, before, 'the log, and the cards with their deadlines');
      assert.deepEqual(await found(desk, 'petrovic', 'One person.'), [PEOPLE[1]]);
      assert.deepEqual(await fresh.ask({ type: 'policy.get' }).then(({ text }) => text), await session.ask({ type: 'policy.get' }).then(({ text }) => text));
      const card = await fresh.card(`${url.replace(/\/$/, '')}-1/`);
      assert.equal(card?.fields.name?.values[0], PEOPLE[1], 'the card is found by its page, under its new name');
      assert.match(await attempt(bytes, PASSPHRASE), /kept here already/);
    } finally {
      await fresh.close();
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });
});

test('whoever is erased leaves no key of an index that named them, though it went before', async () => {
  const session = await launch({ ready: true });
  try {
    const policy = readFileSync(DEFAULT_POLICY, 'utf8');
    assert.ok((await session.setPolicy(policy)).ok);
    const page = await session.open(url, { body }), { panel } = await session.inspect(page);
    assert.equal((await session.capture(panel)).phase, 'captured');
    const desk = await session.desk(), vault = await desk.evaluateHandle(async (policy) => (await (await import(chrome.runtime.getURL('guard/index.js'))).createGuard({ policy })).vault, policy);
    /** How many keys the safe has: nobody else has any. */
    const keys = () => desk.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('scruple-safe', { create: true });
      let sizes = 0;
      for await (const handle of /** @type {any} */ (folder).values()) sizes += (await handle.getFile()).size;
      return sizes;
    });
    const one = await keys();
    assert.equal((await vault.evaluate((vault) => vault.search({ text: '' }))).cards.length, 1);
    const both = await keys();
    assert.ok(one > 0 && both > one, `the card has a key, and so has the part: ${one}, ${both}`);
    // What is noted of a card makes the part untrue, so it goes.
    assert.ok(await vault.evaluate((vault, url) => vault.contacted(url, 'replied'), url));
    assert.equal(await vault.evaluate((vault, url) => vault.erase(url, { requested: true }), url), true);
    assert.equal(await keys(), 0);
  } finally {
    await session.close();
  }
});

test('half a backup is said wherever something would be captured, and can be thrown away', async () => {
  const session = await launch({ ready: true });
  try {
    const settings = await session.desk(), desk = await session.desk('pages/cards.html');
    const said = (/** @type {Page} */ where, /** @type {string} */ id) => where.$eval(id, (each) => each.checkVisibility() && each.textContent || '');
    await until('the list', async () => (await desk.$eval('#shown', (one) => one.textContent)) === 'Nobody found.' ? true : undefined);
    assert.deepEqual([await said(settings, '#untended'), await said(desk, '#half')], ['', '']);
    // What a page leaves that is closed in the middle: an end of the log that is none.
    await desk.evaluate(async () => {
      /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
      const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
      const database = await done(indexedDB.open('scruple')), meta = database.transaction('meta', 'readwrite').objectStore('meta');
      await done(meta.put(JSON.stringify({ tree: { size: 2, peaks: ['00'.repeat(32), '00'.repeat(32)] } }), 'tree'));
      database.close();
    });
    await desk.reload();
    await until('the sentence', async () => /was not finished.*bottom of this page/.test(await said(desk, '#half')) || undefined);
    await until('the sentence elsewhere', async () => /was not finished.*“What is kept”/.test(await said(settings, '#untended')) || undefined);
    const page = await session.open(url, { body }), { panel } = await session.inspect(page);
    assert.match(await said(panel, '#untended'), /was not finished/);
    await desk.bringToFront();
    await desk.click('#discard');
    await until('it to be gone', async () => /is gone/.test(await said(desk, '#moved')) || undefined);
    for (const [where, id] of /** @type {const} */ ([[desk, '#half'], [settings, '#untended'], [panel, '#untended']])) await until('no sentence', async () => await said(where, id) === '' || undefined);
    assert.equal(await desk.$eval('#shown', (one) => one.textContent), 'Nobody found.');
  } finally {
    await session.close();
  }
});
