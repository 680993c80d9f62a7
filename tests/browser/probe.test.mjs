/** The probe in Chromium, in an isolated world as the extension has it, on small pages. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, ROOT } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {{ h: number, shown: string, yes: number[], print: string, error?: string }} Node */
/** @typedef {{ id: number, count?: number, nodes?: Node[], error?: string }} Answer */

const PROBE = readFileSync(join(ROOT, 'extension/content/probe.js'), 'utf8');
const URL = 'https://www.example.org/in/camille-roussel/';
const LIMITS = { elements: 200_000, nodes: 64, text: 20_000 };

/** @type {Session} */ let browser;
before(async () => { browser = await launch({ extension: null }); });
after(() => browser?.close());

/**
 * A page with the probe in it.
 * @param {string} html @param {{ url?: string, type?: string, raw?: boolean }} [how]
 */
async function visit(html, { url = URL, type, raw } = {}) {
  const body = raw ? html : `<!doctype html><html><head><title>t</title></head><body>${html}</body></html>`;
  const page = await browser.open(url, { body, type });
  const client = await page.createCDPSession();
  const { frameTree } = await client.send('Page.getFrameTree');
  const { executionContextId: contextId } = await client.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'scruple' });
  /** Runs code in the isolated world. @param {string} expression */
  const run = async (expression) => {
    const { result, exceptionDetails } = await client.send('Runtime.evaluate', { expression, contextId, returnByValue: true });
    assert.equal(exceptionDetails?.exception?.description, undefined);
    return result.value;
  };
  await run(PROBE);
  /** @param {string} method @param {unknown} message */
  const send = async (method, message) => {
    const json = typeof message === 'string' ? message : JSON.stringify(message);
    const answer = await run(`globalThis.scrupleProbe.${method}(${JSON.stringify(json)})`);
    assert.equal(typeof answer, 'string');
    return JSON.parse(answer);
  };
  return {
    page, run, send,
    /** @param {unknown[]} queries @param {Partial<typeof LIMITS>} [limits] @param {object} [more] of the plan @returns {Promise<{ pin: string, elements: number, answers: Answer[], error?: string }>} */
    inspect: (queries, limits, more) => send('inspect', { v: 1, nonce: 'n1', at: page.url().split('#')[0], limits: { ...LIMITS, ...limits }, queries, ...more }),
    /** @param {string} pin @param {Pick<Node, 'h' | 'print'>[]} nodes */
    read: (pin, nodes) => send('read', { v: 1, nonce: 'n1', pin, read: nodes.map(({ h, print }) => ({ h, print })) }),
    /** What is shown, and what would be read, of everything a selector finds. @param {string} css @param {string} [attr] */
    async told(css, attr) {
      const { pin, answers: [{ nodes = [] }] } = await this.inspect([{ id: 0, css, attr }]);
      const { values } = await this.read(pin, nodes);
      return nodes.map(({ shown, error }, i) => ({ shown, text: error ?? values[i].text ?? `(${values[i].refused})` }));
    },
    /** Which questions are answered with yes, one list of numbers a node. @param {object} query @param {object[]} [earlier] */
    async yes(query, earlier = []) {
      const { answers } = await this.inspect([...earlier, { id: 9, ...query }]);
      return (answers.at(-1)?.nodes ?? []).map(({ yes }) => yes);
    },
    /** What each question would read, node by node. @param {object[]} queries @param {object} [more] of the plan @returns {Promise<string[][]>} */
    async texts(queries, more) {
      const { pin, answers, error } = await this.inspect(queries.map((query, id) => ({ id, ...query })), undefined, more);
      assert.equal(error, undefined);
      const { values } = await this.read(pin, answers.flatMap(({ nodes = [] }) => nodes));
      const read = new Map(values.map((/** @type {{ h: number, text?: string, refused?: string }} */ { h, text, refused }) => [h, text ?? `(${refused})`]));
      return answers.map(({ nodes = [], error }) => error ? [error] : nodes.map(({ h }) => /** @type {string} */ (read.get(h))));
    },
    close: () => page.close(),
  };
}

/** @param {string} html @param {(page: Awaited<ReturnType<typeof visit>>) => Promise<void>} work @param {Parameters<typeof visit>[1]} [how] */
async function on(html, work, how) {
  const page = await visit(html, how);
  try { await work(page); } finally { await page.close(); }
}

describe('how a node is shown', () => {
  const long = '<p>filler</p>'.repeat(300);
  /** @type {[what: string, html: string, shown: string, text?: string][]} The node asked about is #x; a text is given where it may be read. */
  const cases = [
    ['a plain paragraph', '<p id=x>Seen</p>', 'rendered', 'Seen'],
    ['an inline element', '<p>a <b id=x>Seen</b></p>', 'rendered', 'Seen'],
    ['below the fold', `${long}<p id=x>Seen</p>`, 'rendered', 'Seen'],
    ['aria-hidden', '<div aria-hidden=true><p id=x>Seen</p></div>', 'aria_hidden', 'Seen'],
    ['aria-hidden=false', '<p id=x aria-hidden=false>Seen</p>', 'rendered', 'Seen'],
    ['half transparent', '<p id=x style="opacity:.5">Seen</p>', 'rendered', 'Seen'],
    ['an empty box whose text overflows', '<div id=x style="width:0;height:0;white-space:nowrap">Seen</div>', 'rendered', 'Seen'],
    ['a box of no height with floats', '<div id=x><div style="float:left">Seen</div></div>', 'rendered', 'Seen'],
    ['a box of no height with positioned content', '<div id=x style="position:relative"><div style="position:absolute">Seen</div></div>', 'rendered', 'Seen'],
    ['display: contents', '<div id=x style="display:contents">Seen</div>', 'rendered', 'Seen'],
    ['display: contents around a box', '<div id=x style="display:contents"><p>Seen</p></div>', 'rendered', 'Seen'],
    ['an open <details>', '<details open><summary>s</summary><p id=x>Seen</p></details>', 'rendered', 'Seen'],
    ['the summary of a closed <details>', '<details><summary id=x>Seen</summary><p>no</p></details>', 'rendered', 'Seen'],
    ['content-visibility: auto, below the fold', `${long}<div style="content-visibility:auto"><p id=x>Seen</p></div>`, 'rendered', 'Seen'],
    ['visible in an invisible parent', '<div style="visibility:hidden"><p id=x style="visibility:visible">Seen</p></div>', 'rendered', 'Seen'],
    ['letters through which a background shines', '<p id=x style="color:transparent;background:linear-gradient(red,blue);-webkit-background-clip:text">Seen</p>', 'rendered', 'Seen'],
    ['below the visible part of a scroller', `<div style="height:50px;overflow:auto">${long}<p id=x>Seen</p></div>`, 'rendered', 'Seen'],
    ['in a scrolled scroller', `<div id=s style="height:50px;overflow:auto"><p id=x>Seen</p>${long}</div>`, 'rendered', 'Seen'],
    ['positioned out of a clipping parent that does not hold it', '<div style="width:10px;height:10px;overflow:hidden"><p id=x style="position:absolute;top:200px">Seen</p></div>', 'rendered', 'Seen'],
    ['a line cut short by an ellipsis', '<p id=x style="width:40px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis">Seen and more</p>', 'rendered', 'Seen and more'],
    ['the body of a page whose scrolling is locked', `<style>body{overflow:hidden}</style>${long}<p id=x>Seen</p>`, 'rendered', 'Seen'],
    ['slightly blurred by a transition', '<p id=x style="filter:blur(.5px)">Seen</p>', 'rendered', 'Seen'],
    ['an SVG text', '<svg width=90 height=20><text id=x y=15>Seen</text></svg>', 'rendered', 'Seen'],
    ['an absolutely placed SVG', '<svg style="position:absolute" width=90 height=20><text id=x y=15>Seen</text></svg>', 'rendered', 'Seen'],
    ['clipped, but not away', '<p id=x style="clip-path:inset(2px)">Seen</p>', 'rendered', 'Seen'],
    ['a negative margin that keeps it on the page', '<p id=x style="margin-left:-3px">Seen</p>', 'rendered', 'Seen'],
    ['right to left, pushed left as far as can be scrolled', '<style>html{direction:rtl}</style><div style="width:3000px"><p id=x style="position:absolute;left:-800px">Seen</p></div>', 'rendered', 'Seen'],

    ['display: none', '<p id=x style="display:none">Hid</p>', 'css_hidden'],
    ['the hidden attribute', '<p id=x hidden>Hid</p>', 'css_hidden'],
    ['hidden until found', '<div id=x hidden=until-found>Hid</div>', 'css_hidden'],
    ['inside hidden until found', '<div hidden=until-found><p id=x>Hid</p></div>', 'css_hidden'],
    ['visibility: hidden', '<p id=x style="visibility:hidden">Hid</p>', 'css_hidden'],
    ['visibility: collapse on a row', '<table><tr style="visibility:collapse"><td id=x>Hid</table>', 'css_hidden'],
    ['opacity: 0', '<p id=x style="opacity:0">Hid</p>', 'css_hidden'],
    ['opacity: 0 further up', '<div style="opacity:0"><div><p id=x>Hid</p></div></div>', 'css_hidden'],
    ['content-visibility: hidden', '<div style="content-visibility:hidden"><p id=x>Hid</p></div>', 'css_hidden'],
    ['content-visibility: hidden, its own text', '<div id=x style="content-visibility:hidden;height:20px">Hid</div>', 'css_hidden'],
    ['a closed <details>', '<details><summary>s</summary><p id=x>Hid</p></details>', 'css_hidden'],
    ['a closed <details>, display: contents', '<details><summary>s</summary><div id=x style="display:contents">Hid</div></details>', 'css_hidden'],
    ['a second summary in a closed <details>', '<details><summary>s</summary><summary id=x>Hid</summary></details>', 'css_hidden'],
    ['a blurred text', '<div style="filter:blur(6px)"><p id=x>Hid</p></div>', 'css_hidden'],
    ['filter: opacity(0)', '<p id=x style="filter:opacity(0)">Hid</p>', 'css_hidden'],
    ['dots in place of letters', '<p id=x style="-webkit-text-security:disc">Hid</p>', 'css_hidden'],
    ['transparent letters', '<p id=x style="color:transparent">Hid</p>', 'css_hidden'],
    ['a script', '<script id=x type=text/plain>Hid</script>', 'css_hidden'],
    ['a template', '<template id=x>Hid</template>', 'css_hidden'],
    ['noscript', '<noscript id=x>Hid</noscript>', 'css_hidden'],
    ['a style sheet', '<style id=x>.hid{}</style>', 'css_hidden'],
    ['meta', '<meta id=x name=robots content=noindex>', 'css_hidden'],
    ['the title of an SVG', '<svg width=9 height=9><title id=x>Hid</title></svg>', 'css_hidden'],

    ['clipped to nothing', '<p id=x style="position:absolute;clip:rect(0,0,0,0)">Hid</p>', 'clipped'],
    ['clipped to one pixel, the classic way', '<p id=x style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(1px,1px,1px,1px)">Hid</p>', 'clipped'],
    ['one pixel', '<span id=x style="display:block;width:1px;height:1px;overflow:hidden">Hid</span>', 'clipped'],
    ['inside one pixel', '<div style="width:1px;height:1px;overflow:hidden"><p id=x style="width:200px">Hid</p></div>', 'clipped'],
    ['clip-path: inset(50%)', '<p id=x style="clip-path:inset(50%)">Hid</p>', 'clipped'],
    ['clip-path: inset(0 100% 0 0)', '<p id=x style="clip-path:inset(0 100% 0 0)">Hid</p>', 'clipped'],
    ['clip-path: circle(0)', '<p id=x style="clip-path:circle(0)">Hid</p>', 'clipped'],
    ['clip-path: polygon(0 0, 0 0)', '<p id=x style="clip-path:polygon(0 0, 0 0, 0 0)">Hid</p>', 'clipped'],
    ['further up, clip-path', '<div style="clip-path:inset(100%)"><p id=x>Hid</p></div>', 'clipped'],
    ['moved off to the left', '<p id=x style="position:absolute;left:-9999px">Hid</p>', 'clipped'],
    ['inside something moved off', '<div style="position:absolute;left:-9999px"><p id=x>Hid</p></div>', 'clipped'],
    ['moved off by a transform', '<p id=x style="transform:translateX(-9999px)">Hid</p>', 'clipped'],
    ['moved off the top', '<p id=x style="position:absolute;top:-9999px">Hid</p>', 'clipped'],
    ['moved off to the right of a page that cannot scroll there', '<style>body{overflow-x:hidden}</style><p id=x style="position:absolute;left:9999px">Hid</p>', 'clipped'],
    ['fixed outside the window', '<p id=x style="position:fixed;top:150vh">Hid</p>', 'clipped'],
    ['text-indent', '<p id=x style="text-indent:-9999px;white-space:nowrap">Hid</p>', 'clipped'],
    ['text pushed out of a clipping box', '<p id=x style="height:20px;padding-top:0;overflow:hidden;text-indent:100%;white-space:nowrap;width:20px">Hid</p>', 'clipped'],
    ['beyond the cut of a shortened text', `<div style="height:40px;overflow:hidden">${long}<p id=x>Hid</p></div>`, 'clipped'],
    ['off to the left inside a scroller', '<div style="height:50px;overflow:auto;position:relative"><p id=x style="position:absolute;left:-9999px">Hid</p></div>', 'clipped'],

    ['no size', '<div id=x style="width:0;height:0;overflow:hidden">Hid</div>', 'zero_size'],
    ['a collapsed accordion', '<div style="max-height:0;overflow:hidden"><p id=x>Hid</p></div>', 'zero_size'],
    ['scaled to nothing', '<div style="transform:scale(0)"><p id=x>Hid</p></div>', 'zero_size'],
    ['font-size: 0', '<p id=x style="font-size:0">Hid</p>', 'zero_size'],
    ['font-size: 0 in a box with a size', '<p id=x style="font-size:0;height:20px">Hid</p>', 'zero_size'],
    ['letters of one pixel', '<p id=x style="font-size:1px">Hid</p>', 'zero_size'],
    ['empty', '<div id=x></div>', 'zero_size'],
  ];
  for (const [what, html, shown, text = '(changed)'] of cases) {
    test(what, () => on(html, async (page) => assert.deepEqual(await page.told('#x'), [{ shown, text }])));
  }

  test('a page that was scrolled', () => on(`<p id=x>Seen</p>${long}<p class=x>Seen too</p><p class=x style="position:absolute;top:-500px">Hid</p>`, async (page) => {
    await page.page.evaluate(() => scrollTo(0, 2000));
    assert.deepEqual((await page.told('#x, .x')).map(({ shown }) => shown), ['rendered', 'rendered', 'clipped']);
  }));
  test('a scroller that was scrolled', () => on(`<div id=s style="height:50px;overflow:auto"><p class=x>Seen</p>${long}</div>`, async (page) => {
    await page.page.evaluate(() => { /** @type {HTMLElement} */ (document.querySelector('#s')).scrollTop = 500; });
    assert.deepEqual(await page.told('.x'), [{ shown: 'rendered', text: 'Seen' }]);
  }));
});

