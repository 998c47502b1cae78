/**
 * The widget's style sheet. Every rule begins with `.kl`: a dashboard shows other widgets on the same page. Colours are
 * variables of the theme, each pair with a contrast of 4.5 or more.
 */
const LIGHT = `--bg:#fff;--card:#fff;--ink:#101c2e;--soft:#55637a;--line:#dde3ec;--wash:#f5f7fa;--good:#0b6e4f;--good-bg:#e3f5ec;--warn:#8a4b00;--warn-bg:#fff1d6;--bad:#b3161f;--bad-bg:#fde7e8;--calm:#1a5fb4;--calm-bg:#e7f0fb;--off:#55637a;--off-bg:#eef1f5;--main:#1a5fb4;--main-ink:#fff`;
const DARK = `--bg:#0f1620;--card:#151e2b;--ink:#e8edf5;--soft:#9fadc2;--line:#2a3647;--wash:#1b2635;--good:#5ad6a0;--good-bg:#11362a;--warn:#ffc163;--warn-bg:#3d2c0e;--bad:#ff8a8f;--bad-bg:#43191d;--calm:#8ec1ff;--calm-bg:#16304f;--off:#9fadc2;--off-bg:#222e3e;--main:#8ec1ff;--main-ink:#0b1a2c`;

const FRAME = `
.kl,.kl *{box-sizing:border-box}
.kl{background:var(--bg);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;padding:12px;min-width:0;text-align:left}
.kl p,.kl h3,.kl h4,.kl ol,.kl figure{margin:0;padding:0}
.kl h3{font-size:18px;line-height:1.2;font-weight:650;letter-spacing:-.01em;color:var(--ink)}
.kl h4{font-size:11px;font-weight:650;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);margin-bottom:8px}
.kl-group{background:var(--card);border:1px solid var(--line);border-left-width:4px;border-radius:8px;padding:14px 16px;margin-bottom:12px}
.kl-edge-good{border-left-color:var(--good)}.kl-edge-warn{border-left-color:var(--warn)}.kl-edge-bad{border-left-color:var(--bad)}
.kl-group header{display:flex;flex-wrap:wrap;align-items:center;gap:6px 12px;margin-bottom:12px}
.kl-vips{display:inline-flex;flex-wrap:wrap;gap:6px}
.kl-vip,.kl-id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:13px}
.kl-vip{background:var(--wash);border:1px solid var(--line);border-radius:4px;padding:1px 6px}
.kl-facts{color:var(--soft);margin-left:auto}
.kl-note{color:var(--soft);margin-top:8px}.kl p.kl-note{margin-top:8px}
.kl-empty{color:var(--soft)}
.kl footer{color:var(--soft);font-size:12px}
.kl-strip{display:flex;flex-wrap:wrap;align-items:center;gap:6px 8px}.kl p.kl-strip{margin-bottom:12px}
.kl p.kl-notice{border-radius:6px;padding:8px 12px;margin-bottom:12px;font-weight:550;overflow-wrap:anywhere}
.kl-notice-done{background:var(--good-bg);color:var(--good)}.kl-notice-refused{background:var(--bad-bg);color:var(--bad)}
.kl-unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}`;

const BADGES = `
.kl-badge{display:inline-flex;align-items:center;gap:6px;border-radius:999px;padding:2px 10px 2px 8px;font-size:12px;font-weight:650;letter-spacing:.02em;white-space:nowrap}
.kl-mark{font-size:11px;line-height:1}
.kl-good{color:var(--good);background:var(--good-bg)}.kl-warn{color:var(--warn);background:var(--warn-bg)}.kl-bad{color:var(--bad);background:var(--bad-bg)}.kl-calm{color:var(--calm);background:var(--calm-bg)}.kl-off{color:var(--off);background:var(--off-bg)}
.kl-check{margin-right:10px;white-space:nowrap}.kl-check-down{color:var(--bad);font-weight:600}
.kl-fault{display:block;font-size:12px;color:var(--bad);overflow-wrap:anywhere}
.kl-least{color:var(--soft);font-size:12px}
.kl-remark{margin-left:6px;font-size:12px;font-weight:550;color:var(--warn);white-space:nowrap}`;

const TABLE = `
.kl-members{width:100%;border-collapse:collapse;border:0;background:transparent}
.kl-members th,.kl-members td{padding:7px 10px;text-align:left;vertical-align:middle;border:0;border-bottom:1px solid var(--line);font-weight:400;color:var(--ink);background:transparent}
.kl-members thead th{font-size:11px;font-weight:650;letter-spacing:.04em;text-transform:uppercase;color:var(--soft);padding-top:0;white-space:nowrap}
.kl-members tbody tr:last-child>*{border-bottom:0}
.kl-members th:first-child{padding-left:0}.kl-members td:last-child,.kl-members thead th:last-child{padding-right:0}
.kl-members .kl-num{text-align:right;white-space:nowrap}
.kl-members tbody th,.kl-members td[data-label^=VIP]{white-space:nowrap}.kl-row-master .kl-id{font-weight:700}
.kl-address{color:var(--soft);font-size:12px;margin-left:10px}
.kl-do{text-align:right!important;white-space:nowrap}
.kl-lease{display:inline-flex;align-items:center;gap:8px}
.kl-meter{display:inline-block;width:56px;height:6px;border-radius:3px;background:var(--line);overflow:hidden}
.kl-meter i{display:block;height:100%;background:var(--good)}.kl-meter.kl-low i{background:var(--bad)}`;

