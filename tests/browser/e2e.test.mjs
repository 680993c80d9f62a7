/** The whole extension in Chromium, used as a person uses it: toolbar button, side panel, its buttons. And everything that can go wrong. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { checkLog, DEFAULT_POLICY, isClean, launch, ROOT, sample, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {import('./harness.mjs').PanelState} PanelState */
/** @typedef {import('./harness.mjs').Served} Served */

const PROFESSIONAL = readFileSync(DEFAULT_POLICY, 'utf8');
const WITH_EMAIL = readFileSync(join(ROOT, 'www/policies/with-email.json'), 'utf8');
const first = sample('first-degree.html'), third = sample('third-degree.html'), wall = sample('wall.html');

/** @type {Session} */ let session;

/** Runs on a page of its own, in the browser that the tests share. @template T @param {{ url: string } & Served} page @param {(page: Page) => Promise<T>} work */
async function on({ url, ...served }, work) {
  const page = await session.open(url, served);
  try { return await work(page); } finally { await page.close(); }
}

/** @param {PanelState} state @param {string} field */
const verdict = ({ report }, field) => report?.verdicts.find((each) => each.field === field) ?? assert.fail(`no verdict on ${field}`);
/** @param {PanelState} state @returns {string[]} */
const allowed = ({ report }) => (report?.verdicts ?? []).filter(({ decision }) => decision === 'allow').map(({ field }) => field);
/** @param {PanelState} state */
const codes = ({ problem, report }) => new Set([problem?.code, ...(report?.verdicts ?? []).flatMap(({ reasons }) => reasons.map(({ code }) => code))].filter(Boolean));
/** Presses a button in the panel, which has to be scrolled to: the bar with the capture button lies over what is below. @param {Page} panel @param {string} selector */
async function pressOn(panel, selector) {
  await panel.$eval(selector, (button) => button.scrollIntoView({ block: 'center' }));
  await panel.click(selector);
}
/** The policy that permits e-mail, with some of it changed. @param {object} change */
const changed = (change) => JSON.stringify({ ...JSON.parse(WITH_EMAIL), ...change });
/** What the worker put to any page. */
const looks = () => session.messages.filter(({ from, text }) => from.startsWith('service_worker') && text.includes('executeScript call'));
/** What the panel says. @param {Page} panel */
const notice = (panel) => until('a sentence in the panel', async () => {
  const [said, all] = await panel.evaluate(() => [document.querySelector('#notice')?.textContent?.trim(), document.body.innerText]);
  return said || assert.fail(`all that the panel says: ${all}`);
});

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

/**
 * The log as it is handed to whoever checks it: nothing is missing, and every decision follows from its evidence and settings.
 * @param {import('node:test').TestContext} t
 */
async function logHolds(t) {
  const text = await session.log();
  const { entries, events } = await session.kept();
  assert.ok(entries > 0);
  const said = checkLog(text);
  if (!said) return t.diagnostic('not checked: SCRUPLE_BIN does not name the command line tool');
  assert.match(said.verified, new RegExp(`log verified: ${entries + events} entries`));
  assert.match(said.replayed, new RegExp(`^${entries + events} entr(y|ies), \\d+ decisions re-derived, 0 differences$`, 'm'));
}

/** Puts code into the worker. @param {string} code */
async function intoWorker(code) {
  const worker = await session.wake();
  await worker.evaluate(code);
}

describe('the daily path', () => {
  before(async () => { session = await launch({ ready: true }); });
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
      assert.deepEqual([card?.fields.name?.values, card?.fields.email?.values], [['Jonas Weber'], ['jonas.weber@example.org']]);
      assert.equal(card?.source.url, third.url);
      assert.deepEqual([log?.index, log?.size], [0, 1]);
      assert.deepEqual(done.entries.map(({ kind, site }) => [kind, site]), [['captured', 'linkedin']]);
      assert.deepEqual(await session.kept(), { cards: 1, captured: 1, entries: 1, events: 0 });
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
      assert.deepEqual(report?.card?.fields.name?.values, ['Camille Roussel']);
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
    assert.deepEqual(await session.kept(), { cards, captured: entries + 2, entries: entries + 2, events: 0 });
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

  test('the log that is exported verifies, and every decision in it can be derived again', logHolds);

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
  before(async () => { session = await launch({ ready: true }); await session.setPolicy(WITH_EMAIL); });
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
    assert.deepEqual(report?.card?.fields.name?.values, ['Jonas Weber']);
  }));

  test('a document that is empty', () => nothingCaptured(() => on({ url, body: '' }, async (page) => {
    const { panel, state } = await session.inspect(page);
    await denied(panel, state, /^deny\./);
  })));

  test('what the log says of it holds', logHolds);
});