describe('the shown text', () => {
  /** @type {[what: string, html: string, text: string][]} */
  const cases = [
    ['white space is folded', '<p id=x>  a\n\t b&nbsp; c </p>', 'a b c'],
    ['blocks are apart, inline elements are not', '<div id=x>a<b>b</b>c<div>d</div>e<p>f</p></div>', 'abc d e f'],
    ['an empty block still parts', '<div id=x>a<div></div>b</div>', 'a b'],
    ['line breaks part', '<p id=x>a<br>b</p>', 'a b'],
    ['cells and list items part', '<div id=x><table><tr><td>a<td>b</table><ul><li>c<li>d</ul></div>', 'a b c d'],
    ['flex items part', '<div id=x style="display:flex"><span>a</span><span>b</span></div>', 'a b'],
    ['what is hidden is left out', '<p id=x>a<span hidden>H</span>b<span style="visibility:hidden">H<i style="visibility:visible">c</i></span></p>', 'abc'],
    ['what is clipped is left out', '<p id=x>Ada <span style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">H</span>Berg</p>', 'Ada Berg'],
    ['aria-hidden is kept', '<p id=x><span aria-hidden=true>a</span><span style="position:absolute;left:-9999px">H</span></p>', 'a'],
    ['no scripts, styles, templates or fallbacks', '<div id=x>a<script>H</script><style>H</style><template>H</template><noscript>H</noscript><canvas>H</canvas><video>H</video><iframe>H</iframe></div>', 'a'],
    ['buttons are text', '<div id=x><button>Send</button></div>', 'Send'],
    ['no form values', '<div id=x>a<textarea>H</textarea><input value=H><select><option>H</select></div>', 'a'],
    ['no picture descriptions', '<div id=x>a<img alt=H src=x.png></div>', 'a'],
    ['a closed <details> tells its summary', '<details id=x>H<summary>s</summary>H<div style="display:contents">H</div><p>H</p></details>', 's'],
    ['the markup of the text stands', '<p id=x style="text-transform:uppercase">Élodie</p>', 'Élodie'],
    ['comments are nothing', '<p id=x>a<!-- H -->b</p>', 'ab'],
  ];
  for (const [what, html, text] of cases) {
    test(what, () => on(html, async (page) => assert.deepEqual(await page.told('#x'), [{ shown: 'rendered', text }])));
  }
  test('too long', () => on(`<p class=x>${'a'.repeat(20)}</p><p class=x>${'a '.repeat(10)}</p><p class=x>${'<b>a</b> '.repeat(30)}</p><a class=y href="${'h'.repeat(21)}" title=ok>a</a>`, async (page) => {
    const queries = [{ id: 0, css: '.x', asks: [{ has: ['a'] }] }, { id: 1, css: '.y', attr: 'href', asks: [{ has: ['h'] }, { empty: true }, { within: 'body' }, { near: { css: 'body', has: ['a'] } }] }];
    const { pin, answers: [{ nodes = [] }, { nodes: links = [] }] } = await page.inspect(queries, { text: 20 });
    assert.deepEqual(nodes.map(({ error, yes }) => error ?? yes), [[0], [0], 'text_too_long']);
    assert.deepEqual(links, [{ h: 3, shown: 'rendered', yes: [2], print: '0'.repeat(16), error: 'text_too_long' }], 'where it stands can be told');
    const { values } = await page.read(pin, [nodes[2], links[0]]);
    assert.deepEqual(values, [{ h: 2, refused: 'changed' }, { h: 3, refused: 'changed' }], 'what was not judged is not read');
  }));
});

