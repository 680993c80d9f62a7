/**
 * Lets the person point at one of several people on a page. It tells which one by a number, and reads nothing.
 *
 * `choose(json)` draws a frame around everybody there is, and resolves to the number of the one that was pressed, or to null when the
 * person gave up. The frames stand in a closed shadow tree over the page, which the page cannot reach; only what the person themself
 * does counts.
 */
(() => {
  'use strict';
  // Injected twice, the first one stays.
  if (Object.hasOwn(globalThis, 'scruplePicker')) return;

  const STYLE = `
    :host { all: initial; }
    .veil { position: fixed; inset: 0; z-index: 2147483647; font: 600 14px/1.4 system-ui, sans-serif; }
    .bar { position: fixed; inset: 12px 12px auto; display: flex; gap: 12px; align-items: center; justify-content: space-between;
      padding: 10px 16px; border-radius: 10px; background: #14213d; color: #fff; box-shadow: 0 4px 18px #0006; }
    .bar button { font: inherit; color: #fff; background: none; border: 1px solid #fff8; border-radius: 8px; padding: 4px 12px; cursor: pointer; }
    .person { position: fixed; box-sizing: border-box; border: 3px solid #1463ff; border-radius: 10px; background: #1463ff14; padding: 0;
      cursor: pointer; }
    .person:hover, .person:focus-visible { background: #1463ff3d; border-color: #0b3fb3; outline: 3px solid #fff; }
    .bar button:focus-visible { outline: 3px solid #fff; }`;

  /** Fewer pixels than this are nobody to point at. */
  const LEAST = 8;

  /** How to call off the choice that is under way. */
  let giveUp = () => {};

  /**
   * @param {string} json `css`: one element for each person; `never`: what is none; `says`, `stop`, `one`: the words that are shown
   * @returns {Promise<number | null>}
   */
  const choose = (json) => new Promise((resolve) => {
    giveUp();
    /** @type {{ css: string, never?: string, says: string, stop: string, one: string }} */
    const { css, never, says, stop, one } = JSON.parse(json);
    const people = [...document.querySelectorAll(css)].filter((person) => !never || !person.closest(never));
    const host = document.createElement('div');
    const tree = host.attachShadow({ mode: 'closed' });
    /** @param {string} name @param {string} kind @param {string} [text] */
    const add = (name, kind, text = '') => {
      const part = document.createElement(name);
      part.className = kind;
      part.textContent = text;
      return part;
    };
    const veil = add('div', 'veil'), bar = add('div', 'bar'), cancel = add('button', '', stop);
    veil.setAttribute('role', 'dialog');
    veil.setAttribute('aria-label', says);
    bar.append(add('span', '', says), cancel);
    const frames = people.map((_, number) => {
      const frame = add('button', 'person');
      frame.setAttribute('aria-label', `${one} ${number + 1}`);
      frame.addEventListener('click', (event) => { if (event.isTrusted) end(number); });
      return frame;
    });
    veil.append(...frames, bar);
    tree.append(add('style', '', STYLE), veil);

    const place = () => {
      frames.forEach((frame, number) => {
        const { left, top, width, height } = people[number].getBoundingClientRect();
        frame.hidden = width < LEAST || height < LEAST;
        if (frame.hidden) frame.style.display = 'none';
        else Object.assign(frame.style, { display: '', left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
      });
    };
    /** @param {KeyboardEvent} event */
    const key = (event) => { if (event.key === 'Escape' && event.isTrusted) end(null); };
    /** @param {WheelEvent} event */
    const scroll = (event) => scrollBy(event.deltaX, event.deltaY);
    /** @param {number | null} number */
    const end = (number) => {
      removeEventListener('scroll', place, true);
      removeEventListener('resize', place);
      removeEventListener('keydown', key, true);
      host.remove();
      giveUp = () => {};
      resolve(number);
    };
    giveUp = () => end(null);
    cancel.addEventListener('click', () => end(null));
    veil.addEventListener('wheel', scroll, { passive: true });
    addEventListener('scroll', place, true);
    addEventListener('resize', place);
    addEventListener('keydown', key, true);
    document.documentElement.append(host);
    place();
    cancel.focus();
  });

  Object.defineProperty(globalThis, 'scruplePicker', { value: Object.freeze({ choose }) });
})();
