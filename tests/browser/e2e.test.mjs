/** The whole extension in Chromium, used as a person uses it: toolbar button, side panel, its buttons. And everything that can go wrong. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DEFAULT_POLICY, launch, ROOT, sample, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {import('./harness.mjs').PanelState} PanelState */
/** @typedef {import('./harness.mjs').Served} Served */

const PROFESSIONAL = readFileSync(DEFAULT_POLICY, 'utf8');
const WITH_EMAIL = readFileSync(join(ROOT, 'www/policies/with-email.json'), 'utf8');
const first = sample('first-degree.html'), third = sample('third-degree.html'), wall = sample('wall.html');

/** @type {Session} */ let session;

/** Runs on a page of its own, in the browser that the tests share. @param {{ url: string } & Served} page @param {(page: Page) => Promise<unknown>} work */
async function on({ url, ...served }, work) {
  const page = await session.open(url, served);
  try { await work(page); } finally { await page.close(); }
}

/** @param {PanelState} state @param {string} field */
const verdict = ({ report }, field) => report?.verdicts.find((each) => each.field === field) ?? assert.fail(`no verdict on ${field}`);
/** @param {PanelState} state */
const allowed = ({ report }) => (report?.verdicts ?? []).filter(({ decision }) => decision === 'allow').map(({ field }) => field);
/** @param {PanelState} state */
const codes = ({ problem, report }) => new Set([problem?.code, ...(report?.verdicts ?? []).flatMap(({ reasons }) => reasons.map(({ code }) => code))].filter(Boolean));
/** What the panel says. @param {Page} panel */
const notice = (panel) => until('a sentence in the panel', async () => await panel.$eval('#notice', (each) => each.textContent?.trim()) || undefined);

/**
 * Nothing is allowed or captured; a person is told so in a sentence, a machine in a code.
 * @param {Page} panel @param {PanelState} state @param {RegExp} code
 */
async function denied(panel, state, code) {
  assert.deepEqual(allowed(state), []);
  assert.equal(state.report?.card ?? null, null);
  assert.ok([...codes(state)].some((each) => code.test(String(each))), `${[...codes(state)]} has none like ${code}`);
  assert.match(await notice(panel), /\w+ \w+/);
  assert.equal(await panel.$('#capture:enabled').then((button) => button?.isVisible()) ?? false, false, 'there is nothing to press');
}

/** The store before and after: no card came, and no entry claims one. @param {() => Promise<unknown>} work */
async function nothingCaptured(work) {
  const before = await session.kept();
  await work();
  const now = await session.kept();
  assert.deepEqual([now.cards, now.captured], [before.cards, before.captured]);
  assert.ok(now.entries >= before.entries, 'no entry was lost');
}

/** Puts code into the worker. @param {string} code */
async function intoWorker(code) {
  const worker = await session.wake();
  await worker.evaluate(code);
}