describe('questions', () => {
  test('is, has, tokens', () => on('<p class=x>• 1ST&nbsp; degree</p><p class=x>ｆｕｌｌ wi\u200Bdth</p><meta class=m content="NoIndex, nofollow;noai">', async (page) => {
    assert.deepEqual(await page.yes({ css: '.x', asks: [{ is: ['no', '• 1st degree'] }, { has: ['st deg'] }, { has: ['full width'] }, { is: ['1st degree'] }, { is: [] }] }), [[0, 1], [2]]);
    assert.deepEqual(await page.yes({ css: '.m', attr: 'content', asks: [{ tokens: ['noindex'] }, { tokens: ['noai'] }, { tokens: ['index'] }, { tokens: ['none', 'nofollow'] }] }), [[0, 1, 3]]);
  }));
  test('words for one machine, and words with a value', () => on(['googlebot: noindex', 'otherbot:noindex , nofollow', 'max-snippet:0', 'Max-Snippet: 0', 'googlebot: max-snippet:0', 'unavailable_after: 25 Jun 2030 15:00:00', 'a:b:noindex',
    'noindexed', 'max-image-preview:none', ':noindex', 'noindex:', '', '1'].map((content) => `<meta class=m content="${content}">`).join(''), async (page) => {
    const asks = [{ tokens: ['noindex'] }, { tokens: ['max-snippet:0'] }, { tokens: ['unavailable_after'] }, { tokens: ['none'] }, { tokens: ['1'] }];
    assert.deepEqual(await page.yes({ css: '.m', attr: 'content', asks }), [[0], [0], [1], [1], [1], [2], [], [], [], [0], [0], [], [4]]);
  }));
  test('a meta element, or a link, is published where its attribute is asked about', () => on('<meta class=m name=robots content="noindex"><p class=m title=a>b</p><link class=m itemprop=url href=/a content=noindex>', async (page) => {
    const { pin, answers } = await page.inspect([{ id: 0, css: '.m', attr: 'content', asks: [{ painted: true }, { is: ['noindex'] }] }, { id: 1, css: '.m' }]);
    assert.deepEqual(answers.map(({ nodes = [] }) => nodes.map(({ shown }) => shown)), [['published', 'rendered', 'published'], ['css_hidden', 'rendered', 'css_hidden']]);
    assert.deepEqual(answers[0].nodes?.map(({ yes }) => yes), [[1], [0], [1]]);
    assert.deepEqual((await page.read(pin, answers[0].nodes ?? [])).values.map((/** @type {{ text: string }} */ { text }) => text), ['noindex', '', 'noindex']);
  }));
  test('a published attribute that stands in the page', () => on('<meta class=m itemprop=name content="Camille  Roussel"><meta class=m itemprop=email content="c@example.org"><h1>Camille Roussel</h1>', async (page) =>
    assert.deepEqual(await page.yes({ css: '.m', attr: 'content', asks: [{ painted: true }] }), [[0], []])));
  test('masked', async () => {
    const yes = ['**', 'a****', '＊＊', 'J·····', '••••', '█████', '░▒', '∗∗', '⁎⁎', '▪■'], no = ['*', 'a · b', '··', 'a*b*', '• one', '- -', ''];
    await on([...yes, ...no].map((text) => `<p class=x>x ${text}</p>`).join(''), async (page) =>
      assert.deepEqual(await page.yes({ css: '.x', asks: [{ masked: true }] }), [...yes.map(() => [0]), ...no.map(() => [])]));
  });
  test('empty', () => on('<p class=x>&nbsp; </p><p class=x><i hidden>H</i></p><p class=x hidden>H</p><p class=x>a</p><p class=x>&#x200B;</p>', async (page) =>
    assert.deepEqual(await page.yes({ css: '.x', asks: [{ empty: true }] }), [[0], [], [], [], [0]], 'what is hidden is not nothing')));
  test('what is hidden can be asked about, and not read', () => on('<b class=x>1st</b><b class=x hidden>2nd</b><b class=x hidden><i>2nd</i><script>2nd</script></b>', async (page) => {
    assert.deepEqual(await page.yes({ css: '.x', asks: [{ is: ['1st'] }, { is: ['2nd'] }] }), [[0], [1], []]);
    assert.deepEqual((await page.told('.x')).map(({ text }) => text), ['1st', '(changed)', '(changed)']);
  }));
  test('within', () => on('<section data-nosnippet><p class=x>a</p></section><p class=x data-nosnippet>b</p><p class=x>c</p>', async (page) =>
    assert.deepEqual(await page.yes({ css: '.x', asks: [{ within: '[data-nosnippet]' }] }), [[0], [0], []])));
  test('near', () => on('<li><h3> Current\u00A0JOB</h3><p class=x>a</p></li><li><p class=x>b</p><i hidden>current job</i></li><p class=x>c</p>', async (page) =>
    assert.deepEqual(await page.yes({ css: '.x', asks: [{ near: { css: 'li', has: ['former', 'current job'] } }, { near: { css: 'p', has: ['c'] } }, { near: { css: 'li', has: [] } }] }), [[0], [], [1]])));
  test('here', async () => {
    const links = ['https://example.org/in/camille-roussel', '/IN/Camille-Roussel/?a=1#b', '/in/camille-roussel/details/skills', '/in', '', '.', '/in/jonas', '/people/in/camille-roussel', 'https://[', 'mailto:in/camille-roussel'];
    await on(links.map((href) => `<a class=x href="${href}">a</a>`).join('') + '<a class=x>a</a>', async (page) => {
      assert.deepEqual(await page.yes({ css: '.x', attr: 'href', asks: [{ here: 2 }, { here: 1 }, { here: 3 }] }), [[0, 1], [0, 1], [0, 1], [1], [], [0, 1], [1], [], [], [], []]);
      assert.deepEqual(await page.yes({ css: '.x', asks: [{ here: 1 }] }), links.concat('').map(() => []), 'only an attribute is an address');
    });
    await on('<a class=x href="/in/ren%c3%a9">a</a>', async (page) => assert.deepEqual(await page.yes({ css: '.x', attr: 'href', asks: [{ here: 2 }] }), [[0]]), { url: 'https://www.example.org/in/René' });
  });
  test('painted, of elements', () => on('<p class=x>a</p><p class=x aria-hidden=true>a</p><p class=x hidden>a</p><p class=x style="position:absolute;left:-999px">a</p>', async (page) =>
    assert.deepEqual(await page.yes({ css: '.x', asks: [{ painted: true }] }), [[0], [0], [], []])));
  // A picture that is not there has no size until the browser has given it up: this one has.
  test('attributes', () => on(`<a class=x href="mailto:camille@example.org?subject=a">Write</a><a class=x href="tel:+33612345678">Call</a>
      <a class=x href="https://example.org/?q=1">Site</a><img class=x src="/a.png" alt="Portrait" width=9 height=9><time class=x datetime=2020-01>then</time><p class=x title="  A  title " data-value=v>a</p>`, async (page) => {
    assert.deepEqual((await page.told('.x', 'href')).map(({ text }) => text), ['camille@example.org', '+33612345678', 'https://example.org/?q=1', '', '', '']);
    assert.deepEqual((await page.told('.x[src]', 'src')).map(({ text }) => text), ['/a.png']);
    assert.deepEqual((await page.told('.x[alt]', 'alt')).map(({ text }) => text), ['Portrait']);
    assert.deepEqual((await page.told('.x[datetime]', 'datetime')).map(({ text }) => text), ['2020-01']);
    assert.deepEqual((await page.told('.x[title]', 'title')).map(({ text }) => text), ['A title']);
    assert.deepEqual((await page.told('.x[data-value]', 'data-value')).map(({ text }) => text), ['v']);
    assert.deepEqual(await page.yes({ css: '.x', attr: 'href', asks: [{ empty: true }, { has: ['mailto:'] }] }), [[1], [], [], [0], [0], [0]]);
  }));
  test('presence and needs', () => on('<h1>a</h1><p>b</p><p>c</p><script type="application/ld+json">{"@type":"Person","name":"a"}</script>', async (page) => {
    const { answers } = await page.inspect([
      { id: 0, css: 'p', presence: true }, { id: 1, css: 'h6', presence: true, pin: true },
      { id: 2, ld: { type: 'Person', key: [] }, presence: true }, { id: 3, ld: { type: 'Organization', key: [] }, presence: true },
      { id: 4, css: 'h1', needs: [0, 2] }, { id: 5, css: 'h1', needs: [0, 1] }, { id: 6, css: 'h1', needs: [4] }, { id: 7, css: 'h1', needs: [5] },
      { id: 8, css: ':::', presence: true }, { id: 9, css: ':::', needs: [1] },
    ]);
    assert.deepEqual(answers.map(({ count, nodes, error }) => [count ?? error, nodes?.length]),
      [[1, undefined], [0, undefined], [1, undefined], [0, undefined], [1, 1], [0, undefined], [1, 1], [0, undefined], ['selector', undefined], [0, undefined]]);
    assert.deepEqual(answers[5], { id: 5, count: 0 });
  }));
});

