// What a CloudWatch dashboard does around a custom widget, in the browser: calls it, shows it, asks before a button's
// call is made, hands the fields on, and refreshes.

const REFRESH_MS = 1500;
/** What became of an order stays readable for a while. */
const READ_MS = 6000;
const RESIZED_MS = 100;
const THEMES = ['auto', 'light', 'dark'];

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 */
const byId = (id, kind) => {
  const found = document.querySelector(`#${id}`);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${id}`);
};
const widget = byId('widget', HTMLElement);
const trouble = byId('trouble', HTMLElement);
const dialog = byId('question', HTMLDialogElement);
const asked = byId('asked', HTMLElement);
const themeButton = byId('theme', HTMLButtonElement);
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

const remembered = localStorage.getItem('theme') ?? '';
let wanted = THEMES.includes(remembered) ? remembered : 'auto';
let timer = 0;
let resizing = 0;
let calls = 0;

const theme = () => (wanted === 'auto' ? (prefersDark.matches ? 'dark' : 'light') : wanted);

const fields = () => /** @type {HTMLInputElement[]} */ ([...widget.querySelectorAll('input[name]')]);
const buttons = () => /** @type {HTMLElement[]} */ ([...widget.querySelectorAll('a.btn')]);

/**
 * Puts the answer in place of what is shown; what somebody is typing, and where, stays.
 *
 * @param {string} html
 */
const show = (html) => {
  const before = fields();
  const typing = before.find((field) => field === document.activeElement);
  const pressed = buttons().findIndex((button) => button === document.activeElement);
  widget.innerHTML = html;
  for (const field of fields()) {
    field.value = before.find(({ name }) => name === field.name)?.value ?? '';
    if (field.name !== typing?.name) continue;
    field.focus();
    field.setSelectionRange(typing.selectionStart, typing.selectionEnd);
  }
  if (pressed >= 0) buttons()[pressed]?.focus();
};

/** @typedef {{ endpoint: string | null, parameters: unknown }} Action  what a button calls, and with what */

/**
 * @param {Action | undefined} action
 * @returns {Promise<{ html?: string, error?: string }>}
 */
const ask = async (action) => {
  const body = {
    ...(action === undefined ? {} : { action }),
    theme: theme(),
    width: Math.max(1, Math.round(widget.clientWidth)),
    height: Math.max(1, Math.round(innerHeight)),
    fields: Object.fromEntries(fields().map(({ name, value }) => [name, value])),
  };
  const headers = { 'content-type': 'application/json' };
  try {
    const answer = await fetch('call', { method: 'POST', headers, body: JSON.stringify(body) });
    const told = /** @type {{ html?: string, error?: string }} */ (await answer.json());
    return told;
  } catch {
    return { error: 'The lab does not answer. It may have ended: start it again with npm start.' };
  }
};

/** @param {Action} [action] */
const call = async (action) => {
  clearTimeout(timer);
  calls += 1;
  const mine = calls;
  const { html, error } = await ask(action);
  // A later call is under way: its answer is the newer one.
  if (mine !== calls) return;
  trouble.textContent = error ?? '';
  if (html !== undefined) {
    show(html);
    // The reason went with the order; the next one has its own.
    if (action !== undefined) for (const field of fields()) field.value = '';
  }
  timer = setTimeout(refresh, action === undefined ? REFRESH_MS : READ_MS);
};

/** Nothing changes under the hand of somebody who decides, or who copies a text. */
const refresh = () => {
  const isBusy = dialog.open || document.hidden || String(getSelection()) !== '';
  if (isBusy) timer = setTimeout(refresh, REFRESH_MS);
  else void call();
};

/**
 * @param {string} question
 * @returns {Promise<boolean>}
 */
const confirmed = (question) =>
  new Promise((resolve) => {
    asked.textContent = question;
    dialog.returnValue = 'no';
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
    dialog.showModal();
  });

/**
 * `<cwdb-action>` belongs to the element right before it.
 *
 * @param {Element} element
 */
const press = async (element) => {
  const action = element.nextElementSibling;
  if (action?.localName !== 'cwdb-action' || action.getAttribute('action') !== 'call') return;
  /** @type {unknown} */
  const parameters = JSON.parse(action.textContent ?? '');
  const question = action.getAttribute('confirmation');
  if (question === null || (await confirmed(question))) {
    await call({ endpoint: action.getAttribute('endpoint'), parameters });
  }
};

widget.addEventListener('click', ({ target }) => {
  const element = target instanceof Element ? target.closest('a') : null;
  if (element !== null) void press(element);
});
widget.addEventListener('keydown', (event) => {
  const { target, key } = event;
  if (!(target instanceof HTMLAnchorElement) || (key !== 'Enter' && key !== ' ')) return;
  event.preventDefault();
  void press(target);
});

const applyTheme = () => {
  document.documentElement.dataset['theme'] = theme();
  themeButton.textContent = `Theme: ${wanted}`;
};
themeButton.addEventListener('click', () => {
  wanted = THEMES[(THEMES.indexOf(wanted) + 1) % THEMES.length] ?? 'auto';
  localStorage.setItem('theme', wanted);
  applyTheme();
  void call();
});
prefersDark.addEventListener('change', () => {
  applyTheme();
  void call();
});
addEventListener('resize', () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => void call(), RESIZED_MS);
});

applyTheme();
void call();
