/**
 * The page side of Scruple: answers questions about a page without telling what the page says.
 *
 * `inspect(plan)` tells where things stand, how they are shown and which questions hold: no text, length, address or tag name.
 * `read(permit)` gives the text of the nodes that were allowed, and of no others. This file knows no site, decides nothing, and
 * has no listener, storage or network. The page can redefine nothing here, but name elements after properties of `document` and
 * of forms: what matters of a node is taken from its prototype.
 */
(() => {
  'use strict';
  // Injected twice, the first one and its record stay.
  if (Object.hasOwn(globalThis, 'scrupleProbe')) return;

  /**
   * @typedef {{ css?: string, ld?: { type: string, key: string[] }, id: number, inside?: number, never?: number, owner?: boolean, attr?: string,
   *   pin?: boolean, presence?: boolean, needs?: number[], asks?: Record<string, any>[] }} Query
   * @typedef {{ v: 1, nonce: string, at: string, limits: { elements: number, nodes: number, text: number }, never?: string[],
   *   shadows?: string, person?: number, queries: Query[] }} Plan
   * @typedef {{ hard: string, aria: boolean, block: object, inline: boolean, at: Area, kids: Area }} Look  why an element is not
   *   painted with all that is in it, and the areas in which it and its content can be seen
   * @typedef {[Element, Record<string, unknown>]} Item
   * @typedef {{ el: Element, nth: number, text?: string | null }} Hit
   * @typedef {{ id: number, pin?: boolean, el: Element, nth: number, print: string, mark: string }} Kept
   * @typedef {Kept & { text: string | null }} Seen
   */

  /**
   * A method or getter of a prototype, as a function of the node.
   * @template {object} T @template {keyof T} K @param {T} proto @param {K} name
   * @returns {T[K] extends (...rest: infer A) => infer R ? (node: T, ...rest: A) => R : (node: T) => T[K]}
   */
  const own = (proto, name) => {
    const found = /** @type {any} */ (Object.getOwnPropertyDescriptor(proto, name));
    return /** @type {any} */ (Function.prototype.call.bind(found.get ?? found.value));
  };
  const D = Document.prototype, E = Element.prototype, N = Node.prototype, F = DocumentFragment.prototype;
  const all = own(D, 'querySelectorAll'), allIn = own(E, 'querySelectorAll'), allOf = own(F, 'querySelectorAll'), first = own(D, 'querySelector'), firstIn = own(F, 'querySelector'), rootOf = own(D, 'documentElement'), bodyOf = own(D, 'body');
  const closest = own(E, 'closest'), attribute = own(E, 'getAttribute'), nameOf = own(E, 'localName');
  const boxOf = own(E, 'getBoundingClientRect'), hasBox = own(E, 'checkVisibility'), offsetParent = own(HTMLElement.prototype, 'offsetParent');
  const leftOf = own(E, 'scrollLeft'), topOf = own(E, 'scrollTop');
  const treeOf = own(N, 'getRootNode'), contains = own(N, 'contains'), order = own(N, 'compareDocumentPosition'), hostOf = own(ShadowRoot.prototype, 'host'), shadowOf = own(E, 'shadowRoot'), slotOf = own(E, 'assignedSlot'), slotOfText = own(Text.prototype, 'assignedSlot');
  const parentOf = own(N, 'parentElement'), firstOf = own(N, 'firstChild'), nextOf = own(N, 'nextSibling'), baseOf = own(N, 'baseURI'), textOf = own(N, 'textContent');

  /** An error whose message is one of the protocol's codes. */
  class Refusal extends Error {}
  /** @param {unknown} ok @param {string} [code] */
  const must = (ok, code = 'bad_plan') => { if (!ok) throw new Refusal(code); };

  /** What a map has for a key, made when it is first asked for. @template K, T @param {Map<K, T>} map @param {K} key @param {() => T} make @returns {T} */
  const once = (map, key, make) => {
    let known = map.get(key);
    if (known === undefined) map.set(key, known = make());
    return known;
  };

  // ---- Trees

  /** @param {Node} node @returns {Element | null} */
  const shadowHost = (node) => { const tree = treeOf(node); return tree instanceof ShadowRoot ? hostOf(tree) : null; };
  /** What a node is painted in. @param {Element | Text} node */
  const upOf = (node) => (node instanceof Text ? slotOfText(node) : slotOf(node)) ?? parentOf(node) ?? shadowHost(node);
  /** The closest element around, itself included, that matches. @param {Element} el @param {string} css @returns {Element | null} */
  const around = (el, css) => {
    for (let at = /** @type {Element | null} */ (el); at; at = shadowHost(at)) {
      const found = closest(at, css);
      if (found) return found;
    }
    return null;
  };
  /** Whether an element lies in another, or is it. @param {Element} outer @param {Element | null} el */
  const holds = (outer, el) => {
    for (let at = el; at; at = shadowHost(at)) if (contains(outer, at)) return true;
    return false;
  };

  // ---- Selectors

  /** A selector, cut at such characters outside of brackets and quotes. @param {string} css @param {string} at */
  const split = (css, at) => {
    /** @type {string[]} */ const parts = [];
    let from = 0, depth = 0, quote = '';
    for (let i = 0; i <= css.length; i++) {
      const c = css[i];
      if (c === '\\') i++;
      else if (quote || /["']/.test(c)) quote = !quote ? c : c === quote ? '' : quote;
      else if (c === '(' || c === '[') depth++;
      else if (c === ')' || c === ']') depth--;
      else if (!c || !depth && at.includes(c)) parts.push(css.slice(from, i)), from = i + 1;
    }
    return parts;
  };
  const GAP = ' \n\t>+~';

  /** How a tree is searched: without alternatives that need what it has not, and in what they name first. @param {Document | ShadowRoot} tree */
  const searcher = (tree) => {
    /** @param {string} css */
    const every = (css) => [...tree instanceof ShadowRoot ? allOf(tree, css) : all(tree, css)];
    /** @param {string} css */
    const any = (css) => (tree instanceof ShadowRoot ? firstIn(tree, css) : first(tree, css)) !== null;
    /** @type {Map<string, any>} */ const found = new Map(), places = new Map(), kept = new Map();
    /** @param {string} css */
    const is = (css) => /^(\*|$)/.test(css) || once(found, css, () => any(css));
    /** The alternatives that may find something. @param {string} list @param {string} [known] what an element has to be besides @returns {string[]} */
    const left = (list, known) => split(list, ',').flatMap((each) => {
      const way = each.trim(), [head, ...rest] = split(way, GAP).filter(Boolean);
      let heads = [''];
      if (!head || known && !rest.length) return way || [];
      for (const compound of [head, ...rest]) {
        const [plain, ...pseudos] = split(compound, ':');
        if (!is(plain)) return [];
        for (const pseudo of pseudos) {
          const [, name, inner, more] = /^(is|has)\((.*)\)([^()]*)$/.exec(pseudo) ?? [], self = plain + more;
          const some = name && is(self) ? left(inner, name === 'is' ? self : '') : [];
          if (name && !some.length) return [];
          if (compound === head && head === `:is(${inner})`) heads = some;
        }
      }
      return !heads[0] ? way : !rest.length ? heads : (heads.length > 1 || split(heads[0], GAP).length > 1 ? `:is(${heads})` : heads[0]) + way.slice(head.length);
    });
    /** @param {string} css @returns {string[]} */
    const ways = (css) => once(kept, css, () => {
      firstIn(new DocumentFragment(), css);   // throws if it cannot be read
      return left(css);
    });
    /** @param {string} way @returns {Element[]} */
    const search = (way) => {
      const [head] = split(way, GAP);
      /** @type {Element[]} */ const around = /^\s*[\s>]\s*[^\s>+~]/.test(way.slice(head.length)) ? once(places, head, () => every(head)) : Array(9);
      return around.length < 9 ? [...new Set(around.flatMap((place) => [...allIn(place, way)]))] : every(way);
    };
    return {
      /** @param {string} css */
      all: (css) => {
        const lists = ways(css).map(search).filter((list) => list.length);
        return lists.length < 2 ? lists[0] ?? [] : [...new Set(lists.flat())].sort((a, b) => order(a, b) & 4 ? -1 : 1);
      },
      /** @param {string} css */
      any: (css) => ways(css).some(any),
    };
  };

  // ---- Text

  /** A text without needless space; and the form in which texts are compared. @type {(text: string) => string} */
  const tidy = (text) => text.replace(/\s+/g, ' ').trim(), plain = (text) => tidy(text.normalize('NFKC').replace(/[\u200B-\u200F\uFEFF]/g, '').toLowerCase());

  /**
   * 64 bits, salted per inspection: they tell changed from unchanged and equal from different, and nothing elsewhere.
   * @param {Uint32Array} salt @param {string} text
   */
  const hash = (salt, text) => {
    let [a, b] = salt;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      a = Math.imul(a ^ c, 0x9e3779b1); a ^= a >>> 15;
      b = Math.imul(b ^ c, 0x5f356495); b ^= b >>> 13;
    }
    a = Math.imul(a ^ salt[2], 0x85ebca6b) ^ Math.imul(b ^ b >>> 16, 0xc2b2ae35);
    b = Math.imul(b ^ salt[3], 0x27d4eb2f) ^ Math.imul(a ^ a >>> 16, 0x165667b1);
    return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  };

  // ---- What is painted

  /** Milliseconds for one pass: what the platform does for it need not be linear. */
  const TIME = 5000;
  /** How much of a page's text is searched for a published name. */
  const BODY = 1_000_000;

  /** Areas and boxes are in the viewport's coordinates. @typedef {[left: number, top: number, right: number, bottom: number]} Area */
  /** @param {DOMRect} box @param {Area} area */
  const outside = (box, [left, top, right, bottom]) =>
    box.right <= left || box.bottom <= top || box.left >= right || box.top >= bottom;
  /** What scrolling can bring into view, from where it starts. @param {boolean} rtl @param {Area} from @returns {Area} */
  const reach = (rtl, [left, top, right]) => rtl ? [-Infinity, top, right, Infinity] : [left, top, Infinity, Infinity];

  /** Whether a `clip` or `clip-path` leaves (nearly) nothing of a box. @param {string} clip @param {string} path @param {DOMRect} box */
  const cutAway = (clip, path, { width, height }) => {
    const [top, right, bottom, left] = clip.slice(5).split(', ').map(parseFloat);
    if (right - left <= 1 || bottom - top <= 1) return true;
    const [, shape, inner] = /^(\w+)\((.*)\)/.exec(path) ?? [];
    if (shape === 'inset') {
      const sides = inner.split(' round')[0].split(' ');
      /** @param {number} i @param {number} size */
      const cut = (i, size) => parseFloat(sides[i]) * (sides[i].endsWith('%') ? size / 100 : 1);
      const [right, bottom] = [sides.length > 1 ? 1 : 0, sides.length > 2 ? 2 : 0];
      return cut(0, height) + cut(bottom, height) >= height - 1 || cut(right, width) + cut(sides[3] ? 3 : right, width) >= width - 1;
    }
    if (shape === 'polygon') {
      const points = inner.split(', ').map((point) => point.split(' '));
      return [0, 1].some((axis) => points.every((point) => point[axis] === points[0][axis]));
    }
    return /^(circle|ellipse)\(0(px|%)/.test(path);
  };

  /**
   * How things are painted, by boxes and computed style, each element measured once. One serves one pass: what it remembers
   * is true until the page's code runs again. It does not see text in the colour of its background, nor what covers a
   * text. What lies below the fold is shown.
   * @param {number} limit characters of text per node @param {number} end when to give up
   */
  const eyes = (limit, end) => {
    /** @type {Map<Element, Look>} */ const looks = new Map();
    /** @type {Map<Node, string>} */ const styles = new Map(), states = new Map(), letters = new Map();
    /** @type {Map<Node, string | null>} */ const texts = new Map();
    const range = new Range();

    /** @returns {Look} */
    const page = () => {
      const body = bodyOf(document), css = getComputedStyle(rootOf(document));
      const x = scrollX + (body ? leftOf(body) : 0), y = scrollY + (body ? topOf(body) : 0);
      const area = reach(css.direction === 'rtl', [-x, -y, innerWidth - x, 0]);
      // A page that cannot be scrolled sideways ends at the window's edge; upright, that is how dialogs hold a page still.
      if (/hidden|clip/.test(css.overflowX + (body && getComputedStyle(body).overflowX))) [area[0], area[2]] = [0, innerWidth];
      return { hard: '', aria: false, block: document, inline: false, at: area, kids: area };
    };

    /** @param {Element} el @param {Look} up its parent's look @returns {Look} */
    const measure = (el, up) => {
      if (up.hard) return up;
      const css = getComputedStyle(el), { display } = css;
      const aria = up.aria || attribute(el, 'aria-hidden') === 'true';
      const gone = (/** @type {string} */ hard) => ({ ...up, hard });
      // No box of its own: its children stand in its parent's, unless a closed <details> holds them back.
      if (display === 'contents') {
        return closest(el, 'details:not([open]) > :not(summary:first-of-type)') ? gone('css_hidden') : { ...up, aria };
      }
      // A blur is how a page withholds a text that stands in its markup.
      const { filter, overflow, position, clipPath } = css;
      if (!hasBox(el, { opacityProperty: true }) || /blur\((?![01]?(px|\.))|opacity\(0\)/.test(filter)) return gone('css_hidden');
      const loose = /absolute|fixed/.test(position);
      let { kids } = up;
      // Positioned content escapes the clipping of ancestors that do not position it.
      if (loose) {
        const anchor = el instanceof HTMLElement && offsetParent(el);
        if (anchor) kids = look(anchor).kids;
        else if (position === 'fixed') kids = [0, 0, innerWidth, innerHeight];
      }
      const at = kids, clip = loose ? css.clip : 'auto';
      // The overflow of the root and of the body is the window's; inline boxes have none.
      const cuts = overflow !== 'visible' && display !== 'inline' && !/^(html|body)$/.test(nameOf(el));
      if (cuts || clip !== 'auto' || clipPath !== 'none') {
        const box = boxOf(el);
        if (cutAway(clip, clipPath, box)) return gone('clipped');
        if (cuts) {
          const thin = Math.min(box.width, box.height);
          if (thin <= 1) return gone(thin ? 'clipped' : 'zero_size');
          const { left, top, right, bottom } = box;
          // A scroller shows what it holds, sooner or later, unless it is itself out of sight.
          kids = outside(box, at) ? at : /auto|scroll/.test(overflow)
            ? reach(css.direction === 'rtl', [left - leftOf(el), top - topOf(el), right, bottom])
            : [Math.max(at[0], left), Math.max(at[1], top), Math.min(at[2], right), Math.min(at[3], bottom)];
        }
      }
      const inline = /^(inline|ruby)/.test(display);
      return { hard: '', aria, inline, block: inline ? up.block : el, at, kids };
    };

    /** @param {Element} el @returns {Look} */
    const look = (el) => {
      /** @type {Element[]} */ const chain = [];
      let known, next = /** @type {Element | null} */ (el);
      // A loop, not recursion: pages can nest deeper than the stack.
      while (next && !(known = looks.get(next))) { chain.push(next); next = upOf(next); }
      known ??= page();
      for (const each of chain.reverse()) looks.set(each, known = measure(each, known));
      return known;
    };

    /** Why letters that stand directly in an element are not painted: '' if they are. @param {Element} el */
    const style = (el) => {
      const css = getComputedStyle(el);
      // Dots in place of letters, and transparent letters unless a background shines through them.
      return css.visibility !== 'visible' || css.contentVisibility === 'hidden' || css.getPropertyValue('-webkit-text-security') !== 'none'
        || /^rgba.* 0\)$|\/ 0\)$/.test(css.webkitTextFillColor) && css.backgroundClip !== 'text'
        || nameOf(el) === 'details' && attribute(el, 'open') === null ? 'css_hidden' : '';
    };

    /** Why a text node is not painted: '' if it is. @param {Text} node */
    const letter = (node) => {
      const up = /** @type {Element} */ (upOf(node)), { hard, kids } = look(up), why = hard || once(styles, up, () => style(up));
      if (why) return why;
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      // Letters of less than two pixels are not there to be read.
      return box.width < 1 || box.height < 2 ? 'zero_size' : outside(box, kids) ? 'clipped' : '';
    };

    /** @param {Text} node */
    const unseen = (node) => once(letters, node, () => letter(node));

    /** @param {Element} el @returns {string} one of the protocol's states */
    const state = (el) => {
      const { hard, at, aria } = look(el);
      const { visibility, contentVisibility } = getComputedStyle(el);
      if (hard || visibility !== 'visible' || contentVisibility === 'hidden') return hard || 'css_hidden';
      const box = boxOf(el);
      // An empty box may overflow visibly.
      if ((!box.width || !box.height) && text(el) === '') return 'zero_size';
      if (box.width && box.height && outside(box, at)) return 'clipped';
      // A box that shows while its own letters do not: text-indent, font-size 0 and the like.
      if (text(el) === '') {
        for (let child = firstOf(el); child; child = nextOf(child)) {
          const why = child instanceof Text && /\S/.test(child.data) && unseen(child);
          if (why) return why;
        }
      }
      return aria ? 'aria_hidden' : 'rendered';
    };
    /** @param {Element} el */
    const shown = (el) => once(states, el, () => state(el));

    /**
     * The painted text under an element, or null when it is longer than `most`.
     * @param {Element} el @param {number} most @param {boolean} [part] rather give the beginning of a text that is longer
     */
    const walk = (el, most, part) => {
      let out = '', gap = false, block = {}, into = !look(el).hard;
      /** @type {Node} */ let node = el;
      for (;;) {
        let next = into ? firstOf(node) : null;
        for (; !next && node !== el; node = /** @type {Element} */ (parentOf(node))) next = nextOf(node);
        if (!next) break;
        node = next;
        must(performance.now() < end, 'failed');
        if (out.length > most) return part ? out : null;
        if (into = node instanceof Element) {
          into = !look(node).hard;
          gap ||= into && !look(node).inline || nameOf(node) === 'br';
        } else if (node instanceof Text) {
          if (node.data.length > most * 8) return part ? out : null;
          const { data } = node, words = tidy(data), up = /** @type {Element} */ (upOf(node));
          if (words && unseen(node)) continue;
          gap ||= /^\s/.test(data) || look(up).block !== block;
          if (!words) continue;
          out += (gap && out ? ' ' : '') + words;
          gap = /\s$/.test(data);
          ({ block } = look(up));
        }
      }
      return out.length > most && !part ? null : out;
    };
    /** @param {Element} el */
    const text = (el) => once(texts, el, () => walk(el, limit));

    /** @type {string[] | undefined} */ let names;
    /** @type {string | undefined} */ let body;
    /** Whether a published text stands somewhere in the painted page. @param {string} wanted normalised */
    const painted = (wanted) => {
      if (!wanted) return false;
      names ??= [...all(document, 'h1,h2,h3,[itemprop~="name"],.p-name,.fn')].slice(0, 500)
        .map((el) => /rendered|aria/.test(shown(el)) ? plain(text(el) ?? '') : '');
      if (names.some((name) => name.includes(wanted))) return true;
      body ??= plain(walk(rootOf(document), BODY, true) ?? '');
      return body.includes(wanted);
    };
    return { shown, text, painted };
  };

  // ---- Published structured data

  /** @param {unknown} value @returns {value is Record<string, unknown>} */
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  /** @param {unknown} value @param {string} key */
  const member = (value, key) => isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  /** @param {unknown} value @param {number} [depth] @returns {unknown[]} */
  const flat = (value, depth = 0) =>
    Array.isArray(value) ? depth < 32 ? value.flatMap((each) => flat(each, depth + 1)) : [] : value === undefined ? [] : [value];

  /** Every top item of every readable script of the page, with the script it stands in. @returns {Item[]} */
  const published = () => {
    /** @type {Item[]} */ const items = [];
    /** @param {Element} el @param {unknown} value @param {number} depth */
    const collect = (el, value, depth) => {
      for (const item of depth < 32 ? flat(value, depth) : []) {
        if (!isObject(item)) continue;
        items.push([el, item]);
        collect(el, member(item, '@graph'), depth + 1);
        collect(el, member(item, 'mainEntity'), depth + 1);
      }
    };
    for (const el of [...all(document, 'script[type="application/ld+json" i]')].slice(0, 50)) {
      const source = textOf(el) ?? '';
      try { if (source.length <= 500_000) collect(el, JSON.parse(source), 0); } catch { /* unreadable data is no data */ }
    }
    return items;
  };

  /** @param {Record<string, unknown>} item @param {string[]} key @returns {string[]} the leaves at the end of a path */
  const leaves = (item, key) => key.reduce((/** @type {unknown[]} */ values, name) =>
    values.flatMap((value) => flat(member(value, name))), [item])
    .map((leaf) => member(leaf, '@value') ?? leaf)
    .flatMap((leaf) => typeof leaf === 'string' || typeof leaf === 'number' ? [String(leaf)] : []);

  // ---- Questions

  const address = () => location.href.split('#')[0];
  /** The beginning of an address's path. @param {string} url @param {number} count of segments @returns {string | null} */
  const path = (url, count) => {
    try {
      const { protocol, pathname } = new URL(url, baseOf(document)), segments = pathname.split('/').filter(Boolean);
      return segments.length < count || !/^https?:/.test(protocol) ? null : decodeURI(segments.slice(0, count).join('/')).toLowerCase();
    } catch { return null; }
  };

  /**
   * One entry per kind of question; `text` is normalised.
   * @typedef {{ el: Element, text: string, raw: string, shown: string, query: Query, eyes: ReturnType<typeof eyes> }} Asked
   * @type {Record<string, (node: Asked, wanted: any) => boolean>}
   */
  const ANSWERS = {
    is: ({ text }, wanted) => wanted.includes(text),
    has: ({ text }, wanted) => hasOne(text, wanted),
    tokens: ({ text }, wanted) => tokens(text.replaceAll(': ', ':')).some((token) => wanted.includes(token)),
    masked: ({ text }) => /[*＊∗⁎•●▪■█░▒▓]{2}|·{3}/.test(text),
    empty: ({ text }) => !text,
    within: ({ el, query }, wanted) => around(el, wanted) !== null && !query.ld,
    near: ({ el, query, eyes }, { css, has }) => {
      const place = around(el, css);
      return place !== null && !query.ld && hasOne(plain(eyes.text(place) ?? ''), has);
    },
    here: ({ raw, query }, count) => {
      const there = raw && (query.attr || query.ld) && path(raw, count);
      return !!there && there === path(location.href, count);
    },
    painted: ({ text, shown, eyes }) => shown === 'published' ? eyes.painted(text) : /rendered|aria/.test(shown),
  };
  /** The words of a list for machines, and behind the name of one machine the word that is for it. @param {string} text @returns {string[]} */
  const tokens = (text) => text.split(/[ ,;]+/).flatMap((word) => {
    const [, name, rest] = /^(?!max-)([^:]*):(.*)$/.exec(word) ?? [];
    return rest === undefined ? [word] : [word, name, rest];
  });
  /** @param {string} text @param {string[]} words */
  const hasOne = (text, words) => words.some((word) => text.includes(word));

  /** @typedef {(value: any) => boolean} Test  one that takes `undefined` makes a key optional */
  /** Whether an object has the keys of a shape, so filled, and no other. @param {any} value @param {Record<string, Test>} shape */
  const fits = (value, shape) => isObject(value) && Object.keys(value).every((key) => Object.hasOwn(shape, key))
    && Object.entries(shape).every(([key, test]) => test(value[key]));
  /** @param {Test} test @returns {Test} */
  const maybe = (test) => (value) => value === undefined || test(value);
  /** @type {Test} */ const isText = (value) => typeof value === 'string', yes = (value) => value === true, isFlag = (value) => typeof value === 'boolean';
  /** @param {number} most @returns {Test} */
  const text = (most) => (value) => isText(value) && value !== '' && value.length <= most;
  /** @param {number} least @returns {Test} */
  const whole = (least) => (value) => Number.isSafeInteger(value) && value >= least;
  /** @param {number} most @param {Test} test @returns {Test} */
  const list = (most, test) => (value) => Array.isArray(value) && value.length <= most && value.every((each) => test(each));

  /** @type {Test} */ const isVersion = (value) => value === 1;
  const nonce = text(64), css = text(10_000), words = list(2000, isText);
  /** @type {Record<string, Test>} */
  const ASK = { is: words, has: words, tokens: words, masked: yes, empty: yes, within: css, here: whole(1), painted: yes,
    near: (value) => fits(value, { css, has: words }) };
  /** @type {Record<string, Test>} */
  const QUERY = { id: whole(0), css: maybe(css), ld: maybe((value) => fits(value, { type: css, key: list(32, isText) })),
    inside: maybe(whole(0)), never: maybe(whole(0)), owner: maybe(isFlag),
    attr: maybe((value) => /^(href|content|src|datetime|alt|title|value|data-value)$/.test(value)), pin: maybe(isFlag), presence: maybe(isFlag), needs: maybe(list(600, whole(0))),
    asks: maybe(list(32, (ask) => isObject(ask) && Object.keys(ask).length === 1 && Object.entries(ask).every(([kind, wanted]) => Object.hasOwn(ASK, kind) && ASK[kind](wanted)))) };
  const PLAN = { v: isVersion, nonce, at: isText, limits: (/** @type {any} */ value) => fits(value, { elements: whole(1), nodes: whole(1), text: whole(1) }),
    never: maybe(list(50, css)), shadows: maybe(css), person: maybe(whole(0)), queries: list(600, (query) => fits(query, QUERY)) };
  const PERMIT = { v: isVersion, nonce, pin: isText, read: list(200, (each) => fits(each, { h: whole(0), print: isText })) };

  /** @param {any} plan taken whole or not at all */
  const check = (plan) => {
    must(fits(plan, PLAN));
    /** @type {Set<number>} */ const ids = new Set();
    for (const { id, css, ld, inside, never = -1, attr, presence, needs = [], asks = [] } of /** @type {Plan} */ (plan).queries) {
      must(!ids.has(id) && !css !== !ld && !(ld && attr) && !(presence && asks.length) && needs.every((need) => ids.has(need)));
      must((inside === undefined ? css !== ':scope' : ids.has(inside) && !ld) && never < (plan.never ?? []).length);
      ids.add(id);
    }
  };

  /** One pass over the page. @param {Plan} plan @param {Uint32Array} salt */
  const run = ({ at, limits, never = [], shadows, person, queries }, salt) => {
    must(at === address(), 'changed');
    must(/^(text\/html|application\/xhtml\+xml)$/.test(own(D, 'contentType')(document)), 'not_html');
    const elements = own(D, 'getElementsByTagName')(document, '*').length;
    must(elements <= limits.elements, 'too_many_elements');
    const end = performance.now() + TIME, see = eyes(limits.text, end);
    /** @type {Item[] | undefined} */ let items;
    /** @type {Set<number>} */ const found = new Set();
    /** @type {Map<string, Element[]>} */ const lists = new Map();
    /** The elements of each query, for those that look inside them. @type {Map<number, Element[]>} */ const places = new Map();
    /** @type {Map<Document | ShadowRoot, ReturnType<typeof searcher>>} */ const searchers = new Map();
    /** @param {Document | ShadowRoot} tree */
    const search = (tree) => once(searchers, tree, () => searcher(tree));
    /** The page, and the open shadow trees that belong to it. @type {(Document | ShadowRoot)[]} */ const trees = [document];
    if (shadows) {
      for (const tree of trees) {
        for (const host of search(tree).all(shadows)) {
          const shadow = shadowOf(host);
          if (shadow && trees.length < 20) trees.push(shadow);
        }
      }
    }
    /** @type {Map<Element, string | null>} */ const unpainted = new Map();
    /** @type {Seen[]} */ const seen = [];
    /** @type {unknown[]} */ const pinned = [address()];

    /** @param {string | null} raw */
    const folded = (raw) => raw && raw.length > limits.text ? null : tidy(raw ?? '');

    /** Where a query looks. @param {number | undefined} inside @returns {(Document | ShadowRoot | Element)[]} */
    const within = (inside) => inside === undefined ? trees : (places.get(inside) ?? []).flatMap((owner) =>
      [owner, ...trees.filter((tree) => tree instanceof ShadowRoot && holds(owner, hostOf(tree)))]);

    /** What a query matches, up to one more than is told of. @param {string} css @param {Query} query @returns {Element[]} */
    const hitsOf = (css, { inside, never: number, owner }) => once(lists, JSON.stringify([css, inside, number, owner]), () => {
      const most = owner ? Math.max(limits.nodes, person ?? 0) : limits.nodes;
      /** @type {Set<Element>} */ const found = new Set();
      for (const place of within(inside)) {
        for (const el of !(place instanceof Element) ? css === ':scope' ? [] : search(place).all(css) : css === ':scope' ? [place] : allIn(place, css)) {
          must(performance.now() < end, 'failed');
          if (number !== undefined && around(el, never[number])) continue;
          if (found.add(el).size > most) return [...found];
        }
      }
      return [...found];
    });

    /** @param {Query} query @returns {{ count: number, hits: Hit[] }} */
    const find = (query) => {
      const { css, ld, attr, presence, owner, inside, never } = query;
      /** @type {Hit[]} */ const hits = [];
      if (css !== undefined && presence && inside === undefined && never === undefined) {
        return { count: trees.some((tree) => search(tree).any(css)) ? 1 : 0, hits };
      }
      // Published data does not say which of several people on a page somebody pointed at.
      if (ld && owner && person !== undefined) return { count: 0, hits };
      if (css !== undefined) {
        let nodes = hitsOf(css, query);
        if (owner && person !== undefined) nodes = nodes.slice(person, person + 1);
        places.set(query.id, nodes);
        for (const el of nodes.slice(0, limits.nodes)) hits.push({ el, nth: 0, text: attr ? folded(attribute(el, attr)) : undefined });
        return { count: nodes.length, hits };
      }
      const { type, key } = /** @type {NonNullable<Query['ld']>} */ (ld);
      items ??= published();
      let count = 0, nth = 0, last = null;
      for (const [el, item] of items) {
        if (el !== last) [last, nth] = [el, 0];
        if (!flat(item['@type']).some((is) => typeof is === 'string' && is.replace(/^(schema:|https?:\/\/schema\.org\/)/, '') === type)) continue;
        for (const leaf of key.length ? leaves(item, key) : [leaves(item, ['name'])[0] ?? '']) {
          if (count++ < limits.nodes) hits.push({ el, nth: nth++, text: folded(leaf) });
        }
      }
      return { count: Math.min(count, limits.nodes + 1), hits };
    };

    /** @param {Query} query @param {Hit} hit */
    const answer = (query, { el, nth, text: raw }) => {
      must(performance.now() < end, 'failed');
      const shown = query.ld || query.attr && /^(meta|link)$/.test(nameOf(el)) ? 'published' : see.shown(el);
      // What is not painted is asked about too (a second badge is noticed even if hidden), but never kept for reading.
      const painted = raw !== undefined || /rendered|aria/.test(shown);
      const value = raw !== undefined ? raw : painted ? see.text(el) : once(unpainted, el, () => folded(textOf(el)));
      const long = value === null || value.length > limits.text;
      const asked = { el, text: long ? '' : plain(value), raw: long ? '' : value, shown, query, eyes: see };
      const yes = (query.asks ?? []).flatMap((ask, i) => {
        const [kind, wanted] = Object.entries(ask)[0];
          return (!long || kind === 'within') && ANSWERS[kind](asked, wanted) ? [i] : [];
      });
      const print = long ? '0'.repeat(16) : hash(salt, value);
      const node = { shown, yes, print, ...(long && { error: 'text_too_long' }) };
      seen.push({ id: query.id, pin: query.pin, el, nth, print, mark: JSON.stringify(node), text: long || !painted ? null : value });
      return { h: seen.length - 1, ...node };
    };

    const answers = queries.map((query) => {
      const { id, presence, needs = [] } = query, before = seen.length;
      /** @type {{ id: number, count?: number, nodes?: unknown[], error?: string }} */ let result = { id, count: 0 };
      try {
        if (needs.every((need) => found.has(need))) {
          const { count, hits } = find(query);
          if (count) found.add(id);
          result = presence ? { id, count: Math.min(count, 1) } : { id, count, nodes: hits.map((hit) => answer(query, hit)) };
        }
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        seen.length = before;
        result = { id, error: 'selector' };
      }
      if (query.pin) pinned.push(result.count ?? result.error, ...seen.slice(before).map(({ mark }) => mark));
      return result;
    });
    return { elements, answers, seen, pin: hash(salt, JSON.stringify(pinned)) };
  };

  /** The last inspection, until it was read: what stood where, without its text. @type {{ plan: Plan, salt: Uint32Array, pin: string, kept: Kept[] } | null} */
  let record = null;

  /** @param {string} json @param {(input: any) => Record<string, unknown>} work */
  const reply = (json, work) => {
    /** @type {unknown} */ let said = '';
    try {
      let input;
      try { input = JSON.parse(json); } catch { throw new Refusal('bad_plan'); }
      const given = member(input, 'nonce');
      if (nonce(given)) said = given;
      return JSON.stringify({ v: 1, nonce: said, ...work(input) });
    } catch (error) {
      // Only the code: a message of the platform could quote the page.
      return JSON.stringify({ v: 1, nonce: said, error: error instanceof Refusal ? error.message : 'failed' });
    }
  };

  /** @param {string} json a plan @returns {string} sightings */
  const inspect = (json) => reply(json, (plan) => {
    record = null;
    check(plan);
    const salt = crypto.getRandomValues(new Uint32Array(4));
    const { elements, answers, seen, pin } = run(plan, salt);
    record = { plan, salt, pin, kept: seen.map(({ text, ...kept }) => kept) };
    return { pin, elements, answers };
  });

  /** @param {string} json a permit @returns {string} values */
  const read = (json) => reply(json, (permit) => {
    const was = record;
    record = null;
    must(fits(permit, PERMIT));
    if (!was || was.plan.nonce !== permit.nonce) throw new Refusal('no_inspection');
    // Everything is looked at again, in one go with the reading: no code of the page can run in between. What is not found,
    // shown and answered as before is refused.
    const now = run(was.plan, was.salt);
    /** @param {Kept | undefined} old */
    const still = (old) => old && now.seen.find(({ id, el, nth, mark }) => id === old.id && el === old.el && nth === old.nth && mark === old.mark);
    // Another node in the place of a pinned one may be about somebody else.
    must(now.pin === was.pin && permit.pin === was.pin && was.kept.every((old) => !old.pin || still(old)), 'changed');
    return { values: permit.read.map((/** @type {{ h: number, print: string }} */ { h, print }) => {
      const node = still(was.kept[h]);
      if (!node || node.text === null || node.print !== print) return { h, refused: 'changed' };
      const link = /^(?:mailto|tel):([^?]*)/i.exec(node.text);
      return { h, text: link ? link[1] : node.text };
    }) };
  });

  Object.defineProperty(globalThis, 'scrupleProbe', {
    value: Object.freeze({ inspect, read, forget() { record = null; } }),
  });
})();