describe('the owner and others', () => {
  const cards = '<b>0</b><div class=card id=one><b>1</b><b>2</b></div><div class=card><b>3</b></div>';
  test('a field is looked for in what lies in the owner, and nowhere else', () => on(cards, async (page) => {
    assert.deepEqual(await page.texts([{ css: '.card' }, { css: 'b', inside: 0 }, { css: '.card', inside: 0 }, { css: 'b' }]), [['12', '3'], ['1', '2', '3'], [], ['0', '1', '2', '3']]);
    assert.deepEqual(await page.texts([{ css: '#one' }, { css: 'b', inside: 0 }, { css: 'body b', inside: 0 }]), [['12'], ['1', '2'], ['1', '2']], 'what a selector rests on may stand further out');
    assert.deepEqual(await page.texts([{ css: '.none' }, { css: 'b', inside: 0 }, { css: ':scope', inside: 0 }]), [[], [], []], 'without an owner there is no field');
    assert.deepEqual(await page.texts([{ css: '.none', presence: true }, { css: '.card', needs: [0] }, { css: 'b', inside: 1 }]), [[], [], []]);
    assert.deepEqual(await page.texts([{ css: '.card[' }, { css: 'b', inside: 0 }]), [['selector'], []]);
  }));
  test('the owner itself', () => on(`${cards}<a class=card href="/in/camille-roussel/">c</a>`, async (page) => {
    assert.deepEqual(await page.texts([{ css: '.card' }, { css: ':scope', inside: 0 }, { css: ':scope', inside: 0, attr: 'href' }]), [['12', '3', 'c'], ['12', '3', 'c'], ['', '', '/in/camille-roussel/']]);
  }));
  test('owners in owners', () => on('<div class=card><b>1</b><div class=card><b>2</b></div><b>3</b></div>', async (page) => {
    const queries = [{ css: '.card', owner: true }, { css: 'b', inside: 0 }, { css: '.card', inside: 0 }, { css: ':scope', inside: 0 }];
    assert.deepEqual(await page.texts(queries), [['1 2 3', '2'], ['1', '2', '3'], ['2'], ['1 2 3', '2']], 'each node once');
    assert.deepEqual(await page.texts(queries, { person: 0 }), [['1 2 3'], ['1', '2', '3'], ['2'], ['1 2 3']]);
    assert.deepEqual(await page.texts(queries, { person: 1 }), [['2'], ['2'], [], ['2']]);
  }));
  test('one place inside another', () => on('<main><div class=card><i><b>1</b></i><b>2</b></div></main><i><b>3</b></i>', async (page) =>
    assert.deepEqual(await page.texts([{ css: 'main' }, { css: '.card', inside: 0 }, { css: 'i', inside: 1 }, { css: 'b', inside: 2 }]), [['12'], ['12'], ['1'], ['1']])));
  test('presence in the owner only', () => on(cards, async (page) => {
    const { answers } = await page.inspect([{ id: 0, css: '#one' }, { id: 1, css: 'b', inside: 0, presence: true }, { id: 2, css: '.card', inside: 0, presence: true }, { id: 3, css: 'b', never: 0, presence: true }], undefined, { never: ['b'] });
    assert.deepEqual(answers.slice(1), [{ id: 1, count: 1 }, { id: 2, count: 0 }, { id: 3, count: 0 }]);
  }));

  test('what is never the owner’s is no hit, nor anything in it', () => on(`<p>1</p><aside><p>2</p><div><p>3</p></div></aside><div><p>4</p><p class=ad>5</p></div><p class=ad><b>6</b></p>
      <section class=card><p>7</p></section><aside class=card><p>8</p></aside>`, async (page) => {
    const never = ['aside, .ad', '.none', 'p:has(> b)'];
    assert.deepEqual(await page.texts([{ css: 'p' }, { css: 'p', never: 0 }, { css: 'p', never: 1 }, { css: 'p', never: 2 }, { css: 'b', never: 0 }, { css: 'div', never: 0 }], { never }),
      [['1', '2', '3', '4', '5', '6', '7', '8'], ['1', '4', '7'], ['1', '2', '3', '4', '5', '6', '7', '8'], ['1', '2', '3', '4', '5', '7', '8'], [], ['4 5']], 'what lies around it stays');
    assert.deepEqual(await page.texts([{ css: '.card', never: 0, owner: true }, { css: 'p', inside: 0, never: 0 }, { css: ':scope', inside: 0, never: 0 }], { never }), [['7'], ['7'], ['7']]);
    assert.deepEqual(await page.texts([{ css: '.card' }, { css: 'p', inside: 0, never: 0 }, { css: ':scope', inside: 0, never: 0 }], { never }), [['7', '8'], ['7'], ['7']]);
    assert.deepEqual(await page.texts([{ css: '.card', never: 0, owner: true }], { never, person: 1 }), [[]], 'and is not counted among the people');
  }));
  test('around the owner as well as in it', () => on('<aside><div class=card><b>1</b></div></aside><div class=card><b>2</b><aside><b>3</b></aside></div>', async (page) =>
    assert.deepEqual(await page.texts([{ css: '.card', never: 0 }, { css: 'b', inside: 0, never: 0 }], { never: ['aside'] }), [['2 3'], ['2']])));
  test('a broken selector of what is never the owner’s spoils the answers that rest on it', () => on('<p>1</p>', async (page) =>
    assert.deepEqual(await page.texts([{ css: 'p', never: 0 }, { css: 'p', never: 1 }, { css: 'p' }], { never: ['aside:first', 'aside'] }), [['selector'], ['1'], ['1']])));

  test('the person who is meant is the n-th that counts', () => on(Array.from({ length: 70 }, (_, i) => `<${i % 10 ? 'div' : 'aside'} class=card><b>${i}</b></${i % 10 ? 'div' : 'aside'}>`).join(''), async (page) => {
    const queries = [{ css: '.card', never: 0, owner: true }, { css: 'b', inside: 0, never: 0 }, { css: '.card', never: 0 }, { css: 'b', inside: 2 }], never = ['aside'];
    for (const [person, name] of [[0, '1'], [1, '2'], [8, '9'], [9, '11'], [62, '69']]) {
      const [owner, field, every, all] = await page.texts(queries, { never, person });
      assert.deepEqual([owner, field, every.length, all.length], [[name], [name], 63, 63], `person ${person}`);
    }
    assert.deepEqual((await page.texts(queries, { never, person: 63 })).slice(0, 2), [[], []], 'there are no more');
    const { answers } = await page.inspect([{ id: 0, css: '.card', owner: true }], undefined, { person: 3 });
    assert.equal(answers[0].count, 1);
  }));
  test('even behind more people than are told of', () => on(Array.from({ length: 100 }, (_, i) => `<div class=card>${i}</div>`).join(''), async (page) => {
    assert.deepEqual(await page.texts([{ css: '.card', owner: true }, { css: '.card' }, { css: ':scope', inside: 0 }], { person: 90 }).then(([one, all, self]) => [one, all.length, self]), [['90'], 64, ['90']]);
    assert.deepEqual(await page.texts([{ css: '.card', owner: true }], { person: 100 }), [[]]);
  }));
  test('published data does not say who is meant', () => on('<script type="application/ld+json">{"@type":"Person","name":"Camille"}</script>', async (page) => {
    const queries = [{ ld: { type: 'Person', key: ['name'] }, owner: true }, { ld: { type: 'Person', key: ['name'] } }];
    assert.deepEqual(await page.texts(queries), [['Camille'], ['Camille']]);
    assert.deepEqual(await page.texts(queries, { person: 0 }), [[], ['Camille']]);
  }));
  test('reading asks again for the same person', () => on(cards, async (visit) => {
    const queries = [{ id: 0, css: '.card', owner: true }, { id: 1, css: 'b', inside: 0, pin: true }];
    const { pin, answers } = await visit.inspect(queries, undefined, { person: 1 });
    await visit.page.evaluate(() => document.body.prepend(document.createElement('b')));
    assert.deepEqual((await visit.read(pin, answers[1].nodes ?? [])).values.map((/** @type {{ text: string }} */ { text }) => text), ['3']);
    const again = await visit.inspect(queries, undefined, { person: 1 });
    await visit.page.evaluate(() => { const other = document.createElement('div'); other.className = 'card'; other.innerHTML = '<b>9</b>'; document.body.prepend(other); });
    assert.equal((await visit.read(again.pin, again.answers[1].nodes ?? [])).error, 'changed', 'the second is another one now');
  }));
});