describe('a page with several people', () => {
  before(async () => { session = await launch({ ready: true }); await session.setPolicy(PROFESSIONAL); await session.wake(); });
  after(() => session.close());

  const card = (/** @type {string} */ name, /** @type {string} */ job) =>
    `<section class="h-card" style="width:300px;height:120px"><h2 class="p-name">${name}</h2><p class="p-job-title">${job}</p></section>`;
  const team = { url: 'https://www.nord.example/team', body: `<!doctype html><title>Team</title><h1>Our team</h1>${card('Ines Morel', 'Buyer')}${card('Karl Ost', 'Baker')}` };
  /** The button under the notice. @param {Page} panel */
  const choose = async (panel) => {
    assert.match(await notice(panel), /several people/);
    await panel.click('#notice-more button');
  };
  /** Until the frames stand over the page. @param {Page} page */
  const framed = (page) => until('the frames', () => page.evaluate(() => document.documentElement.lastElementChild?.localName === 'div' || undefined));

  test('nobody is taken until the person points at somebody', () => on(team, async (page) => {
    await nothingCaptured(async () => {
      const { panel, state } = await session.inspect(page);
      assert.deepEqual([state.report?.page.kind, allowed(state)], ['team', []]);
      await choose(panel);
      await framed(page);
      // A page can click as much as it likes.
      await page.evaluate(() => document.documentElement.lastElementChild?.dispatchEvent(new MouseEvent('click', { bubbles: true })));
      await page.bringToFront();
      await page.keyboard.press('Escape');
      await until('the frames to go', () => page.evaluate(() => document.documentElement.lastElementChild?.localName !== 'div' || undefined));
      assert.equal((await session.state(panel)).report?.page.kind, 'team');
    });
  }));

  test('the one who was pointed at is judged and captured, and nobody else', () => on(team, async (page) => {
    const { panel } = await session.inspect(page);
    await choose(panel);
    await framed(page);
    const box = await (await page.$$('.h-card'))[1].boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    const state = await until('a profile', async () => {
      const now = await session.state(panel);
      return now.phase === 'judged' && now.report?.page.kind === 'profile' ? now : undefined;
    });
    assert.deepEqual(allowed(state), ['name', 'jobTitle']);
    const { report } = await session.capture(panel);
    assert.deepEqual([report?.card?.fields.name?.values, report?.card?.fields.jobTitle?.values], [['Karl Ost'], ['Baker']]);
    assert.match(await panel.$eval('.person', (each) => each.textContent ?? ''), /pointed at/);
  }));

  test('a site that changed: what can be copied for its keeper says nothing of the page', () => on({ url: third.url, body: '<!doctype html><title>Jonas Weber</title><main><h1 class="brand-new">Jonas Weber</h1></main>' }, async (page) => {
    const { panel, state } = await session.inspect(page);
    assert.deepEqual([...codes(state)], ['deny.site.drift']);
    const copied = await panel.evaluate(async (/** @type {any} */ report) => {
      const { driftReport } = await import(chrome.runtime.getURL('panel/view.js'));
      return driftReport(report);
    }, state.report);
    const told = JSON.parse(copied);
    assert.match(told.adapter, /^linkedin@/);
    assert.ok(told.missing.length > 0 && /^[0-9a-f]{16}$/.test(told.structure));
    assert.doesNotMatch(copied, /Jonas|Weber|brand-new|linkedin\.com\/in/);
    await panel.click('#notice-more button');
    await until('an answer', async () => await panel.$eval('#saved', (each) => each.textContent) || undefined);
  }));

  test('what the log says of it holds', logHolds);
});