const ORDERS = `
.kl-orders{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin-top:12px}
.kl-reason{flex:1 1 180px;max-width:340px}
.kl-reason input{width:100%;font:inherit;color:var(--ink);background:var(--bg);border:1px solid var(--soft);border-radius:6px;padding:6px 10px;min-height:34px}
.kl-reason input::placeholder{color:var(--soft);opacity:1}
.kl a.kl-btn{display:inline-flex;align-items:center;justify-content:center;min-height:34px;padding:0 14px;border-radius:6px;border:1px solid var(--soft);background:var(--card);color:var(--ink);font-weight:600;font-size:13px;line-height:1;text-decoration:none;cursor:pointer;white-space:nowrap}
.kl .kl-do a.kl-btn{min-height:28px;padding:0 10px;border-color:var(--line);font-weight:550}
.kl a.kl-btn:hover{background:var(--wash)}
.kl a.kl-main{background:var(--main);border-color:var(--main);color:var(--main-ink)}.kl a.kl-main:hover{background:var(--main);filter:brightness(1.08)}
.kl a.kl-btn:focus-visible,.kl input:focus-visible{outline:2px solid var(--main);outline-offset:2px}`;

const CHARTS = `
.kl-pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:24px;margin-top:16px;padding-top:14px;border-top:1px solid var(--line)}
.kl-timeline{display:flex;gap:10px}
.kl-lanes{display:flex;flex-direction:column;flex:none}.kl-lanes .kl-id{height:22px;line-height:22px;font-size:12px;color:var(--soft)}
.kl-chart{flex:1;min-width:0}.kl-chart svg{display:block;width:100%}
.kl-lane{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.kl-reign{fill:var(--good)}
.kl-axis{display:flex;justify-content:space-between;font-size:11px;color:var(--soft);margin-top:2px}
.kl-lead{font-size:13px}.kl-lead time{color:var(--soft)}.kl p.kl-lead{margin-bottom:6px}
.kl-fall{list-style:none}.kl-fall li{display:grid;grid-template-columns:48px 74px minmax(60px,1fr) minmax(0,1.1fr);gap:8px;align-items:center;font-size:12px;padding:2px 0;margin:0}
.kl-at{color:var(--soft);text-align:right}.kl-step{font-weight:600}.kl-words{color:var(--soft);overflow-wrap:anywhere}
.kl-track{position:relative;height:10px;background:var(--wash);border-radius:3px;overflow:hidden}
.kl-bar{position:absolute;top:0;bottom:0;min-width:3px;border-radius:2px;background:var(--soft)}
.kl-bar-wait{background:var(--warn)}.kl-bar-decide{background:var(--ink)}.kl-bar-fabric{background:var(--calm)}.kl-bar-bad{background:var(--bad)}
.kl-sparks{display:flex;flex-wrap:wrap;gap:12px 24px;margin-top:14px}
.kl-spark{flex:1 1 120px;max-width:220px}.kl-spark figcaption{font-size:12px;color:var(--soft)}.kl-spark b{color:var(--ink)}
.kl-spark svg{display:block;width:100%;height:24px}.kl-spark polyline{fill:none;stroke:var(--calm);stroke-width:1.5;vector-effect:non-scaling-stroke}`;

/** A member becomes a card: seven columns do not fit a telephone. */
const NARROW = `
.kl-narrow{padding:8px}
.kl-narrow .kl-group{padding:12px}
.kl-narrow .kl-facts{margin-left:0;flex-basis:100%}
.kl-narrow .kl-pair{grid-template-columns:minmax(0,1fr)}
.kl-narrow .kl-members thead{display:none}
.kl-narrow .kl-members,.kl-narrow .kl-members tbody{display:block}
.kl-narrow .kl-members tr{display:grid;grid-template-columns:1fr 1fr;gap:6px 12px;padding:10px 0;border-bottom:1px solid var(--line)}
.kl-narrow .kl-members tbody tr:last-child{border-bottom:0;padding-bottom:0}
.kl-narrow .kl-members th,.kl-narrow .kl-members td{display:block;padding:0;border:0;text-align:left!important}
.kl-narrow .kl-members th,.kl-narrow .kl-members .kl-do{grid-column:1/-1}
.kl-narrow .kl-members td[data-label]::before{content:attr(data-label);display:block;font-size:11px;color:var(--soft)}
.kl-narrow .kl-members .kl-do a.kl-btn,.kl-narrow .kl-orders a.kl-btn{min-height:40px;width:100%}
.kl-narrow .kl-reason{flex-basis:100%;max-width:none}.kl-narrow .kl-reason input{min-height:40px}
.kl-narrow .kl-fall li{grid-template-columns:44px 66px minmax(0,1fr)}
.kl-narrow .kl-words{grid-column:2/-1;margin:-2px 0 4px}`;

export const STYLE = `.kl-theme-light{${LIGHT};color-scheme:light}.kl-theme-dark{${DARK};color-scheme:dark}${FRAME}${BADGES}${TABLE}${ORDERS}${CHARTS}${NARROW}`;