describe('shadow trees', () => {
  /** @param {string} inner @param {string} [mode] @param {string} [attributes] @param {string} [light] */
  const host = (inner, mode = 'open', attributes = 'class=ours', light = '') => `<div ${attributes}><template shadowrootmode=${mode}>${inner}</template>${light}</div>`;
  const shadows = '.ours';

  test('those that the plan names are looked into, others and closed ones are not', () => on(
    `<b>0</b>${host('<b>1</b>')}${host('<b>2</b>', 'closed')}${host('<b>3</b>', 'open', 'class=other')}<template><b>4</b></template>`, async (page) => {
      assert.deepEqual(await page.texts([{ css: 'b' }]), [['0']]);
      assert.deepEqual(await page.texts([{ css: 'b' }], { shadows }), [['0', '1']]);
      assert.deepEqual(await page.texts([{ css: 'b' }], { shadows: '.other' }), [['0', '3']]);
      assert.deepEqual(await page.texts([{ css: 'b' }], { shadows: 'div' }), [['0', '1', '3']]);
      const { answers } = await page.inspect([{ id: 0, css: 'i', presence: true }, { id: 1, css: 'b', presence: true }], undefined, { shadows });
      assert.deepEqual(answers.map(({ count }) => count), [0, 1]);
      assert.equal((await page.inspect([{ id: 0, css: 'b' }], undefined, { shadows: 'div[' })).error, 'failed');
    }));
  test('trees in trees, behind the page itself and in their order', () => on(`${host(`<b>2</b>${host('<b>4</b>')}${host('<b>x</b>', 'open', 'class=other')}`)}<b>1</b>${host('<b>3</b>')}`, async (page) =>
    assert.deepEqual(await page.texts([{ css: 'b' }], { shadows }), [['1', '2', '3', '4']])));
  test('no more than twenty', () => on(Array.from({ length: 30 }, (_, i) => host(`<b>${i}</b>`)).join(''), async (page) =>
    assert.equal((await page.texts([{ css: 'b' }], { shadows }))[0].length, 19)));
  test('a selector does not reach across', () => on(`<main>${host('<b>1</b>', 'open', 'class=ours', '<i>2</i>')}</main>`, async (page) =>
    assert.deepEqual(await page.texts([{ css: 'main b' }, { css: '.ours > b' }, { css: 'b:first-child' }], { shadows }), [[], [], ['1']])));

  test('the tree of a host lies in what the host lies in', () => on(`<section data-nosnippet>${host('<h3>Current job</h3><b>1</b>')}</section>${host('<b>2</b><p data-nosnippet><b>3</b></p>')}`, async (page) => {
    const { answers: [{ nodes = [] }] } = await page.inspect([{ id: 0, css: 'b', asks: [{ within: '[data-nosnippet]' }, { within: 'b' }, { within: '.none' }, { near: { css: '.ours', has: ['current job'] } }, { painted: true }] }], undefined, { shadows });
    assert.deepEqual(nodes.map(({ yes }) => yes), [[0, 1, 4], [1, 4], [0, 1, 4]], 'and what is in a tree is no text of its host');
  }));
  test('near, in the tree itself', () => on(host('<li><h3>Current job</h3><b>1</b></li><li><b>2</b></li>'), async (page) => {
    const { answers: [{ nodes = [] }] } = await page.inspect([{ id: 0, css: 'b', asks: [{ near: { css: 'li', has: ['current job'] } }] }], undefined, { shadows });
    assert.deepEqual(nodes.map(({ yes }) => yes), [[0], []]);
  }));
  test('never, across the boundary', () => on(`<aside>${host('<b>1</b>')}</aside>${host('<b>2</b><aside><b>3</b></aside>')}${host('<b>4</b>', 'open', 'class="ours ad"')}`, async (page) =>
    assert.deepEqual(await page.texts([{ css: 'b', never: 0 }], { shadows, never: ['aside, .ad'] }), [['2']])));
  test('an owner holds the trees of the hosts in it', () => on(`<div class=card><b>1</b>${host(`<b>2</b>${host('<b>3</b>')}`)}</div>${host('<b>4</b>')}`, async (page) => {
    assert.deepEqual(await page.texts([{ css: '.card' }, { css: 'b', inside: 0 }], { shadows }), [['1'], ['1', '2', '3']]);
    assert.deepEqual(await page.texts([{ css: '.card' }, { css: 'b', inside: 0 }]), [['1'], ['1']]);
  }));
  test('an owner in a tree', () => on(`<b>0</b>${host(`<b>1</b><div class=card><b>2</b>${host('<b>3</b>')}</div>`)}<div class=card><b>4</b></div>`, async (page) => {
    const queries = [{ css: '.card', owner: true }, { css: 'b', inside: 0 }, { css: ':scope', inside: 0 }];
    assert.deepEqual(await page.texts(queries, { shadows }), [['4', '2'], ['4', '2', '3'], ['4', '2']]);
    assert.deepEqual(await page.texts(queries, { shadows, person: 1 }), [['2'], ['2', '3'], ['2']]);
  }));
  test('the host itself as owner', () => on(host('<b>1</b>', 'open', 'class="ours card"', '<b>0</b>'), async (page) =>
    assert.deepEqual((await page.texts([{ css: '.card' }, { css: 'b', inside: 0, asks: [] }], { shadows }))[1], ['(changed)', '1'], 'what is put in no slot is not painted')));

  test('texts and how they are shown', () => on(host(`<p class=x>  Ada <b>Berg</b><i hidden>H</i></p><p class=x hidden>H</p><p class=x style="position:absolute;left:-9999px">H</p><p class=x aria-hidden=true>a</p>
      <style>.none { display: none }</style><p class="x none">H</p>`), async (page) => {
    const { answers: [{ nodes = [] }] } = await page.inspect([{ id: 0, css: '.x', asks: [{ is: ['ada berg'] }] }], undefined, { shadows });
    assert.deepEqual(nodes.map(({ shown, yes }) => [shown, ...yes]), [['rendered', 0], ['css_hidden'], ['clipped'], ['aria_hidden'], ['css_hidden']]);
    assert.deepEqual(await page.texts([{ css: '.x' }], { shadows }), [['Ada Berg', '(changed)', '(changed)', 'a', '(changed)']]);
  }));
  for (const [how, style, shown] of [['display: none', 'display:none', 'css_hidden'], ['visibility: hidden', 'visibility:hidden', 'css_hidden'], ['opacity: 0', 'opacity:0', 'css_hidden'],
    ['a blur', 'filter:blur(6px)', 'css_hidden'], ['one pixel', 'width:1px;height:1px;overflow:hidden', 'clipped'], ['off the page', 'position:absolute;left:-9999px', 'clipped'],
    ['no size', 'height:0;overflow:hidden', 'zero_size'], ['cut away', 'clip-path:inset(100%)', 'clipped']]) {
    test(`a host hidden by ${how}`, () => on(`<div style="${style}">${host(`<p class=x>Hid</p>${host('<p class=x>Hid</p>')}`)}</div>${host('<p class=x>Hid</p>', 'open', `class=ours style="${style}"`)}`, async (page) => {
      const { answers: [{ nodes = [] }] } = await page.inspect([{ id: 0, css: '.x' }], undefined, { shadows });
      assert.deepEqual(nodes.map(({ shown }) => shown), [shown, shown, shown]);
    }));
  }
  test('a host kept from screen readers', () => on(`<div aria-hidden=true>${host('<p class=x>Seen</p>')}</div>`, async (page) => {
    const { answers: [{ nodes = [] }] } = await page.inspect([{ id: 0, css: '.x' }], undefined, { shadows });
    assert.deepEqual(nodes.map(({ shown }) => shown), ['aria_hidden']);
  }));
  test('what stands in a slot is shown as the slot is', () => on(
    ['', 'display:none', 'height:0;overflow:hidden', 'filter:blur(6px)', 'position:absolute;left:-9999px'].map((style) => host(`<div style="${style}"><slot></slot></div>`, 'open', 'class=ours', '<p class=x>Text</p>')).join('')
      + host('<p>no slot</p>', 'open', 'class=ours', '<p class=x>Text</p>')
      + host('<div style="font-size:0"><slot></slot></div>', 'open', 'class="ours y"', 'letters'), async (page) => {
      const { answers: [{ nodes = [] }, { nodes: [letters] = [] }] } = await page.inspect([{ id: 0, css: '.x' }, { id: 1, css: '.y' }]);
      assert.deepEqual(nodes.map(({ shown }) => shown), ['rendered', 'css_hidden', 'zero_size', 'css_hidden', 'clipped', 'css_hidden']);
      assert.equal(letters.shown, 'zero_size');
    }));
  test('reading finds the same nodes again', () => on(host('<b>1</b>'), async (visit) => {
    const queries = [{ id: 0, css: 'b' }], { pin, answers: [{ nodes = [] }] } = await visit.inspect(queries, undefined, { shadows });
    await visit.page.evaluate(() => { const other = document.createElement('b'); other.textContent = '1'; document.querySelector('.ours')?.shadowRoot?.querySelector('b')?.replaceWith(other); });
    assert.deepEqual((await visit.read(pin, nodes)).values, [{ h: 0, refused: 'changed' }]);
  }));
});

describe('published data', () => {
  /** @param {unknown[]} items @param {string} [extra] */
  const ld = (items, extra = '') => items.map((item) =>
    `<script type="application/ld+json">${typeof item === 'string' ? item : JSON.stringify(item)}</script>`).join('') + extra;
  /** @param {string} html @param {string[]} key @param {string} [type] */
  const texts = async (html, key, type = 'Person') => {
    /** @type {string[]} */ let found = [];
    await on(html, async (page) => {
      const { pin, answers: [{ nodes = [], count }] } = await page.inspect([{ id: 0, ld: { type, key } }]);
      assert.equal(count, nodes.length);
      assert.ok(nodes.every(({ shown }) => shown === 'published'));
      const { values } = await page.read(pin, nodes);
      found = values.map((/** @type {{ text: string }} */ { text }) => text);
    });
    return found;
  };
  const person = { '@type': 'Person', name: 'Camille Roussel', worksFor: [{ name: 'Atelier Nord' }, { name: { '@value': 'Quai 9' } }, { name: ['A', 4, null, true, {}] }] };

  test('paths, arrays and kinds of leaves', async () => {
    assert.deepEqual(await texts(ld([person]), ['name']), ['Camille Roussel']);
    assert.deepEqual(await texts(ld([person]), ['worksFor', 'name']), ['Atelier Nord', 'Quai 9', 'A', '4']);
    assert.deepEqual(await texts(ld([person]), []), ['Camille Roussel']);
    assert.deepEqual(await texts(ld([{ '@type': 'Person' }]), []), ['']);
    assert.deepEqual(await texts(ld([person]), ['toString', 'name']), [], 'only what the document itself holds');
    assert.deepEqual(await texts(ld(['{"@type":"Person","__proto__":{"name":"p"},"constructor":{"name":"c"}}']), ['constructor', 'name']), ['c']);
  });
  test('where items may stand', async () => {
    assert.deepEqual(await texts(ld([[person]]), ['name']), ['Camille Roussel']);
    assert.deepEqual(await texts(ld([{ '@graph': [{ '@graph': person }] }]), ['name']), ['Camille Roussel']);
    assert.deepEqual(await texts(ld([{ '@type': 'ProfilePage', mainEntity: person }]), ['name']), ['Camille Roussel']);
    assert.deepEqual(await texts(ld([{ '@type': 'Article', author: person }]), ['name']), [], 'whoever is named on the way is not the subject');
  });
  test('forms of a type', async () => {
    for (const type of ['schema:Person', 'http://schema.org/Person', 'https://schema.org/Person', ['Thing', 'Person']]) {
      assert.deepEqual(await texts(ld([{ ...person, '@type': type }]), ['name']), ['Camille Roussel'], String(type));
    }
    for (const type of ['person', 'https://evil.org/Person', 'PersonX', null, 7]) {
      assert.deepEqual(await texts(ld([{ ...person, '@type': type }]), ['name']), [], String(type));
    }
  });
  test('whether it is painted', async () => {
    const asks = [{ painted: true }, { within: 'html' }, { masked: true }, { empty: true }], query = { ld: { type: 'Person', key: ['name'] }, asks };
    const people = ['Camille Roussel', 'Jonas Weber', 'Hidden One', 'Down Below', '', 'J**** W****'].map((name) => ({ ...person, name }));
    await on(ld([people], '<h1>CAMILLE&nbsp;Roussel</h1><p class=fn>Dr Jonas <b>Weber</b></p><h2 hidden>Hidden One</h2><p>Some way Down <i>Below</i></p>'), async (page) =>
      assert.deepEqual(await page.yes(query), [[0], [0], [], [0], [3], [2]]));
  });
  test('what cannot be read is skipped', async () => {
    const deep = `${'['.repeat(100_000)}1${']'.repeat(100_000)}`, nested = `${'{"@graph":'.repeat(40)}${JSON.stringify(person)}${'}'.repeat(40)}`;
    const huge = JSON.stringify({ ...person, filler: 'x'.repeat(500_000) });
    assert.deepEqual(await texts(ld(['', '{', 'null', '7', '"a"', deep, nested, huge, '{"@type":{"@type":"Person"},"name":"no"}', person]), ['name']), ['Camille Roussel']);
    assert.deepEqual(await texts(ld([...Array(50).fill('{}'), person]), ['name']), [], 'no more than 50 scripts');
  });
  test('the address of an item', () => on(ld([{ ...person, url: [URL, 'https://example.org/in/jonas'] }]), async (page) =>
    assert.deepEqual(await page.yes({ ld: { type: 'Person', key: ['url'] }, asks: [{ here: 2 }] }), [[0], []])));
});

