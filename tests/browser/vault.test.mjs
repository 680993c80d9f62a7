/** What is kept is sealed, ends when its time is over, and is really gone then: in every file of the browser's profile. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkLog, DEFAULT_POLICY, extensionCopy, filesBelow, launch, sample, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */

const { body, url } = sample('third-degree.html');

/**
 * What the person works at, first and later: words that stand nowhere else, nor does any part of them. The browser packs some of its files so that what
 * stood there before is only referred to; what never stood anywhere is written out.
 */
const FIRST = 'Zyqvanta Halvermoor', LATER = 'Ombrelsky Trandivale';

/** The days that the sample policy keeps details, which is three years. */
const DAY = 86_400_000, KEPT = 1095;

/** @param {string} employer */
function employed(employer) {
  const changed = body.replaceAll('Brückner &amp; Sohn', employer);
  assert.notEqual(changed, body, 'the sample names no such employer: mend this test');
  return changed;
}

describe('a card', () => {
  const profile = mkdtempSync(join(tmpdir(), 'scruple-vault-')), extension = extensionCopy();
  /** @type {Session} */ let session;
  before(async () => {
    session = await launch({ ready: true, extension, userDataDir: profile });
    assert.ok((await session.setPolicy(readFileSync(DEFAULT_POLICY, 'utf8'))).ok);
  });
  after(async () => {
    await session.close().catch(() => {});
    for (const folder of [profile, extension]) rmSync(folder, { recursive: true, force: true });
  });

  /** Captures the page as it stands after so many days. @param {string} employer @param {number} days */
  async function captured(employer, days) {
    const page = await session.open(url, { body: employed(employer) });
    try {
      await at(days);
      const { panel } = await session.inspect(page);
      const { report } = await session.capture(panel);
      const card = report?.card ?? assert.fail('nothing was captured');
      assert.ok(JSON.stringify(card).includes(employer), `the employer is part of the card: ${JSON.stringify(card.fields)}`);
      return card;
    } finally {
      await page.close();
    }
  }

  /** Sets the clock of the worker to so many days from now. @param {number} days */
  async function at(days) {
    const worker = await session.wake();
    await worker.evaluate(`globalThis.realNow ??= Date.now; Date.now = () => globalThis.realNow() + ${days * DAY}`);
  }

  /** Has the worker do what it does when its alarm rings. */
  async function alarm() {
    const worker = await session.wake();
    await worker.evaluate(`chrome.alarms.onAlarm.dispatch({ name: 'purge', scheduledTime: 0 })`);
  }

  /** Where a text stands in the files of the profile. @param {string[]} texts */
  async function onDisk(texts) {
    /** @type {string[]} */ const found = [];
    for await (const { path, bytes } of filesBelow(profile)) {
      for (const text of texts) {
        if (bytes.includes(Buffer.from(text, 'utf8')) || bytes.includes(Buffer.from(text, 'utf16le'))) found.push(`${text} in ${relative(profile, path)}`);
      }
    }
    return found;
  }

  test('captured again after two years, with another employer: its deadline stays, and the earlier employer is gone', async () => {
    const first = await captured(FIRST, 0);
    assert.ok(JSON.stringify(await session.card(url)).includes(FIRST), 'the vault gives it out');
    const later = await captured(LATER, 730);
    assert.deepEqual([later.id, later.first_captured_at, later.expires_at], [first.id, first.first_captured_at, first.expires_at]);
    const kept = JSON.stringify(await session.card(url));
    assert.ok(kept.includes(LATER) && !kept.includes(FIRST));
    assert.deepEqual(await onDisk([FIRST, LATER]), [], 'what is kept is sealed');
  });

  test('once its time is over it is not given out, then deleted, and the log says so', async () => {
    await at(KEPT + 1);
    await alarm();
    const events = await until('the purge', async () => {
      const text = await session.log();
      return text.split('\n').find((line) => line.includes('"kind":"purged"'));
    });
    assert.equal(JSON.parse(events).cards.length, 1);
    assert.deepEqual((await session.kept()).cards, 0);
    assert.equal(await session.card(url), null);
  });

  test('erased because the person asked for it: nothing is left but the entry', async () => {
    await at(0);
    await captured(FIRST, 0);
    assert.equal(await session.inVault((vault, url) => vault.erase(url, { requested: true }), url), true);
    assert.equal(await session.inVault((vault, url) => vault.erase(url, { requested: true }), url), false);
    assert.equal(await session.card(url), null);
    assert.equal((await session.kept()).cards, 0);
    const text = await session.log();
    assert.match(text, /"kind":"erased"[^\n]*"why":"request"/);
    assert.match(text, /"kind":"clock_anomaly"/, 'the clock was set back, and that is noted');
    const said = checkLog(text);
    if (said) assert.match(said.verified, /log verified/);
  });

  test('a row that is damaged is given to nobody, and goes at the next look at the clock with its key; the log says so', async () => {
    const { id } = await captured(FIRST, 0), desk = await session.desk();
    try {
      assert.equal((await session.kept()).cards, 1);
      await desk.evaluate(() => new Promise((yes, no) => {
        const opening = indexedDB.open('scruple');
        opening.onerror = no;
        opening.onsuccess = () => {
          const all = opening.result.transaction('cards', 'readwrite'), cards = all.objectStore('cards'), reading = cards.openCursor();
          // It is in no index of deadlines then, and it names a key that there never was.
          reading.onsuccess = () => {
            const { expires, ends, sealed, ...rest } = reading.result?.value;
            cards.put({ ...rest, sealed: `no.key${sealed}` }, reading.result?.key);
          };
          all.oncomplete = () => { opening.result.close(); yes(undefined); };
          all.onabort = no;
        };
      }));
      await assert.rejects(session.card(url), /guard_failed|cannot be read/);
      await alarm();
      const line = await until('the purge', async () => (await session.log()).split('\n').find((line) => line.includes('"why":"damaged"')));
      assert.deepEqual([JSON.parse(line).kind, JSON.parse(line).cards], ['purged', [id]]);
      assert.equal((await session.kept()).cards, 0);
      assert.equal(await session.card(url), null);
      await until('its key to go', () => desk.evaluate(async () => {
        const opening = indexedDB.open('scruple-safe'), done = (/** @type {IDBRequest} */ request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = no; });
        const database = await done(opening), heads = await done(database.transaction('heads').objectStore('heads').getAll());
        database.close();
        return heads.every((/** @type {{ names: Uint8Array }} */ { names }) => names.length === 0) || undefined;
      }));
      const said = checkLog(await session.log());
      if (said) assert.match(said.verified, /log verified/);
    } finally {
      await desk.close();
    }
  });

  test('what could not be deleted is told in the panel and in the settings, and tried again', async () => {
    const page = await session.open(url, { body }), desk = await session.desk();
    try {
      await page.bringToFront();
      const { panel } = await session.inspect(page);
      const saying = (/** @type {Page} */ where) => where.$eval('#untended', (each) => each.checkVisibility() && each.textContent || '');
      assert.deepEqual([await saying(panel), await saying(desk)], ['', '']);
      const worker = await session.wake();
      await worker.evaluate(() => {
        const self = /** @type {any} */ (globalThis);
        self.begin = IDBDatabase.prototype.transaction;
        IDBDatabase.prototype.transaction = () => { throw new DOMException('no room', 'QuotaExceededError'); };
      });
      await alarm();
      for (const where of [panel, desk]) await until('the sentence', async () => /could not finish deleting/.test(await saying(where)) || undefined);
      const again = await until('another alarm', () => worker.evaluate(() => chrome.alarms.get('purge again')));
      assert.ok(again.scheduledTime - Date.now() <= 5 * 60_000);
      const later = await session.desk();
      await until('the sentence', async () => /could not finish deleting/.test(await saying(later)) || undefined);
      await later.close();
      await worker.evaluate(() => { IDBDatabase.prototype.transaction = /** @type {any} */ (globalThis).begin; });
      await worker.evaluate(`chrome.alarms.onAlarm.dispatch({ name: 'purge again', scheduledTime: 0 })`);
      for (const where of [panel, desk]) await until('the sentence to go', async () => await saying(where) === '' || undefined);
      assert.equal(await worker.evaluate(() => chrome.alarms.get('purge again')) ?? null, null);
    } finally {
      for (const each of [page, desk]) await each.close();
    }
  });

  test('no file of the profile holds a value, while the browser runs and after', async () => {
    assert.ok((await onDisk(['sha256:'])).some((found) => found.includes('indexeddb')), 'what is no value is found: the search works');
    assert.deepEqual(await onDisk([FIRST, LATER]), []);
    await session.close();
    assert.deepEqual(await onDisk([FIRST, LATER]), []);
  });
});