describe('what texts give away', () => {
  before(async () => { session = await launch({ ready: true }); });
  after(() => session?.close());

  /** A profile with such a headline. @param {string} headline */
  const headed = (headline) => ({ url: third.url, body: third.body.replace('Head of Logistics at Brückner &amp; Sohn', headline) });
  /** A profile whose owner wrote this about themselves. @param {string} about */
  const about = (about) => ({ url: 'https://github.com/lea-morel-demo', body: `<!doctype html><html lang="en"><title>Léa Morel</title><body class="logged-in page-profile">
    <div class="h-card" itemscope itemtype="http://schema.org/Person"><h1 class="vcard-names"><span class="p-name vcard-fullname" itemprop="name">Léa Morel</span></h1>
    <div class="p-note user-profile-bio js-user-profile-bio"><div>${about}</div></div></div></body></html>` });
  const withAbout = () => {
    const policy = JSON.parse(PROFESSIONAL);
    policy.permit[0].fields.push('description');
    return policy;
  };

  test('a union mandate and a mobile number are cut out of what is captured, and the log names kinds only', async () => {
    assert.equal((await session.setPolicy(JSON.stringify(withAbout()))).ok, true);
    await on(headed('Head of Logistics. Shop steward of the union Unite.'), async (tab) => {
      const { panel } = await session.inspect(tab);
      const { report } = await session.capture(panel);
      const { headline } = report?.card?.fields ?? assert.fail('nothing was captured');
      assert.deepEqual([headline?.values, headline?.cuts], [['Head of Logistics. […]'], ['trade_union']]);
      const shown = await until('the cut in the panel', async () => panel.$eval('.card', (card) => card.textContent ?? '').then((text) => text.includes('trade union') ? text : undefined));
      assert.ok(!/Unite|steward/.test(shown), shown);
    });
    await on(about('I buy linen. Call me on +33 6 39 98 12 34 whenever you like.'), async (tab) => {
      const { panel } = await session.inspect(tab);
      const { report } = await session.capture(panel);
      const { description } = report?.card?.fields ?? assert.fail('nothing was captured');
      assert.deepEqual([description?.values, description?.cuts], [['I buy linen. Call me on […] whenever you like.'], ['telephone']]);
    });
    const text = await session.log();
    assert.ok(text.includes('"cuts":["trade_union"]') && text.includes('"cuts":["telephone"]'));
    assert.ok(!/Unite|steward|39 ?98/.test(text), 'the log holds no value');
  });

  test('a policy may leave such a field altogether', async () => {
    assert.equal((await session.setPolicy(JSON.stringify({ ...withAbout(), screen: { special: 'deny' } }))).ok, true);
    await on(about('I buy linen. I live with multiple sclerosis.'), async (tab) => {
      const { panel } = await session.inspect(tab);
      const { report } = await session.capture(panel);
      assert.equal(report?.card?.fields.description, undefined);
      assert.deepEqual(verdict(await session.state(panel), 'description').reasons.map(({ code }) => code), ['deny.special_category']);
    });
  });

  test('asked for in the settings, and shown in them', async () => {
    await session.setPolicy(PROFESSIONAL);
    const desk = await session.desk();
    /** @param {string} selector @param {RegExp} what */
    const says = (selector, what) => until(`${selector} to say ${what}`, async () => what.test(await desk.$eval(selector, (each) => each.textContent ?? '')) || undefined);
    await says('#status-title', /^These settings are in force/);
    await says('#preview', /Sentences about health, belief and the like are left out.*Names of other people are left out/);
    await desk.select('#special', 'deny');
    await desk.select('#people', 'keep');
    await pressOn(desk, '#screen-more summary');
    await pressOn(desk, '#term-add');
    await desk.type('#terms li:last-child input', 'burnout*');
    await desk.type('#phrases', 'Union Bank');
    await says('#preview', /A text that mentions health.*Names of other people are kept.*burnout\*.*Union Bank/);
    await pressOn(desk, '#save');
    await says('#saved', /^Saved/);
    const saved = JSON.parse((await session.ask({ type: 'policy.get' }, desk)).text);
    assert.deepEqual(saved.screen, { special: 'deny', people: 'keep', terms: [{ term: 'burnout*', category: 'health' }], allow: ['Union Bank'] });
    // Shown again as it was saved, and still a policy that the form can show.
    await desk.reload();
    await says('#status-title', /^These settings are in force/);
    await says('#preview', /burnout\*.*Union Bank/);
    assert.deepEqual(await desk.$$eval('#special, #people, #terms input, #terms select, #phrases', (all) => all.map((each) => /** @type {HTMLInputElement} */ (each).value)),
      ['deny', 'keep', 'burnout*', 'health', 'Union Bank']);
    await desk.close();
  });

  /** A picture of the samples. @param {string} name */
  const picture = (name) => readFileSync(join(ROOT, 'fuzz/seeds/picture', name));
  /** @param {string} type @param {Buffer} bytes */
  const addressOf = (type, bytes) => `data:image/${type};base64,${bytes.toString('base64')}`;
  const CANARY = '48.8584 N, 2.2945 E: canary';
  /** Exif data: an orientation, and a place (CIPA DC-008). */
  const exif = Buffer.concat([Buffer.from('49492a0008000000020012010300010000000600000025880400010000002600000000000000', 'hex'), Buffer.from(CANARY)]);
  /** A JPEG that was taken with the camera turned, and tells where. */
  const told = () => {
    const bytes = picture('baseline.jpg');
    /** @type {[marker: number, name: string, data: string | Buffer][]} */
    const parts = [[0xe1, 'Exif\0\0', exif], [0xe1, 'http://ns.adobe.com/xap/1.0/\0', CANARY], [0xed, 'Photoshop 3.0\0', CANARY], [0xe2, 'ICC_PROFILE\0', CANARY], [0xfe, '', CANARY]];
    const segments = parts.map(([marker, name, data]) => {
      const body = Buffer.concat([Buffer.from(name), Buffer.from(data)]);
      return Buffer.concat([Buffer.from([0xff, marker, body.length + 2 >> 8, body.length + 2 & 0xff]), body]);
    });
    return Buffer.concat([bytes.subarray(0, 2), ...segments, bytes.subarray(2), Buffer.from(CANARY)]);
  };
  /** A PNG with a text, and with something behind its end. */
  const noted = () => {
    const bytes = picture('rgb.png'), data = Buffer.from(`tEXtComment\0${CANARY}`), size = Buffer.alloc(4), sum = Buffer.alloc(4);
    size.writeUInt32BE(data.length - 4);
    sum.writeUInt32BE(crc32(data));
    return Buffer.concat([bytes.subarray(0, 33), size, data, sum, bytes.subarray(33), Buffer.from(CANARY)]);
  };
  /** A profile that anybody on the web can see, with such a picture. @param {string} src */
  const pictured = (src) => ({ url: 'https://github.com/lea-morel-demo', body: `<!doctype html><html lang="en"><title>Léa Morel</title><body class="logged-out page-profile">
    <div class="h-card" itemscope itemtype="http://schema.org/Person"><a itemprop="image" href="/lea-morel.png"><img class="avatar" alt="Léa" width="64" height="64" src="${src}"></a>
    <h1 class="vcard-names"><span class="p-name vcard-fullname" itemprop="name">Léa Morel</span></h1></div></body></html>` });
  /** @param {string} src */
  const captured = (src) => on(pictured(src), async (tab) => {
    const { panel, state } = await session.inspect(tab);
    assert.ok(allowed(state).includes('image'), String(allowed(state)));
    const { report } = await session.capture(panel);
    assert.deepEqual(report?.card?.fields.name?.values, ['Léa Morel']);
    const [address] = report?.card?.fields.image?.values ?? [];
    const size = address && await until('the picture in the panel', () => panel.$eval('.card img', (img) => {
      const { complete, naturalWidth, naturalHeight, alt } = /** @type {HTMLImageElement} */ (img);
      return complete && naturalWidth > 0 && alt !== '' ? [naturalWidth, naturalHeight] : undefined;
    }));
    return { address, size, codes: verdict(await session.state(panel), 'image').reasons.map(({ code }) => code) };
  });

  test('a picture is drawn anew: nothing of what it carried comes along', async () => {
    const policy = JSON.parse(PROFESSIONAL);
    policy.permit[0].fields.push('image');
    policy.forbid = policy.forbid.filter((/** @type {{ id: string }} */ { id }) => id !== 'no-photo');
    assert.equal((await session.setPolicy(JSON.stringify(policy))).ok, true);
    for (const [type, bytes, becomes] of /** @type {const} */ ([
      ['jpeg', told(), 'jpeg'], ['png', noted(), 'png'], ['webp', picture('lossy-alpha.webp'), 'png'], ['webp', picture('lossless.webp'), 'png'],
      ['webp', picture('lossy.webp'), 'png'], ['gif', picture('animated.gif'), 'png'], ['jpeg', picture('progressive.jpg'), 'jpeg'],
    ])) {
      const { address = '', size } = await captured(addressOf(type, bytes));
      const [, coded = ''] = address.split(`data:image/${becomes};base64,`), anew = Buffer.from(coded, 'base64');
      assert.ok(anew.length > 0, `${type} came out as ${address.slice(0, 40)}`);
      assert.ok(!/canary|Exif|adobe|Photoshop|ICC_PROFILE|iCCP|eXIf|iTXt|tEXt|zTXt|tIME/.test(anew.toString('latin1')), `${type} still carries something`);
      assert.equal(anew.subarray(-2).toString('hex'), becomes === 'jpeg' ? 'ffd9' : '6082', 'nothing stands behind its end');
      assert.ok(isClean(anew), `the tool finds something left in ${type}`);
      if (type === 'png') assert.deepEqual(size, [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]);
      if (bytes.includes('Exif')) {
        const { width, height } = await session.browser.newPage().then(async (page) => {
          const plain = await page.evaluate(async (src) => { const img = new Image(); img.src = src; await img.decode(); return { width: img.naturalWidth, height: img.naturalHeight }; }, addressOf(type, picture('baseline.jpg')));
          await page.close();
          return plain;
        });
        assert.deepEqual(size, [height, width], 'a picture that was turned by a note is turned now');
      }
    }
    const kept = JSON.stringify(await session.card(pictured('').url));
    assert.ok(kept.includes('data:image') && !kept.includes('canary'));
  });

  test('what is no picture, or lies elsewhere, is left', async () => {
    const png = picture('rgb.png'), vast = Buffer.from(png);
    vast.writeUInt32BE(4097, 16);
    vast.writeUInt32BE(crc32(vast.subarray(12, 29)), 29);
    for (const src of [
      'https://avatars.example.org/lea.png', 'data:image/png;base64,AAAA', 'data:image/png,hello', addressOf('png', vast), addressOf('png', png.subarray(0, 40)),
      addressOf('jpeg', picture('baseline.jpg').subarray(0, 60)), addressOf('svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')),
      `${addressOf('png', png)}!`,
    ]) {
      const { address, codes } = await captured(src);
      assert.deepEqual([address, codes], [undefined, ['deny.guard.error']], src.slice(0, 60));
    }
  });

  test('what the log says of it holds', logHolds);
});