describe('reading', () => {
  const html = '<h1>Camille Roussel</h1><p class=a>First</p><p class=a>Second</p><a href="mailto:c@example.org">c</a>';
  const queries = [{ id: 0, css: 'h1', pin: true }, { id: 1, css: '.a' }, { id: 2, css: 'a', attr: 'href' }, { id: 3, css: 'h5', presence: true, pin: true }];
  /** @param {(page: Awaited<ReturnType<typeof visit>>) => Promise<unknown>} meanwhile what happens between judging and reading */
  const reading = async (meanwhile, at = html) => {
    /** @type {any} */ let answer;
    await on(at, async (page) => {
      const { pin, answers } = await page.inspect(queries);
      await meanwhile(page);
      answer = await page.read(pin, answers.flatMap(({ nodes = [] }) => nodes));
    });
    return answer.error ?? answer.values.map((/** @type {any} */ { text, refused }) => refused ? `(${refused})` : text);
  };
  const all = ['Camille Roussel', 'First', 'Second', 'c@example.org'];
  /** @param {() => void} change */
  const page = (change) => (/** @type {Awaited<ReturnType<typeof visit>>} */ { page }) => page.evaluate(change);

  test('nothing changed', async () => assert.deepEqual(await reading(async () => {}), all));
  test('only what is named', () => on(html, async (visit) => {
    const { pin, answers } = await visit.inspect(queries);
    const node = answers[1].nodes?.[1] ?? assert.fail();
    assert.deepEqual(await visit.read(pin, [node]), { v: 1, nonce: 'n1', values: [{ h: node.h, text: 'Second' }] });
  }));
  test('something else changed', async () => assert.deepEqual(await reading(page(() => document.body.append('more'))), all));
  test('a text changed', async () => assert.deepEqual(
    await reading(page(() => { /** @type {Element} */ (document.querySelector('.a')).textContent = 'Other'; })), [all[0], '(changed)', ...all.slice(2)]));
  test('an attribute changed', async () => assert.deepEqual(
    await reading(page(() => { document.querySelector('a')?.setAttribute('href', 'mailto:other@example.org'); })), [...all.slice(0, 3), '(changed)']));
  test('a node was swapped for one like it', async () => assert.deepEqual(
    await reading(page(() => { const node = /** @type {Element} */ (document.querySelector('.a')); node.replaceWith(node.cloneNode(true)); })), [all[0], '(changed)', ...all.slice(2)]));
  test('two nodes changed places', async () => assert.deepEqual(
    await reading(page(() => { const [one, two] = document.querySelectorAll('.a'); two.after(one); })), all, 'they still say what they said'));
  test('two texts changed places', async () => assert.deepEqual(
    await reading(page(() => { const [one, two] = document.querySelectorAll('.a'); [one.textContent, two.textContent] = ['Second', 'First']; })), [all[0], '(changed)', '(changed)', all[3]]));
  test('a node was removed', async () => assert.deepEqual(
    await reading(page(() => document.querySelector('.a')?.remove())), [all[0], '(changed)', ...all.slice(2)]));
  test('a node was hidden', async () => assert.deepEqual(
    await reading(page(() => document.querySelector('.a')?.setAttribute('hidden', ''))), [all[0], '(changed)', ...all.slice(2)]));
  test('a node is no longer what was asked for', async () => assert.deepEqual(
    await reading(page(() => document.querySelector('.a')?.removeAttribute('class'))), [all[0], '(changed)', ...all.slice(2)]));
  test('the page is about someone else', async () => assert.equal(
    await reading(page(() => { /** @type {Element} */ (document.querySelector('h1')).textContent = 'Jonas Weber'; })), 'changed'));
  test('the name stands in another node', async () => assert.equal(
    await reading(page(() => { const name = /** @type {Element} */ (document.querySelector('h1')); name.replaceWith(name.cloneNode(true)); })), 'changed'));
  test('the page is at another address', async () => assert.equal(await reading(page(() => history.pushState(null, '', '/in/jonas-weber/'))), 'changed'));
  test('the fragment of the address', async () => assert.deepEqual(await reading(page(() => { location.hash = 'b'; })), all));
  test('something to be absent appeared', async () => assert.equal(await reading(page(() => document.body.append(document.createElement('h5')))), 'changed'));

  test('handles and prints must be those that were given', () => on(html, async (visit) => {
    const { pin, answers: [{ nodes: [name] = assert.fail() }, { nodes: [first] = assert.fail() }] } = await visit.inspect(queries);
    const { values } = await visit.read(pin, [{ h: 99, print: name.print }, { h: name.h, print: first.print }, name]);
    assert.deepEqual(values, [{ h: 99, refused: 'changed' }, { h: 0, refused: 'changed' }, { h: 0, text: all[0] }]);
  }));
  test('one inspection, one reading', () => on(html, async (visit) => {
    const { pin, answers: [{ nodes = [] }] } = await visit.inspect(queries);
    assert.ok((await visit.read(pin, nodes)).values);
    assert.equal((await visit.read(pin, nodes)).error, 'no_inspection');
    const again = await visit.inspect(queries);
    assert.equal((await visit.read(pin, nodes)).error, 'changed', 'the pin of an earlier inspection is salted otherwise');
    assert.notEqual(again.pin, pin);
  }));
  test('another nonce, a refused plan and forget() leave nothing to read', () => on(html, async (visit) => {
    const { pin } = await visit.inspect(queries);
    assert.deepEqual(await visit.send('read', { v: 1, nonce: 'n2', pin, read: [] }), { v: 1, nonce: 'n2', error: 'no_inspection' });
    const second = await visit.inspect(queries);
    await visit.send('inspect', { v: 2 });
    assert.equal((await visit.read(second.pin, [])).error, 'no_inspection');
    const third = await visit.inspect(queries);
    await visit.run('scrupleProbe.forget()');
    assert.equal((await visit.read(third.pin, [])).error, 'no_inspection');
  }));
  test('injected twice, it is still the same inspection', () => on(html, async (visit) => {
    const { pin, answers: [{ nodes = [] }] } = await visit.inspect(queries);
    await visit.run(PROBE);
    assert.deepEqual((await visit.read(pin, nodes)).values, [{ h: 0, text: all[0] }]);
  }));
  test('equal texts have equal prints in one inspection, and others in the next', () => on('<p>a</p><i>a</i><b title=a>c</b>', async (visit) => {
    const ask = [{ id: 0, css: 'p' }, { id: 1, css: 'i' }, { id: 2, css: 'b', attr: 'title' }, { id: 3, css: 'b' }];
    const prints = async () => (await visit.inspect(ask)).answers.map(({ nodes: [node] = assert.fail() }) => node.print);
    const [one, two] = [await prints(), await prints()];
    assert.deepEqual([one[0] === one[1], one[0] === one[2], one[0] === one[3], one[0] === two[0]], [true, true, false, false]);
    assert.match(one[0], /^[0-9a-f]{16}$/);
  }));
});

describe('plans', () => {
  const good = { v: 1, nonce: 'n', at: URL, limits: LIMITS, queries: [{ id: 1, css: 'p', asks: [{ is: ['a'] }] }] };
  /** @param {object} query */
  const with1 = (query) => ({ ...good, queries: [{ id: 1, css: 'p' }, { id: 2, css: 'p', ...query }] });
  /** @type {[what: string, plan: unknown][]} */
  const bad = [
    ['not JSON', '{'], ['null', 'null'], ['a list', '[]'], ['another version', { ...good, v: 2 }], ['no nonce', { ...good, nonce: '' }],
    ['a long nonce', { ...good, nonce: 'n'.repeat(65) }], ['no limits', { ...good, limits: {} }], ['a limit of nothing', { ...good, limits: { ...LIMITS, nodes: 0 } }],
    ['an unknown key', { ...good, more: 1 }], ['an unknown key in a query', with1({ more: 1 })], ['too many queries', { ...good, queries: Array.from({ length: 601 }, (_, id) => ({ id, css: 'p' })) }],
    ['the same number twice', { ...good, queries: [{ id: 1, css: 'p' }, { id: 1, css: 'p' }] }], ['css and ld', with1({ ld: { type: 'Person', key: [] } })],
    ['neither', { ...good, queries: [{ id: 1 }] }], ['another attribute', with1({ attr: 'onclick' })], ['a part of an attribute', with1({ attr: 'data-value-of' })], ['an unknown question', with1({ asks: [{ regex: 'a' }] })],
    ['a question of the prototype', with1({ asks: [{ toString: true }] })], ['two questions in one', with1({ asks: [{ empty: true, masked: true }] })],
    ['a question answered no', with1({ asks: [{ empty: false }] })], ['too many questions', with1({ asks: Array(33).fill({ empty: true }) })],
    ['questions about a presence', with1({ presence: true, asks: [{ empty: true }] })], ['needing a later one', with1({ needs: [3] })],
    ['no address', { ...good, at: undefined }], ['no number of segments', with1({ asks: [{ here: true }] })], ['near nothing', with1({ asks: [{ near: { css: 'p' } }] })], ['texts that are no list', with1({ asks: [{ is: 'a' }] })],
    ['the owner itself of nothing', with1({ css: ':scope' })], ['inside itself', with1({ inside: 2 })], ['inside a later one', { ...good, queries: [{ id: 1, css: 'p', inside: 2 }, { id: 2, css: 'p' }] }],
    ['inside nothing that was asked', with1({ inside: 7 })], ['published data inside an element', with1({ css: undefined, ld: { type: 'Person', key: [] }, inside: 1 })],
    ['an unknown number of what is never the owner’s', with1({ never: 0 })], ['one too many', { ...with1({ never: 1 }), never: ['aside'] }], ['a negative one', { ...with1({ never: -1 }), never: ['aside'] }],
    ['what is never the owner’s as one text', { ...good, never: 'aside' }], ['a list of too much', { ...good, never: Array(51).fill('aside') }], ['nothing among it', { ...good, never: [''] }],
    ['no selector of shadow trees', { ...good, shadows: '' }], ['a list of them', { ...good, shadows: ['p'] }], ['half a person', { ...good, person: 0.5 }], ['a person before the first', { ...good, person: -1 }],
    ['a person by name', { ...good, person: 'Camille' }], ['an owner of another kind', with1({ owner: 'p' })],
  ];
  test('what is not a plan is refused whole', () => on('<p>a</p>', async (page) => {
    for (const [what, plan] of bad) {
      const answer = await page.send('inspect', plan);
      assert.equal(answer.error, 'bad_plan', what);
      assert.deepEqual(Object.keys(answer), ['v', 'nonce', 'error'], what);
    }
    assert.equal((await page.send('inspect', good)).answers.length, 1);
    const all = { ...with1({ never: 0, inside: 1, owner: false }), never: ['aside'], shadows: 'div', person: 0 };
    assert.equal((await page.send('inspect', all)).answers.length, 2);
    assert.equal((await page.run('scrupleProbe.inspect()')), '{"v":1,"nonce":"","error":"bad_plan"}');
  }));
  test('what is not a permit is refused whole', () => on('<p>a</p>', async (page) => {
    const permit = { v: 1, nonce: 'n', pin: '0'.repeat(16), read: [] };
    for (const wrong of ['', { ...permit, v: 2 }, { ...permit, more: 1 }, { ...permit, read: [{ h: -1, print: '' }] }, { ...permit, read: [{ h: 0, print: '', css: 'p' }] }, { ...permit, read: Array(201).fill({ h: 0, print: '' }) }]) {
      await page.send('inspect', good);
      assert.equal((await page.send('read', wrong)).error, 'bad_plan');
    }
  }));
  test('a plan for another address', () => on('<p>a</p>', async (page) => {
    assert.equal((await page.send('inspect', { ...good, at: `${URL}other` })).error, 'changed');
    await page.page.evaluate(() => { location.hash = 'part'; });
    assert.equal((await page.send('inspect', good)).error, undefined);
  }));
  test('a broken selector spoils only its own answer', () => on('<p>a</p>', async (page) => {
    const { answers } = await page.inspect([{ id: 0, css: 'p[' }, { id: 1, css: 'p', asks: [{ empty: true }, { within: '>>' }] }, { id: 2, css: 'p' }]);
    assert.deepEqual(answers.map(({ error, nodes }) => error ?? nodes?.map(({ h }) => h)), ['selector', 'selector', [0]]);
  }));
});