describe('the daily path', () => {
  before(async () => { session = await launch(); });
  after(() => session?.close());

  test('a third-degree profile: what every member can see is captured, with its entry', async () => {
    assert.deepEqual(await session.setPolicy(WITH_EMAIL).then(({ ok }) => ok), true);
    await on(third, async (page) => {
      const { panel, state } = await session.inspect(page);
      assert.equal(state.phase, 'judged');
      assert.equal(state.host, 'www.linkedin.com');
      assert.deepEqual([state.report?.page.kind, state.report?.page.relation, state.report?.card], ['profile', 'third', null]);
      assert.ok(['name', 'headline', 'email'].every((field) => allowed(state).includes(field)), String(allowed(state)));
      const done = await session.capture(panel);
      assert.equal(done.phase, 'captured');
      const { card, log } = done.report ?? assert.fail('no report');
      assert.deepEqual([card?.fields.name.values, card?.fields.email.values], [['Jonas Weber'], ['jonas.weber@example.org']]);
      assert.equal(card?.source.url, third.url);
      assert.deepEqual([log?.index, log?.size], [0, 1]);
      assert.deepEqual(done.entries.map(({ kind, site }) => [kind, site]), [['captured', 'linkedin']]);
      assert.deepEqual(await session.kept(), { cards: 1, captured: 1, entries: 1 });
      const shown = await until('the card in the panel', async () => (await panel.$('#card')) && panel.$eval('body', (body) => body.innerText) || undefined);
      assert.ok(shown.includes('Jonas Weber'));
      await page.bringToFront();
    });
  });

  test('a first-degree profile: what is limited to connections stays', async () => {
    await on(first, async (page) => {
      const { panel, state } = await session.inspect(page);
      assert.equal(state.report?.page.relation, 'first');
      for (const field of ['email', 'telephone', 'streetAddress', 'birthDate', 'image']) {
        assert.equal(verdict(state, field).decision, 'deny', field);
        assert.equal(verdict(state, field).present, true, `${field} was seen`);
      }
      const { report } = await session.capture(panel);
      assert.deepEqual(report?.card?.fields.name.values, ['Camille Roussel']);
      assert.deepEqual(Object.keys(report?.card?.fields ?? {}).filter((field) => verdict(state, field).decision !== 'allow'), []);
      assert.equal(report?.log?.size, 2);
    });
  });

  test('the same person again: one card, and its deadline stays', async () => {
    const { cards, entries } = await session.kept();
    await on(third, async (page) => {
      const { panel } = await session.inspect(page);
      const { report } = await session.capture(panel);
      await session.again(panel);
      const later = await session.capture(panel);
      assert.equal(later.report?.card?.expires_at, report?.card?.expires_at);
      assert.equal(later.report?.card?.id, report?.card?.id);
    });
    assert.deepEqual(await session.kept(), { cards, captured: entries + 2, entries: entries + 2 });
  });

  test('a sign-in wall: nothing to take, nothing to press, one refusal in the log', async () => {
    const { cards, entries } = await session.kept();
    await on(wall, async (page) => {
      const { panel, state } = await session.inspect(page);
      assert.equal(state.report?.page.kind, 'wall');
      await denied(panel, state, /^deny\./);
      assert.equal(await session.pressCapture(panel), false);
    });
    const now = await session.kept();
    assert.deepEqual([now.cards, now.entries], [cards, entries + 1]);
  });

  test('the log that is exported verifies', async (t) => {
    const { SCRUPLE_BIN } = process.env;
    const { ok, text, name } = await session.ask({ type: 'log.export' });
    assert.ok(ok && name.endsWith('log'));
    if (!SCRUPLE_BIN) return t.diagnostic('not verified: SCRUPLE_BIN does not name the command line tool');
    const folder = mkdtempSync(join(tmpdir(), 'scruple-log-'));
    try {
      writeFileSync(join(folder, name), text);
      const said = execFileSync(SCRUPLE_BIN, ['verify', join(folder, name)], { encoding: 'utf8' });
      assert.match(said, new RegExp(`log verified: ${(await session.kept()).entries} entries`));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('ten pages visited without a press leave nothing', async () => {
    const before = await session.stored();
    session.requests.length = session.messages.length = session.console.length = 0;
    for (let i = 0; i < 10; i++) {
      await on({ url: `https://www.linkedin.com/in/visitor-${i}/`, body: (i % 2 ? first : third).body }, async (page) => {
        await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
        assert.deepEqual(page.extensionRealms(), [], 'no script of the extension is in the page');
        assert.equal(await page.evaluate(() => 'scrupleProbe' in globalThis), false);
      });
    }
    assert.deepEqual(session.messages.filter(({ text }) => text.includes('executeScript')), []);
    assert.equal(await session.stored(), before);
    const own = `chrome-extension://${session.id}/`;
    /** @param {string} text */
    const to = (text) => JSON.parse(text).request.url;
    assert.deepEqual(session.requests.filter(({ from, text }) => from.includes(own) && !to(text).startsWith(own)), []);
    const beyond = session.requests.map(({ text }) => to(text)).filter((url) => /^(https?|wss?|ftp):/.test(url) && new URL(url).host !== 'www.linkedin.com');
    assert.deepEqual(beyond, []);
  });
});

describe('pages that cannot be judged', () => {
  before(async () => { session = await launch(); await session.setPolicy(WITH_EMAIL); });
  after(() => session?.close());

  const url = 'https://www.linkedin.com/in/jonas-weber-demo/';
  for (const [type, body] of [['text/plain', 'Jonas Weber'], ['application/json', '{"name":"Jonas Weber"}'], ['application/xml', '<a><h1>Jonas Weber</h1></a>'],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><text y="20">Jonas Weber</text></svg>'],
    // Chromium never lets a script into a page for the errors of broken XML: that ends by its time limit.
    ['application/xml', 'Jonas Weber <']]) {
    test(`not HTML: ${type}, ${body}`, () => nothingCaptured(() => on({ url, type, body }, async (page) => {
      const { panel, state } = await session.inspect(page);
      await denied(panel, state, /^deny\.(site\.unsupported|guard\.(error|timeout))$/);
    })));
  }

  test('a page of the browser itself', () => nothingCaptured(async () => {
    const page = await session.browser.newPage();
    await page.goto('chrome://version');
    const { panel, state } = await session.inspect(page);
    await denied(panel, state, /^deny\.(site\.unsupported|guard\.error)$/);
    await page.close();
  }));

  test('a site nobody has described', () => nothingCaptured(() => on({ url: 'https://www.example.org/people/1', body: '<!doctype html><h1>Jonas Weber</h1><p>jonas@example.org' }, async (page) => {
    const { panel, state } = await session.inspect(page);
    await denied(panel, state, /^deny\./);
  })));

  test('200,000 elements', () => nothingCaptured(() => on({ url, body: third.body.replace('</main>', `${'<p>a</p>'.repeat(200_000)}</main>`) }, async (page) => {
    const { panel, state } = await session.inspect(page, 60_000);
    await denied(panel, state, /^deny\.(site\.unsupported|guard\.(error|timeout))$/);
  })));

  test('10 MB of text in place of a name', () => nothingCaptured(() => on({ url, body: third.body.replace(/(<h1[^>]*>)[^<]*/, `$1${'Jonas Weber '.repeat(900_000)}`) }, async (page) => {
    const { panel, state } = await session.inspect(page, 60_000);
    assert.equal(verdict(state, 'name').decision, 'deny');
    assert.match(await notice(panel), /\w+ \w+/);
  })));

  test('10 MB of text beside a profile', () => on({ url, body: third.body.replace('</main>', `<p>${'lorem ipsum '.repeat(900_000)}</p></main>`) }, async (page) => {
    const { panel } = await session.inspect(page, 60_000);
    const { report } = await session.capture(panel);
    assert.deepEqual(report?.card?.fields.name.values, ['Jonas Weber']);
  }));

  test('a document that is empty', () => nothingCaptured(() => on({ url, body: '' }, async (page) => {
    const { panel, state } = await session.inspect(page);
    await denied(panel, state, /^deny\./);
  })));
});

describe('pages that change between judging and reading', () => {
  before(async () => { session = await launch(); await session.setPolicy(WITH_EMAIL); });
  after(() => session?.close());

  /** @param {(page: Page) => Promise<unknown>} change */
  const swapped = (change) => nothingCaptured(() => on(third, async (page) => {
    const { panel, state } = await session.inspect(page);
    assert.ok(allowed(state).includes('name'));
    await change(page);
    assert.equal(await session.pressCapture(panel), true);
    const done = await session.settled(panel, ['captured', 'failed']);
    assert.equal(done.phase, 'failed');
    await denied(panel, done, /^deny\.guard\.changed$/);
  }));

  test('another name', () => swapped((page) => page.evaluate(() => { /** @type {Element} */ (document.querySelector('h1')).textContent = 'Camille Roussel'; })));
  test('the name in another node', () => swapped((page) => page.evaluate(() => { const node = document.querySelector('h1'); node?.replaceWith(node.cloneNode(true)); })));
  test('another degree', () => swapped((page) => page.evaluate(() => { /** @type {Element} */ (document.querySelector('.dist-value')).textContent = '1st'; })));
  test('everything gone', () => swapped((page) => page.evaluate(() => document.body.replaceChildren())));

  /** A page that was left takes its verdicts with it. @param {(page: Page) => Promise<unknown>} leave */
  const left = (leave) => nothingCaptured(() => on(third, async (page) => {
    const { panel, state } = await session.inspect(page);
    assert.ok(allowed(state).includes('name'));
    await leave(page);
    await until('the verdicts to go', async () => (await session.state(panel)).report === null || undefined);
    await until('the button to go', async () => await panel.$('#capture:enabled').then((button) => button?.isVisible()) ? undefined : true);
    const { tabId } = await session.state(panel);
    assert.equal((await session.ask({ type: 'capture', tabId }, panel)).state.phase, 'idle', 'asked all the same, nothing happens');
  }));
  test('another address, without loading', () => left((page) => page.evaluate(() => history.pushState(null, '', '/in/camille-roussel-demo/'))));
  test('another page at the same address', () => left((page) => page.reload({ waitUntil: 'domcontentloaded' })));
  test('another site', () => left((page) => page.goto('https://www.example.org/', { waitUntil: 'domcontentloaded' })));
});

describe('a probe that lies', () => {
  before(async () => { session = await launch(); await session.setPolicy(WITH_EMAIL); });
  after(() => session?.close());

  /**
   * Makes every answer of the probe that has a given key pass through a lie.
   * @param {string} key @param {(answer: any, text: string) => unknown} lie gets the parsed answer and its text; what it gives back goes on as text, or as it is in `raw`
   */
  const lying = (key, lie) => intoWorker(`(() => {
    globalThis.honest ??= chrome.scripting.executeScript;
    const lie = ${lie};
    chrome.scripting.executeScript = async (...args) => {
      const results = await globalThis.honest.apply(chrome.scripting, args);
      for (const each of results) {
        if (typeof each?.result !== 'string' || !each.result.includes(${JSON.stringify(`"${key}"`)})) continue;
        const said = lie(JSON.parse(each.result), each.result);
        each.result = said && typeof said === 'object' && 'raw' in said ? said.raw : JSON.stringify(said);
      }
      return results;
    };
  })()`);

  /** @type {[what: string, lie: (answer: any, text: string) => unknown][]} */
  const sightings = [
    ['nothing', () => ({ raw: null })], ['a number', () => ({ raw: 7 })], ['an object', (answer) => ({ raw: answer })], ['no JSON', (_, text) => ({ raw: text.slice(1) })],
    ['an empty object', () => ({})], ['another version', (answer) => ({ ...answer, v: 2 })], ['another nonce', (answer) => ({ ...answer, nonce: 'mine' })],
    ['a key too many', (answer) => ({ ...answer, allow: true })], ['a pin that is none', (answer) => ({ ...answer, pin: 'pin' })],
    ['no answers', (answer) => ({ ...answer, answers: [] })], ['an answer too many', (answer) => ({ ...answer, answers: [...answer.answers, { id: 999, count: 0 }] })],
    ['answers in another order', (answer) => ({ ...answer, answers: answer.answers.reverse() })], ['too many elements', (answer) => ({ ...answer, elements: 1e9 })],
    ['a negative count', (answer) => ({ ...answer, answers: answer.answers.map((/** @type {any} */ each) => ({ ...each, count: -1 })) })],
    ['five megabytes', (answer) => ({ ...answer, nonce: 'n'.repeat(5e6) })],
    ...[['a text where none was asked for', { text: 'Jonas Weber' }], ['a handle for everything', { h: 0 }], ['yes to questions that were not put', { yes: [99] }],
      ['yes twice', { yes: [0, 0] }], ['another kind of node', { shown: 'published' }], ['a way of being shown that is none', { shown: 'everywhere' }], ['a print that is none', { print: '*' }]]
      .map(([what, change]) => /** @type {[string, any]} */ ([what, `(answer) => ({ ...answer, answers: answer.answers.map((each) => ({ ...each, nodes: each.nodes?.map((node) => ({ ...node, ...${JSON.stringify(change)} })) })) })`])),
  ];
  for (const [what, lie] of sightings) {
    test(`about what it saw: ${what}`, () => nothingCaptured(() => on(third, async (page) => {
      await lying('answers', lie);
      const { panel, state } = await session.inspect(page);
      await denied(panel, state, /^deny\.guard\.error$/);
    })));
  }

  /** @type {[what: string, lie: (answer: any, text: string) => unknown][]} */
  const values = [
    ['nothing', () => ({ raw: null })], ['no JSON', () => ({ raw: 'Jonas' })], ['another nonce', (answer) => ({ ...answer, nonce: 'mine' })], ['fewer', (answer) => ({ ...answer, values: answer.values.slice(1) })],
    ['more', (answer) => ({ ...answer, values: [...answer.values, { h: 99, text: 'a' }] })], ['of another node', (answer) => ({ ...answer, values: answer.values.map(() => ({ h: 99, text: 'a' })) })],
    ['no texts', (answer) => ({ ...answer, values: answer.values.map((/** @type {any} */ { h }) => ({ h, text: 7 })) })],
    ['read and refused at once', (answer) => ({ ...answer, values: answer.values.map((/** @type {any} */ each) => ({ ...each, refused: 'changed' })) })],
    ['longer than was judged', (answer) => ({ ...answer, values: answer.values.map((/** @type {any} */ { h }) => ({ h, text: 'a'.repeat(20_001) })) })],
    ['a key too many', (answer) => ({ ...answer, values: answer.values.map((/** @type {any} */ each) => ({ ...each, more: 1 })) })],
  ];
  for (const [what, lie] of values) {
    test(`about what it read: ${what}`, () => nothingCaptured(() => on(third, async (page) => {
      await lying('values', lie);
      const { panel, state } = await session.inspect(page);
      assert.ok(allowed(state).includes('name'));
      await session.pressCapture(panel);
      const done = await session.settled(panel, ['captured', 'failed']);
      assert.equal(done.phase, 'failed');
      await denied(panel, done, /^deny\.guard\.(error|changed)$/);
    })));
  }

  test('a page that never answers', () => nothingCaptured(() => on(third, async (page) => {
    await intoWorker('chrome.scripting.executeScript = () => new Promise(() => {})');
    const { panel, state } = await session.inspect(page, 60_000);
    await denied(panel, state, /^deny\.guard\.timeout$/);
  })));
});

describe('a worker that is stopped', () => {
  before(async () => { session = await launch(); await session.setPolicy(WITH_EMAIL); });
  after(() => session?.close());

  /**
   * Stops the worker at a point of its work: right before or after its nth call of the page, or when it writes.
   * @param {string} point @returns {Promise<{ stopped: Promise<unknown> }>}
   */
  async function stopAt(point) {
    const worker = await session.wake();
    const stopped = new Promise((done, failed) => {
      worker.client.on('Runtime.bindingCalled', ({ name }) => { if (name === 'scrupleStop') session.killWorker().then(done, failed); });
    });
    await worker.client.send('Runtime.addBinding', { name: 'scrupleStop' });
    await worker.evaluate(`((point) => {
      const at = (name) => name === point && (globalThis.scrupleStop(name), true), never = new Promise(() => {});
      const real = chrome.scripting.executeScript;
      let calls = 0;
      chrome.scripting.executeScript = async (...args) => {
        const call = ++calls;
        if (at('before call ' + call)) return never;
        const results = await real.apply(chrome.scripting, args);
        return at('after call ' + call) ? never : results;
      };
      for (const name of ['add', 'put']) {
        const write = IDBObjectStore.prototype[name];
        IDBObjectStore.prototype[name] = function (...args) { const request = write.apply(this, args); at(name + ' ' + this.name); return request; };
      }
      const commit = IDBTransaction.prototype.commit;
      IDBTransaction.prototype.commit = function () { const { mode } = this; commit.call(this); if (mode === 'readwrite') at('commit'); };
      const begin = IDBDatabase.prototype.transaction;
      IDBDatabase.prototype.transaction = function (...args) {
        const transaction = begin.apply(this, args);
        if (transaction.mode === 'readwrite') transaction.addEventListener('complete', () => at('complete'));
        return transaction;
      };
    })(${JSON.stringify(point)})`);
    return { stopped };
  }

  /** Either both or neither; and pressing again works. @param {Page} page */
  async function sound(page) {
    const { cards, captured, entries } = await session.kept();
    assert.equal(cards > 0, captured > 0, 'a card without its entry, or an entry without its card');
    await session.killWorker();   // one that lived has its stop still set
    const panel = await session.press(page), state = await session.again(panel);
    assert.ok(allowed(state).includes('name'));
    const done = await session.capture(panel);
    assert.equal(done.phase, 'captured');
    const now = await session.kept();
    assert.deepEqual([now.captured, now.entries], [captured + 1, entries + 1], 'the log goes on where it was');
  }

  for (const point of ['before call 1', 'after call 1', 'before call 2', 'after call 2']) {
    test(`while it judges: ${point} of the page`, () => on({ ...third, url: `https://www.linkedin.com/in/judging-${point.replaceAll(' ', '-')}/` }, async (page) => {
      const { stopped } = await stopAt(point);
      await nothingCaptured(async () => {
        const panel = await session.press(page);
        await Promise.race([stopped, session.settled(panel)]);
      });
      await sound(page);
    }));
  }
  test('between judging and capturing', () => on({ ...third, url: 'https://www.linkedin.com/in/between/' }, async (page) => {
    const { panel } = await session.inspect(page);
    assert.ok(await session.killWorker());
    const { cards, entries } = await session.kept();
    const button = await panel.$('#capture:enabled') ?? assert.fail('the panel lost its button');
    await button.click();
    const state = await session.settled(panel, ['captured', 'failed']);
    assert.match(await notice(panel), /\w+ \w+/);
    const now = await session.kept(), more = state.phase === 'captured' ? 1 : 0;
    assert.deepEqual([now.cards, now.captured], [cards + more, entries + more], 'what the panel says is what is kept');
    await sound(page);
  }));
  for (const point of ['before call 1', 'after call 1', 'add entries', 'put cards', 'put meta', 'commit', 'complete']) {
    test(`while it captures: ${point}`, (t) => on({ ...third, url: `https://www.linkedin.com/in/capturing-${point.replaceAll(' ', '-')}/` }, async (page) => {
      const { panel } = await session.inspect(page);
      const before = await session.kept();
      const { stopped } = await stopAt(point);
      await page.bringToFront();
      await session.pressCapture(panel);
      await Promise.race([stopped, session.settled(panel, ['captured', 'failed']).catch(() => {})]);
      assert.match(await notice(panel), /\w+ \w+/);
      const now = await session.kept();
      assert.equal(now.cards - before.cards, now.captured - before.captured, 'a card without its entry, or an entry without its card');
      t.diagnostic(now.cards > before.cards ? 'both were kept' : 'neither was kept');
      await sound(page);
    }));
  }
});

describe('an extension that cannot work', () => {
  test('no policy yet', async () => {
    session = await launch();
    try {
      await nothingCaptured(() => on(third, async (page) => {
        const { panel, state } = await session.inspect(page);
        await denied(panel, state, /^deny\.policy\./);
      }));
    } finally { await session.close(); }
  });

  test('a policy that names no purpose', async () => {
    session = await launch();
    try {
      const { purpose, ...rest } = JSON.parse(PROFESSIONAL);
      assert.ok(purpose);
      assert.equal((await session.setPolicy(JSON.stringify(rest))).ok, true);
      await nothingCaptured(() => on(third, async (page) => {
        const { panel, state } = await session.inspect(page);
        await denied(panel, state, /^deny\.policy\.no_purpose$/);
      }));
    } finally { await session.close(); }
  });

  test('a broken policy is refused, and the one before it stays', async () => {
    session = await launch();
    try {
      await session.setPolicy(PROFESSIONAL);
      for (const text of ['{', '[]', '{"version":9}', PROFESSIONAL.replace('"name"', '"nom"'), PROFESSIONAL.replace('"retention"', '"retentio"')]) {
        const answer = await session.setPolicy(text);
        assert.equal(answer.ok, false, text.slice(0, 40));
        assert.ok(answer.problems?.every((problem) => /\w+ \w+/.test(problem)) && answer.problems.length > 0);
      }
      assert.equal((await session.ask({ type: 'policy.get' })).text, PROFESSIONAL);
      await on(third, async (page) => assert.ok(allowed((await session.inspect(page)).state).includes('name')));
    } finally { await session.close(); }
  });

  test('a policy that broke where it is kept', async () => {
    session = await launch();
    try {
      await session.setPolicy(PROFESSIONAL);
      const desk = await session.desk();
      const spoilt = await desk.evaluate(async (text) => {
        const kept = await chrome.storage.local.get(null), keys = Object.keys(kept).filter((key) => JSON.stringify(kept[key]).includes(JSON.stringify(text).slice(1, -1)));
        for (const key of keys) await chrome.storage.local.set({ [key]: typeof kept[key] === 'string' ? '{"version":' : { .../** @type {object} */ (kept[key]), text: '{"version":' } });
        return keys.length;
      }, PROFESSIONAL);
      assert.equal(spoilt, 1, 'the policy was found where it is kept');
      await desk.close();
      await session.killWorker();
      await nothingCaptured(() => on(third, async (page) => {
        const { panel, state } = await session.inspect(page);
        await denied(panel, state, /^deny\./);
      }));
    } finally { await session.close(); }
  });

  test('no WebAssembly', async () => {
    session = await launch({ args: ['--js-flags=--jitless'] });
    try {
      await session.ask({ type: 'policy.set', text: PROFESSIONAL }).catch(() => {});
      assert.equal(await (await session.wake()).evaluate(() => typeof globalThis.WebAssembly), 'undefined');
      await nothingCaptured(() => on(third, async (page) => {
        const { panel, state } = await session.inspect(page);
        await denied(panel, state, /^deny\.guard\.error$/);
      }));
    } finally { await session.close(); }
  });

  test('a store that a later version made', async () => {
    session = await launch();
    try {
      await session.setPolicy(WITH_EMAIL);
      const desk = await session.desk();
      await desk.evaluate(() => new Promise((done, failed) => {
        const request = indexedDB.open('scruple', 1000);
        request.onsuccess = () => { request.result.close(); done(null); };
        request.onerror = () => failed(request.error);
      }));
      await desk.close();
      await on(third, async (page) => {
        const { panel, state } = await session.inspect(page);
        assert.ok(allowed(state).includes('name'));
        await session.pressCapture(panel);
        await denied(panel, await session.settled(panel, ['captured', 'failed']), /^deny\.guard\.error$/);
      });
      assert.deepEqual(await session.kept(), { cards: 0, captured: 0, entries: 0 });
    } finally { await session.close(); }
  });

  // The quota cannot be lowered for an extension with `unlimitedStorage`, so the store is made to fail as it does on a full disk.
  for (const [what, code] of [
    ['when it is written', `IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); };`],
    ['when it is committed', `const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (...args) { const request = put.apply(this, args); queueMicrotask(() => this.transaction.abort()); return request; };`],
  ]) {
    test(`a full store, noticed ${what}`, async () => {
      session = await launch();
      try {
        await session.setPolicy(WITH_EMAIL);
        await on(third, async (page) => {
          await session.wake();
          const { panel, state } = await session.inspect(page);
          assert.ok(allowed(state).includes('name'));
          await intoWorker(`{${code}}`);
          await session.pressCapture(panel);
          const done = await session.settled(panel, ['captured', 'failed']);
          assert.equal(done.phase, 'failed');
          await denied(panel, done, /^deny\.guard\.error$/);
          assert.ok(!(await panel.$eval('body', (body) => body.innerText)).includes('jonas.weber@example.org'), 'no entry, no value');
        });
        assert.deepEqual(await session.kept(), { cards: 0, captured: 0, entries: 0 });
      } finally { await session.close(); }
    });
  }
});