describe('pages that change between judging and reading', () => {
  before(async () => { session = await launch({ ready: true }); await session.setPolicy(WITH_EMAIL); });
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

  test('what the log says of it holds', logHolds);
});

describe('a probe that lies', () => {
  before(async () => { session = await launch({ ready: true }); await session.setPolicy(WITH_EMAIL); });
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

  test('what the log says of it holds', logHolds);
});

describe('a worker that is stopped', () => {
  before(async () => { session = await launch({ ready: true }); await session.setPolicy(WITH_EMAIL); });
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
      const begin = IDBDatabase.prototype.transaction;
      IDBDatabase.prototype.transaction = function (...args) {
        const transaction = begin.apply(this, args);
        if (transaction.mode === 'readwrite') transaction.addEventListener('complete', () => at('complete ' + this.name));
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
  for (const point of ['before call 1', 'after call 1', 'put heads', 'complete scruple-safe', 'add entries', 'put keys', 'put cards', 'put meta', 'complete scruple']) {
    test(`while it captures: ${point}`, (t) => on({ ...third, url: `https://www.linkedin.com/in/capturing-${point.replaceAll(' ', '-')}/` }, async (page) => {
      const { panel } = await session.inspect(page);
      const before = await session.kept();
      const { stopped } = await stopAt(point);
      await page.bringToFront();
      // The worker may be gone before the press is answered.
      await Promise.race([stopped, session.pressCapture(panel).catch(() => {})]);
      await Promise.race([stopped, session.settled(panel, ['captured', 'failed']).catch(() => {})]);
      await until('a sentence that tells what became of it', async () => /\w+ \w+/.test(await notice(panel)) || undefined);
      const now = await session.kept();
      assert.equal(now.cards - before.cards, now.captured - before.captured, 'a card without its entry, or an entry without its card');
      t.diagnostic(now.cards > before.cards ? 'both were kept' : 'neither was kept');
      await sound(page);
    }));
  }

  test('what the log says of it holds', logHolds);
});

describe('modes of a site', () => {
  before(async () => { session = await launch({ ready: true }); });
  after(() => session?.close());

  test('off: the page is not looked at, and nothing is noted of it', async () => {
    await session.setPolicy(changed({ modes: { 'linkedin.com': 'off' } }));
    await on(third, async (page) => {
      await session.wake();
      const before = await session.kept();
      session.messages.length = 0;
      const { panel, state } = await session.inspect(page);
      assert.equal(state.report?.mode, 'off');
      await denied(panel, state, /^deny\.policy\.field$/);
      assert.deepEqual(state.report?.verdicts.map(({ reasons }) => reasons[0].rule).filter((rule) => rule !== 'mode'), []);
      assert.deepEqual(looks(), [], 'the probe was never put into the page');
      assert.deepEqual(page.extensionRealms(), []);
      assert.deepEqual(await session.kept(), before, 'no entry');
      assert.match(await notice(panel), /switched off on this site.*settings/);
      assert.ok(await panel.$('#notice-more button'), 'a way to the settings');
      assert.deepEqual(await panel.$$('#content .row'), []);
      // Switched on again, there is no evidence to judge by: the person is asked to look, and one press does it.
      await session.setPolicy(WITH_EMAIL);
      await until('the notice to change', async () => /rules have changed/.test(await notice(panel)) || undefined);
      assert.equal(await panel.$('#capture:enabled').then((button) => button?.isVisible()), false);
      await panel.click('#notice-more button');
      await until('the verdicts', async () => allowed(await session.state(panel)).includes('email') || undefined);
    });
  });

  test('asked for in the settings', async () => {
    await session.setPolicy(WITH_EMAIL);
    const desk = await session.desk();
    await until('the settings', async () => /in force/.test(await desk.$eval('#status-title', (title) => title.textContent ?? '')) || undefined);
    for (const [site, mode] of [['https://www.linkedin.com/in/somebody/', 'strict'], ['example.org', 'off'], ['example.org', 'observe']]) {
      await pressOn(desk, '#mode-add');
      await desk.type('#modes-own li:last-child input', site);
      await desk.select('#modes-own li:last-child select', mode);
    }
    await pressOn(desk, '#save');
    await until('the complaint about a site that stands twice', async () => /each site once/.test(await desk.$eval('#modes-error', (each) => each.textContent ?? '')) || undefined);
    await pressOn(desk, '#modes-own li:last-child button');
    await pressOn(desk, '#save');
    await until('the policy to be saved', async () => /^Saved/.test(await desk.$eval('#saved', (each) => each.textContent ?? '')) || undefined);
    assert.deepEqual(JSON.parse((await session.ask({ type: 'policy.get' }, desk)).text).modes, { 'linkedin.com': 'strict', 'example.org': 'off' });
    // Shown again as it was saved, and still a policy that the form can show.
    await desk.reload();
    await until('the settings', async () => /in force/.test(await desk.$eval('#status-title', (title) => title.textContent ?? '')) || undefined);
    assert.match(await desk.$eval('#status-title', (title) => title.textContent ?? ''), /^These settings are in force/);
    const rows = await until('the sites', async () => {
      const all = await desk.$$eval('#modes-own li', (items) => items.map((item) => [item.querySelector('input')?.value, item.querySelector('select')?.value]));
      return all.length > 0 ? all : undefined;
    });
    assert.deepEqual(rows, [['linkedin.com', 'strict'], ['example.org', 'off']]);
    await desk.close();
  });

  test('observe: shown as it would be, and nothing is taken', async () => {
    await session.setPolicy(changed({ mode: 'observe' }));
    await on(third, async (page) => {
      await session.wake();
      const { cards, entries } = await session.kept();
      session.messages.length = 0;
      const { panel, state } = await session.inspect(page);
      await session.traced();
      assert.equal(state.report?.mode, 'observe');
      assert.deepEqual(allowed(state), []);
      assert.deepEqual(['name', 'email', 'image'].map((field) => verdict(state, field).would), ['allow', 'allow', 'deny']);
      assert.match(await notice(panel), /^Observing only: nothing can be captured here/);
      assert.match(await panel.$eval('.observing', (label) => label.textContent ?? ''), /Observing only/);
      const row = (/** @type {string} */ field) => panel.$eval(`[data-field=${field}] p`, (each) => each.textContent);
      assert.match(String(await row('email')), /^Would be taken\. /);
      assert.match(String(await row('image')), /^Would be held back\. /);
      assert.equal(await panel.$eval('#capture', (button) => button.checkVisibility()), false, 'there is no capture button');
      const { tabId } = state;
      assert.equal((await session.ask({ type: 'capture', tabId }, panel)).state.report.card, null, 'asked all the same, nothing happens');
      const now = await session.kept();
      assert.deepEqual([now.cards, now.entries], [cards, entries + 1]);
      const entry = JSON.parse((await session.log()).split('\n').find((line) => line.includes(`"id":"${state.report?.id}"`)) ?? assert.fail('no entry'));
      assert.deepEqual([entry.kind, entry.mode], ['refused', 'observe']);
      assert.equal(entry.decisions.find((/** @type {any} */ { field }) => field === 'email').would, 'allow');
      // The page says 'Jonas Weber' and his address: neither went anywhere.
      const said = [...session.messages.map(({ text }) => text), await session.stored(), await panel.evaluate(() => document.documentElement.outerHTML)].join();
      for (const value of ['Jonas Weber', 'jonas.weber@example.org']) assert.equal(said.includes(value), false, value);
      // What was seen is judged again when the mode changes, without another look.
      const before = looks().length;
      await session.setPolicy(WITH_EMAIL);
      await until('the verdicts', async () => allowed(await session.state(panel)).includes('email') || undefined);
      assert.equal(looks().length, before);
      assert.equal((await session.capture(panel)).report?.card?.fields.email?.values[0], 'jonas.weber@example.org');
    });
  });

  test('strict: what is only concluded proves nothing', async () => {
    await session.setPolicy(changed({ modes: { 'linkedin.com': 'strict', com: 'off' } }));
    await on(third, async (page) => {
      const { panel, state } = await session.inspect(page);
      assert.equal(state.report?.mode, 'strict', 'the longest host that fits says');
      assert.deepEqual([verdict(state, 'email').decision, verdict(state, 'email').reasons[0].code], ['deny', 'deny.visibility.unproven']);
      assert.ok(allowed(state).includes('name'));
      const { report } = await session.capture(panel);
      assert.ok(report?.card?.fields.name && !report.card.fields.email);
    });
  });

  test('what the log says of it holds', logHolds);
});

describe('what the person holds back', () => {
  const own = sample('personal-site.html');
  before(async () => { session = await launch({ ready: true }); await session.setPolicy(WITH_EMAIL); });
  after(() => session?.close());

  /** Presses a button of a field's details. @param {Page} panel @param {string} field @param {'site' | 'everywhere'} what */
  async function press(panel, field, what) {
    await panel.waitForSelector(`#why-${field}`);
    if (!await panel.$eval(`#why-${field}`, (details) => /** @type {HTMLDetailsElement} */ (details).open)) await pressOn(panel, `#why-${field} > summary`);
    await pressOn(panel, `#mark-${what}-${field}`);
  }
  /** @param {Page} panel @param {string} field @param {boolean} may */
  const becomes = (panel, field, may) => until(`${field} to be ${may ? 'allowed' : 'denied'}`, async () => {
    const state = await session.state(panel);
    return allowed(state).includes(field) === may ? state : undefined;
  });
  /** @param {{ url: string, body: string }} page @param {string} field */
  async function mayBeTaken(page, field) {
    let may = false;
    await on(page, async (tab) => { may = allowed((await session.inspect(tab)).state).includes(field); });
    return may;
  }
  /** Presses a button in the settings. @param {string} name the beginning of its name */
  async function takeBack(name) {
    const desk = await session.desk();
    await desk.bringToFront();
    const button = await until(`the button ${name}`, async () => {
      for (const each of await desk.$$('#marks button')) if ((await each.evaluate((one) => one.textContent ?? '')).startsWith(name)) return each;
    });
    await button.click();
    await until('it to be gone', async () => /Removed/.test(await desk.$eval('#marks-said', (said) => said.textContent ?? '')) || undefined);
    await desk.close();
  }

  test('a field on a site: at once, without another look, until it is taken back', async () => {
    await on(third, async (page) => {
      await session.wake();
      const { panel } = await session.inspect(page);
      const before = looks().length;
      await press(panel, 'name', 'site');
      const state = await becomes(panel, 'name', false);
      assert.deepEqual(verdict(state, 'name').reasons.map(({ code, rule }) => [code, rule]), [['deny.policy.user_marked', 'mark']]);
      assert.equal(looks().length, before);
      await until('the button to turn', async () => /No longer/.test(await panel.$eval('#mark-site-name', (button) => button.textContent ?? '')) || undefined);
      assert.equal(await panel.evaluate(() => document.activeElement?.id), 'mark-site-name', 'the focus stays');
      assert.match(await panel.$eval('#saved', (said) => said.textContent ?? ''), /Name is held back on www\.linkedin\.com/);
      const { report } = await session.capture(panel);
      assert.ok(report?.card && !report.card.fields.name && report.card.fields.email);
    });
    await session.killWorker();
    assert.equal(await mayBeTaken(first, 'name'), false, 'every profile of the site');
    assert.equal(await mayBeTaken(own, 'name'), true, 'and no other site');
    await takeBack('Remove (Name, On linkedin.com');
    assert.equal(await mayBeTaken(first, 'name'), true);
  });

  test('a field everywhere', async () => {
    await on(own, async (page) => {
      const { panel } = await session.inspect(page);
      await press(panel, 'name', 'everywhere');
      await becomes(panel, 'name', false);
    });
    assert.equal(await mayBeTaken(third, 'name'), false);
    await on(third, async (page) => {
      const { panel } = await session.inspect(page);
      await press(panel, 'name', 'everywhere');
      await becomes(panel, 'name', true);
    });
    assert.equal(await mayBeTaken(own, 'name'), true, 'taken back');
  });

  test('a person: nothing is taken of them, and who they are is kept nowhere', async () => {
    await on(third, async (page) => {
      const { panel } = await session.inspect(page);
      await panel.waitForSelector('#mark-person-');
      await pressOn(panel, '#mark-person-');
      const state = await becomes(panel, 'name', false);
      await denied(panel, state, /^deny\.policy\.user_marked$/);
    });
    await session.killWorker();
    for (const field of ['name', 'email']) assert.equal(await mayBeTaken(third, field), false);
    assert.equal(await mayBeTaken({ ...third, url: `${third.url}?trk=search` }, 'name'), false, 'under another address of theirs too');
    assert.equal(await mayBeTaken(first, 'name'), true, 'somebody else');
    const local = JSON.stringify(JSON.parse(await session.stored())['chrome.storage.local']);
    assert.ok(local.includes('people') && !local.includes('jonas-weber-demo'));
    assert.equal((await session.log()).includes('jonas-weber-demo'), false);
    await on(third, async (page) => {
      const { panel } = await session.inspect(page);
      await panel.waitForSelector('#mark-person-');
      await pressOn(panel, '#mark-person-');
      await becomes(panel, 'name', true);
      await pressOn(panel, '#mark-person-');
      await becomes(panel, 'name', false);
    });
    await takeBack('Remove all (People');
    assert.equal(await mayBeTaken(third, 'name'), true);
  });

  test('marks that can no longer be read hold everything back, until the person starts over', async () => {
    const desk = await session.desk();
    await desk.evaluate(() => chrome.storage.local.set({ marks: '{"version":1' }));
    await on(third, async (page) => {
      const { panel, state } = await session.inspect(page);
      await denied(panel, state, /^deny\.guard\.error$/);
      assert.match(await notice(panel), /What you hold back can no longer be read/);
      await desk.bringToFront();
      await (await desk.waitForSelector('#marks button'))?.click();
      await page.bringToFront();
      await until('the verdicts', async () => allowed(await session.state(panel)).includes('name') || undefined);
    });
    await desk.close();
  });

  test('what the log says of it holds', logHolds);
});

describe('rules that change while a panel is open', () => {
  before(async () => { session = await launch({ ready: true }); await session.setPolicy(WITH_EMAIL); });
  after(() => session?.close());

  test('the page is judged again at once, and what is captured is what the panel says', async () => {
    await on(third, async (page) => {
      await session.wake();
      const { panel } = await session.inspect(page);
      const before = looks().length;
      await panel.waitForSelector('[data-field=email][data-decision=allow]');
      await session.setPolicy(PROFESSIONAL);
      await panel.waitForSelector('[data-field=email][data-decision=deny]');
      assert.equal(looks().length, before, 'without another look');
      const { report } = await session.capture(panel);
      assert.ok(report?.card?.fields.name && !report.card.fields.email);
      assert.equal(report?.policy, report?.card.policy);
    });
  });

  test('although the worker was stopped in between', async () => {
    await on(third, async (page) => {
      const { panel } = await session.inspect(page);
      await panel.waitForSelector('[data-field=email][data-decision=deny]');
      await session.killWorker();
      await session.setPolicy(WITH_EMAIL);
      await panel.waitForSelector('[data-field=email][data-decision=allow]');
      assert.equal((await session.capture(panel)).report?.card?.fields.email?.values[0], 'jonas.weber@example.org');
    });
  });

  test('several uses: the person chooses, and is judged and noted for that one', async () => {
    const legitimate = { kind: 'eu-gdpr:A6-1-f', assessment: 'LIA-2026-05' };
    const uses = [{ id: 'calls', purpose: 'dpv:CustomerRelationshipManagement', basis: legitimate, channel: 'phone' }];
    const forbid = [{ id: 'no-mail-for-calls', says: 'Whoever is called is not written to.', fields: ['email'], channels: ['phone'] }];
    await on(third, async (page) => {
      await session.setPolicy(WITH_EMAIL);
      const { panel } = await session.inspect(page);
      await panel.waitForSelector('#capture:enabled');
      assert.equal(await panel.$eval('#use-part', (part) => part.checkVisibility()), false, 'one use: nothing to choose');
      await session.setPolicy(changed({ channel: 'email', uses, forbid }));
      await until('the choice', async () => await panel.$eval('#use-part', (part) => part.checkVisibility()) || undefined);
      assert.deepEqual(await panel.$$eval('#use option', (all) => all.map(({ textContent }) => textContent)), ['Prospecting, by e-mail', 'Managing customer relations, by phone']);
      assert.ok(allowed(await session.state(panel)).includes('email'));
      await panel.select('#use', 'calls');
      const state = await until('the verdicts', async () => {
        const now = await session.state(panel);
        return now.phase === 'judged' && now.report?.use === 'calls' ? now : undefined;
      });
      assert.deepEqual(verdict(state, 'email').reasons.map(({ rule }) => rule), ['no-mail-for-calls']);
      const { report } = await session.capture(panel);
      const { card, log } = report ?? assert.fail('no report');
      assert.deepEqual([card?.purpose, log?.entry.use], ['dpv:CustomerRelationshipManagement', 'calls']);
      // The same page again is for the same use, until there is no such use any more.
      assert.equal((await session.again(panel)).report?.use, 'calls');
      await session.setPolicy(WITH_EMAIL);
      await until('the notice', async () => /rules have changed/.test(await notice(panel)) || undefined);
      const again = await session.again(panel);
      assert.ok(allowed(again).includes('email') && again.use === null);
    });
  });

  test('what the log says of it holds', logHolds);
});

describe('an extension that cannot work', () => {
  test('no policy yet', async () => {
    session = await launch({ ready: true });
    try {
      await nothingCaptured(() => on(third, async (page) => {
        const { panel, state } = await session.inspect(page);
        await denied(panel, state, /^deny\.policy\./);
      }));
    } finally { await session.close(); }
  });

  test('a policy that names no purpose', async () => {
    session = await launch({ ready: true });
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
    session = await launch({ ready: true });
    try {
      await session.setPolicy(PROFESSIONAL);
      for (const text of ['{', '[]', '{"version":9}', PROFESSIONAL.replace('"name"', '"nom"'), PROFESSIONAL.replace('"retention"', '"retentio"')]) {
        const answer = await session.setPolicy(text);
        assert.equal(answer.ok, false, text.slice(0, 40));
        assert.ok(answer.problems?.every(({ what, line, column }) => /\w+ \w+/.test(what) && line > 0 && column > 0) && answer.problems.length > 0);
      }
      assert.equal((await session.ask({ type: 'policy.get' })).text, PROFESSIONAL);
      await on(third, async (page) => assert.ok(allowed((await session.inspect(page)).state).includes('name')));
    } finally { await session.close(); }
  });

  test('a policy that broke where it is kept', async () => {
    session = await launch({ ready: true });
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
    session = await launch({ ready: true, args: ['--js-flags=--jitless'] });
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
    session = await launch({ ready: true });
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
      assert.deepEqual(await session.kept(), { cards: 0, captured: 0, entries: 0, events: 0 });
    } finally { await session.close(); }
  });

  // The quota cannot be lowered for an extension with `unlimitedStorage`, so the store is made to fail as it does on a full disk.
  for (const [what, code] of [
    ['when it is written', `IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); };`],
    ['when it is committed', `const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (...args) { const request = put.apply(this, args); queueMicrotask(() => this.transaction.abort()); return request; };`],
  ]) {
    test(`a full store, noticed ${what}`, async () => {
      session = await launch({ ready: true });
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
        assert.deepEqual(await session.kept(), { cards: 0, captured: 0, entries: 0, events: 0 });
      } finally { await session.close(); }
    });
  }
});