describe('selectors are taken apart, and find what they find as a whole', () => {
  /** What selectors find, by the probe and by the platform: the number of each element, as far as is told. @param {Awaited<ReturnType<typeof visit>>} page @param {string[]} selectors */
  const compare = async (page, selectors) => {
    for (let from = 0; from < selectors.length; from += 200) {
      const some = selectors.slice(from, from + 200);
      /** @type {(string[] | null)[]} */ const whole = await page.page.evaluate((some) => {
        [...document.querySelectorAll('*')].forEach((el, i) => el.setAttribute('title', String(i)));
        return some.map((css) => { try { return [...document.querySelectorAll(css)].slice(0, 64).map((el) => el.getAttribute('title') ?? ''); } catch { return null; } });
      }, some);
      const told = some.map((css, i) => ({ id: 2 * i, css, attr: 'title', asks: [] })), asked = some.map((css, i) => ({ id: 2 * i + 1, css, presence: true }));
      const { pin, answers } = await page.inspect(told.flatMap((query, i) => [query, asked[i]]));
      const permitted = answers.flatMap(({ nodes = [] }) => nodes.filter(({ shown }) => /rendered|aria|published/.test(shown)));
      const { values } = await page.read(pin, permitted.slice(0, 200)), read = new Map(values.map((/** @type {{ h: number, text: string }} */ { h, text }) => [h, text]));
      some.forEach((css, i) => {
        const { nodes = [], error } = answers[2 * i], found = whole[i];
        assert.equal(error ?? nodes.length, found === null ? 'selector' : found.length, css);
        assert.equal(answers[2 * i + 1].error ?? answers[2 * i + 1].count, found === null ? 'selector' : Math.min(1, found.length), css);
        nodes.forEach(({ h }, n) => { if (read.has(h)) assert.equal(read.get(h), found?.[n], css); });
      });
    }
  };

  // Small numbers that are the same in every run.
  let seed = 7;
  const chance = (/** @type {number} */ n) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  /** @template T @param {T[]} list */
  const any = (list) => list[chance(list.length)];
  /** @param {number} depth @returns {string} */
  const compound = (depth) => {
    const parts = [any(['', '', 'p', 'div', 'b', 'a', '*', 'none'])];
    for (let i = chance(3); i > 0; i--) parts.push(any(['.x', '.y', '.none', '#i', '#none', '[href]', "[href^='/b' i]", '[class~="y"]', '[data-none]', "[class='x, y']", ':first-child', ':nth-child(2n + 1)', ':not([href])']));
    if (depth && !chance(2)) parts.push(`:${any(['is', 'where', 'not'])}(${list(depth - 1)})`);
    if (depth && !chance(5)) parts.push(`:has(${any(['', '> ', '+ ', '~', ' '])}${complex(0)})`);
    return parts.join('') || '*';
  };
  /** @param {number} depth */
  const complex = (depth) => Array.from({ length: 1 + chance(3) }, () => compound(depth)).reduce((all, one) => all + any([' ', ' > ', '>', ' + ', '~', '  ']) + one);
  /** @param {number} depth */
  const list = (depth) => Array.from({ length: 1 + chance(3) }, () => complex(depth)).join(any([',', ', ', ' , ']));
  /** @param {number} depth @returns {string} */
  const tree = (depth) => Array.from({ length: 1 + chance(4) }, () => {
    const name = any(['p', 'div', 'b', 'div', 'a']);
    return `<${name === 'p' && depth ? 'div' : name}${any(['', ' class=x', ' class=y', ' class="x y"', ' class="x, y"'])}${any(['', '', ' href=/b', ' id=i'])}>${depth ? tree(depth - 1) : 'text'}</${name === 'p' && depth ? 'div' : name}>`;
  }).join('');

  test('made by chance', async () => {
    for (let i = 0; i < 6; i++) await on(tree(3 + (i % 2)), (page) => compare(page, Array.from({ length: 400 }, () => list(2))));
  });
  test('in a page without standards', () => on('<div class=X><p ID=I>a</p></div><div class=x><p id=i>b</p></div>', (page) => compare(page, ['.x p', '.X > p', '#i', '.x #I', ':is(.X, .none) p']), { raw: true }));
  test('written in unusual ways', () => on('<p class="a:b x">1</p><p class=é>2</p><p title="a, b">3</p>', (page) => compare(page,
    ['.a\\:b', '.é', '.none.é', "[data-a='a, b'], .x", "[class*='(']", ':IS(.x, .none)', 'P.x', '.x:not(:is(.none, b))', ':is()', ':nonsense', '.none, :nonsense', '.x,', ',.x', '> p', 'p >', 'p::before', '|p', '*|p', ':root p', ':has(p)', 'html:lang(en)'])));

  const folder = join(ROOT, 'src/site');
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    test(name, async () => {
      const { cases, ...adapter } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      /** @type {Set<string>} */ const selectors = new Set();
      /** @param {any} value @param {string} [key] */
      const gather = (value, key = '') => {
        if (typeof value === 'string') { if (/^(css|anchors|unless|expects|own|degree|marks|hints|never|shadows|shared_owner|within)$/.test(key) && value !== ':scope') selectors.add(value); }
        else if (Array.isArray(value)) for (const one of value) gather(one, key);
        else if (value) for (const [name, one] of Object.entries(value)) gather(one, name);
      };
      gather(adapter);
      // As one list too, as plans have them.
      selectors.add(adapter.never?.join(', ') ?? 'p');
      const page = cases.map((/** @type {{ html: string }} */ { html }) => html).join('\n');
      await on(page, (visit) => compare(visit, [...selectors]));
    });
  }
});

describe('limits', () => {
  test('nodes', () => on('<p>a</p>'.repeat(100), async (page) => {
    const script = { ld: { type: 'Person', key: ['name'] } };
    await page.page.evaluate(() => {
      const script = document.createElement('script');
      script.type = 'application/ld+json';
      script.textContent = JSON.stringify(Array(9).fill({ '@type': 'Person', name: 'a' }));
      document.body.append(script);
    });
    const { answers } = await page.inspect([{ id: 0, css: 'p' }, { id: 1, ...script }, { id: 2, css: 'body' }, { id: 3, css: 'p', inside: 2 }, { id: 4, css: 'p:nth-child(-n+3)' }], { nodes: 3 });
    assert.deepEqual(answers.map(({ count, nodes }) => [count, nodes?.length]), [[4, 3], [4, 3], [1, 1], [4, 3], [3, 3]], 'no more is counted than shows that there are more');
  }));
  test('elements', () => on('<p>a</p>'.repeat(100), async (page) => {
    assert.equal((await page.inspect([], { elements: 99 })).error, 'too_many_elements');
    assert.equal((await page.inspect([], { elements: 1000 })).elements, 104);
  }));
  /** @param {string} html @param {number} most milliseconds @param {(page: Awaited<ReturnType<typeof visit>>) => Promise<void>} work */
  const within = (html, most, work) => on(html, async (page) => {
    await page.page.evaluate(() => document.documentElement.getBoundingClientRect());   // laying it out is the browser's time
    const start = Date.now();
    await work(page);
    assert.ok(Date.now() - start < most, `took ${Date.now() - start} ms`);
  });
  const whole = [{ id: 0, css: 'body' }, { id: 1, css: 'p', asks: [{ has: ['zzz'] }] }, { id: 2, css: 'body *', asks: [{ masked: true }, { near: { css: 'div', has: ['zzz'] } }] }];
  test('ten megabytes of text', () => within(`<p>${'lorem ipsum '.repeat(900_000)}</p><p>b</p>`, 5000, async (page) => {
    const { answers } = await page.inspect(whole);
    assert.equal(answers[0].nodes?.[0].error, 'text_too_long');
    assert.deepEqual(answers[1].nodes?.map(({ error }) => error), ['text_too_long', undefined]);
  }));
  test('two hundred thousand elements', () => within('<p>a'.repeat(199_990), 5000, async (page) => {
    const { answers, elements } = await page.inspect(whole);
    assert.ok(elements > 199_900);
    assert.equal(answers[1].count, LIMITS.nodes + 1);
  }));
  test('deep nesting, each level asked about', () => within('', 5000, async (page) => {
    await page.page.evaluate(() => {
      let at = /** @type {Element} */ (document.body);
      for (let i = 0; i < 2000; i++) { const next = document.createElement('div'); next.append('a '); at.append(next); at = next; }
    });
    const { answers } = await page.inspect([{ id: 0, css: 'div' }, { id: 1, css: 'body' }]);
    assert.equal(answers[0].count, LIMITS.nodes + 1);
  }));
  test('texts made to trap a careless pattern', () => within(
    [['a', 19_000], ['a@', 9000], ['1', 19_000], ['1-', 9000], ['1 ', 9000], ['* ', 9000], ['@.', 9000], ['1---------------', 1100]].map(([text, times]) => `<p>${String(text).repeat(Number(times))}</p>`).join(''),
    5000, async (page) => { assert.equal((await page.inspect(whole)).answers.length, 3); }));
});

