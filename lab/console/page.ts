/** The page around the widget: what a CloudWatch dashboard is in the cloud. */
import { readFileSync } from 'node:fs';

/** What runs in the browser. */
export const SCRIPT: string = readFileSync(new URL('browser/page.mjs', import.meta.url), 'utf8');

const STYLE = `
:root{color-scheme:light dark;--page:#eef1f5;--ink:#101c2e;--soft:#55637a;--line:#c9d1dd;--card:#fff;--main:#1a5fb4;--main-ink:#fff;--bad:#b3161f;--bad-bg:#fde7e8}
:root[data-theme=dark]{--page:#0a0f17;--ink:#e8edf5;--soft:#9fadc2;--line:#2a3647;--card:#151e2b;--main:#8ec1ff;--main-ink:#0b1a2c;--bad:#ff8a8f;--bad-bg:#43191d}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:4px 16px;max-width:1240px;margin:0 auto;padding:16px 20px 8px}
h1{font-size:20px;font-weight:700;letter-spacing:-.02em;margin:0}
.bar p{margin:0;color:var(--soft);flex:1 1 200px}
main{max-width:1240px;margin:0 auto;padding:0 8px 24px}
#widget>.kl{background:transparent}
cwdb-action{display:none}
button{font:inherit;font-weight:600;min-height:36px;padding:0 14px;border-radius:6px;border:1px solid var(--line);background:var(--card);color:var(--ink);cursor:pointer}
button:focus-visible{outline:2px solid var(--main);outline-offset:2px}
button.main{background:var(--main);border-color:var(--main);color:var(--main-ink)}
#trouble{margin:0 12px 8px;padding:8px 12px;border-radius:6px;background:var(--bad-bg);color:var(--bad);font-weight:550}
#trouble:empty{display:none}
dialog{border:1px solid var(--line);border-radius:10px;background:var(--card);color:var(--ink);padding:20px;width:min(460px,calc(100vw - 32px));overflow-wrap:anywhere;box-shadow:0 20px 60px #0006}
dialog::backdrop{background:#0a0f17a0}
dialog p{margin:0 0 16px;font-size:15px}
dialog form{display:flex;justify-content:flex-end;gap:8px}
@media(max-width:640px){.bar{padding:12px 12px 8px;justify-content:space-between}.bar p{order:1;flex-basis:100%}main{padding:0 0 16px}dialog form button{flex:1;min-height:44px}}`;

/** @param lab the lab's id: hexadecimal digits */
export const pageHtml = (lab: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Keepaloft · lab ${lab}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><div class="bar"><h1>Keepaloft</h1><p>lab ${lab}, live. Break something: <code>npx keepaloft lab fault kill holder</code></p><button id="theme" type="button">Theme</button></div>
<main><div id="trouble" role="alert"></div><div id="widget" aria-live="off"></div></main>
<dialog id="question" aria-labelledby="asked"><p id="asked"></p><form method="dialog"><button value="no">Cancel</button><button class="main" value="yes">Confirm</button></form></dialog>
<noscript>This page needs JavaScript: it does what a CloudWatch dashboard does.</noscript>
<script type="module" src="page.mjs"></script></body></html>
`;