describe('hostile pages', () => {
  const queries = [{ id: 0, css: 'h1', pin: true, asks: [{ is: ['camille'] }, { here: 1 }, { within: 'form' }, { painted: true }] }, { id: 1, css: 'form p' }, { id: 2, ld: { type: 'Person', key: ['name'] }, asks: [{ painted: true }] }];
  test('names that shadow what scripts use', () => {
    const names = ['querySelectorAll', 'querySelector', 'getElementsByTagName', 'contentType', 'documentElement', 'body', 'createTreeWalker', 'baseURI', 'location', 'scrupleProbe'];
    const parts = ['children', 'firstChild', 'nextSibling', 'parentElement', 'parentNode', 'closest', 'getAttribute', 'getBoundingClientRect', 'checkVisibility', 'localName', 'textContent', 'offsetParent', 'scrollTop', 'matches', 'nodeType', 'isConnected'];
    return on(names.map((name) => `<img name="${name}" id="${name}"><form name="${name}" id="${name}"></form>`).join('')
      + `<form style="position:absolute;top:0;overflow:auto">${parts.map((name) => `<input name="${name}" id="${name}">`).join('')}<h1>Camille</h1><p>in a form</p></form>
      <script type="application/ld+json">{"@type":"Person","name":"Camille"}</script>`, async (page) => {
      await page.run(PROBE);
      const { answers, error } = await page.inspect(queries);
      assert.equal(error, undefined);
      assert.deepEqual(answers.map(({ nodes = [] }) => nodes.map(({ shown, yes }) => [shown, ...yes])), [[['rendered', 0, 2, 3]], [['rendered']], [['published', 0]]]);
    });
  });
  test('a page that redefines the platform', () => on('<h1>Camille</h1>', async (page) => {
    await page.page.evaluate(() => {
      const broken = () => { throw new Error('page'); };
      for (const proto of [Document.prototype, Element.prototype, Node.prototype]) for (const name of ['querySelectorAll', 'getBoundingClientRect', 'closest', 'textContent', 'firstChild']) {
        if (name in proto) Object.defineProperty(proto, name, { get: broken, configurable: true });
      }
      Object.assign(globalThis, { getComputedStyle: broken, JSON: null, Map: null, scrupleProbe: { inspect: broken } });
      Object.defineProperty(Object.prototype, 'toJSON', { value: () => 'lie' });
      Object.defineProperty(Array.prototype, 'map', { value: broken });
    });
    const { answers } = await page.inspect(queries);
    assert.deepEqual(answers[0].nodes?.map(({ shown, yes }) => [shown, ...yes]), [['rendered', 0, 3]]);
    const seen = await page.page.evaluate(() => Object.getOwnPropertyNames(globalThis).filter((name) => /scruple/i.test(name)));
    assert.deepEqual(seen, ['scrupleProbe'], 'the page sees only what it made itself');
  }));
  test('pages without a body', async () => {
    await on('<!doctype html><frameset cols="50%,50%"><frame><frame></frameset>', async (page) => assert.equal((await page.inspect(queries)).error, undefined), { raw: true });
    await on('', async (page) => {
      await page.page.evaluate(() => document.body.remove());
      assert.equal((await page.inspect(queries)).error, undefined);
      await page.page.evaluate(() => document.documentElement.remove());
      const answer = await page.inspect(queries);
      assert.ok(answer.error === undefined || answer.error === 'failed');
    });
  });
  test('documents that are not HTML', async () => {
    for (const [type, body] of [['text/plain', 'Camille'], ['application/json', '{}'], ['application/xml', '<a><h1>Camille</h1></a>'],
      ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><text>Camille</text></svg>']]) {
      await on(body, async (page) => assert.deepEqual(await page.inspect(queries), { v: 1, nonce: 'n1', error: 'not_html' }), { raw: true, type });
    }
    await on('<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><h1><![CDATA[Camille]]></h1></body></html>',
      async (page) => assert.deepEqual(await page.told('h1'), [{ shown: 'rendered', text: 'Camille' }]), { raw: true, type: 'application/xhtml+xml' });
  });
  test('nothing is changed, asked for or moved', () => on(`<h1>Camille</h1><input id=i autofocus><details><summary>s</summary>a</details>${'<p>a</p>'.repeat(300)}`, async (page) => {
    const state = () => page.page.evaluate(() => [document.documentElement.outerHTML, scrollY, document.activeElement?.id, performance.getEntriesByType('resource').length, location.href]);
    await page.page.evaluate(() => {
      scrollTo(0, 40);
      const seen = /** @type {any} */ (globalThis).events = /** @type {string[]} */ ([]);
      for (const type of ['click', 'focus', 'blur', 'scroll', 'toggle', 'mouseover', 'input', 'beforematch']) addEventListener(type, () => seen.push(type), true);
      new MutationObserver(() => seen.push('mutation')).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    await page.page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
    await page.page.evaluate(() => { /** @type {any} */ (globalThis).events.length = 0; });
    const before = await state();
    await page.told('h1, p, details, input');
    assert.deepEqual(await state(), before);
    assert.deepEqual(await page.page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(() => done(/** @type {any} */ (globalThis).events))); })), []);
  }));
});

test('sightings tell nothing of the page', () => {
  // Every place of a page that can hold a text, each with its own; the lengths, too, are rare numbers.
  /** @type {string[]} */ const planted = [];
  const canary = (/** @type {number} */ length) => {
    const text = `zq${planted.length}w${'kx'.repeat(length)}`.slice(0, 4321 + 7 * planted.length);
    planted.push(text);
    return text;
  };
  const c = () => canary(2500);
  const url = `https://www.example.org/in/${c()}/`;
  const html = `<h1 class="${c()}">${c()}</h1><p class=x id="${c()}">${c()} <b>${c()}</b></p><a class=x href="/${c()}" title="${c()}">${c()}</a><img class=x src="${c()}.png" alt="${c()}">
    <time class=x datetime="${c()}">${c()}</time><p class=x hidden>${c()}</p><p class=x aria-hidden=true>${c()}</p><p class=x style="position:absolute;left:-9999px">${c()}</p>
    <meta class=x content="${c()}"><input class=x value="${c()}"><textarea class=x>${c()}</textarea><!-- ${c()} --><x-${c()} class=x>a</x-${planted.at(-1)}>
    <script type="application/ld+json">${JSON.stringify({ '@type': 'Person', name: c(), url: c(), [c()]: c() })}</script><style>.${c()}{}</style>`;
  return on(html, async (page) => {
    await page.page.evaluate((title) => { document.title = title; }, c());
    const asks = [{ is: [planted[1]] }, { has: ['zq'] }, { tokens: ['a'] }, { masked: true }, { empty: true }, { within: 'body' }, { near: { css: 'body', has: ['zq'] } }, { here: 2 }, { painted: true }];
    const queries = [...['h1', '.x', '*', 'body', 'html'].map((css) => ({ css })), ...['href', 'content', 'src', 'datetime', 'alt', 'title'].map((attr) => ({ css: '*', attr })),
      { ld: { type: 'Person', key: [] } }, { ld: { type: 'Person', key: ['url'] } }].map((query, id) => ({ ...query, id, pin: id % 2 === 0, asks }));
    const sightings = await page.inspect(queries);
    assert.equal(sightings.error, undefined);
    assert.ok(sightings.answers.some(({ nodes = [] }) => nodes.some(({ yes }) => yes.includes(1))), 'the texts were looked at');
    const told = JSON.stringify(sightings);
    for (const text of planted) {
      assert.ok(!told.includes(text.slice(0, 6)), text.slice(0, 6));
      assert.ok(!told.match(/\d+/g)?.includes(String(text.length)), `the length ${text.length}`);
    }
    // Nothing but numbers, fingerprints and the protocol's own words.
    const words = told.match(/[a-z_]+/gi)?.filter((word) => !/^[0-9a-f]+$/.test(word)) ?? [];
    const known = new Set(['v', 'nonce', 'n', 'pin', 'elements', 'answers', 'id', 'count', 'nodes', 'h', 'shown', 'yes', 'print', 'error', 'text_too_long', 'rendered', 'aria_hidden', 'css_hidden', 'clipped', 'zero_size', 'published']);
    assert.deepEqual(words.filter((word) => !known.has(word)), []);
  }, { url });
});
