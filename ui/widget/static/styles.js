// Styles: `!important` on the host beats all rules of the page.

const STYLES = `
:host { all: initial !important; position: fixed !important; inset: 0 auto auto 0 !important; z-index: var(--footnote-z, 2147483000) !important; }
:host([mode="inline"]) { position: static !important; display: block !important; z-index: auto !important; width: var(--footnote-width, auto) !important; height: var(--footnote-height, 560px) !important; }
:host([mode="inline"]) :is(.root, .panel) { height: 100%; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }

.root {
  --accent: var(--footnote-accent, #7d2a1f); --on-accent: var(--footnote-on-accent, #fffaf5);
  --bg: var(--footnote-bg, #fffefb); --fg: var(--footnote-fg, #22201c);
  --soft: #625c52; --line: #e2dcd0; --quiet: #f3eee4;
  color: var(--fg); color-scheme: light; overflow-wrap: anywhere; text-align: start;
  font: 16px/1.5 var(--footnote-font, system-ui, sans-serif);
}
.root[data-theme="dark"] {
  --accent: var(--footnote-accent, #e79b84); --on-accent: var(--footnote-on-accent, #241310);
  --bg: var(--footnote-bg, #1d1e22); --fg: var(--footnote-fg, #e9e5dc);
  --soft: #aba59a; --line: #36373c; --quiet: #26272b;
  color-scheme: dark;
}
h2, h3, p, ol, ul, blockquote { margin: 0; padding: 0; font: inherit; list-style: none; }
button, textarea { font: inherit; color: inherit; }
button { min-width: 44px; min-height: 44px; padding: 0; border: 0; background: none; border-radius: 8px; cursor: pointer; }
button:hover { background: var(--quiet); }
a { color: var(--accent); line-height: 44px; display: inline-block; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
svg { width: 20px; vertical-align: middle; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

.launcher, dialog { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; box-shadow: 0 8px 36px rgb(40 30 10 / .3); }
.launcher { min-height: 52px; padding: 0 22px; border-radius: 26px; }
.launcher, .ask, .launcher:hover, .ask:hover { background: var(--accent); color: var(--on-accent); font-weight: 650; }
@media print { :host { display: none !important; } }
.panel {
  display: flex; flex-flow: column; margin: 0; padding: 0; overflow: hidden; position: relative;
  color: inherit; background: var(--bg); border: 1px solid var(--line); border-radius: var(--footnote-radius, 12px);
}
dialog:not([open]) { display: none; }
dialog.panel {
  position: fixed; inset-block: auto 84px; inset-inline: auto 20px; max-width: none; max-height: none;
  width: min(var(--footnote-width, 400px), 100vw - 40px); height: min(var(--footnote-height, 640px), 100dvh - 104px);
}
[data-side="left"] > :is(.launcher, dialog) { left: 20px; right: auto; }
[data-side="right"] > :is(.launcher, dialog) { right: 20px; left: auto; }
[data-mode="panel"] > dialog { inset-block: 0; height: auto; border-radius: 0; }
[data-mode="panel"]:not([data-side="left"]) > dialog { inset-inline-end: 0; }
[data-mode="panel"][data-side="left"] > dialog { left: 0; }
@media (max-width: 640px) { .root > dialog { inset: 0; width: 100%; height: 100dvh; border: 0; border-radius: 0; } }
/* While words of the page are shown, the panel makes room for them. */
.root > dialog[data-lowered] { inset-block: auto 0; height: 44dvh; border-block-start: 1px solid var(--line); }

header, .composer { display: flex; align-items: center; gap: 6px; padding: 8px; }
header { padding-inline-start: 18px; border-block-end: 1px solid var(--line); }
header button { font-size: 24px; }
h2 { flex: 1; font-weight: 650; }
.notice { padding: 8px 18px; background: var(--quiet); }
.log, .place { flex: 1; min-height: 0; overflow: hidden auto; position: relative; padding: 16px 18px; overscroll-behavior: contain; outline-offset: -2px; }
.suggestions button { padding: 8px 14px; margin-block-end: 8px; text-align: start; border: 1px solid var(--line); }
.turn:last-child { min-height: 100%; }
.turn + .turn { margin-block-start: 20px; padding-block-start: 20px; border-block-start: 1px solid var(--line); }
.question, .lead { font-weight: 650; margin-block-end: 8px; }
.lead { font-size: 18px; }
.answer, blockquote { white-space: pre-wrap; }
.doubtful { text-decoration: underline wavy 1px var(--accent); text-underline-offset: .25em; }
small, h3, .soft, .notice, .where { font-size: 14px; color: var(--soft); }
h3 { font-weight: 600; margin-block: 14px 4px; }
.pill {
  min-width: 24px; min-height: 24px; padding: 0 6px; margin-inline-start: 3px; border-radius: 12px;
  font-size: 13px; font-weight: 650; color: var(--accent); background: var(--quiet); border: 1px solid;
}
.pill:hover, .pill[aria-current] { color: var(--on-accent); background: var(--accent); }
.cited { width: 100%; display: flex; gap: 10px; padding: 8px 0; text-align: start; }
q { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.number { color: var(--accent); font-weight: 650; }
.where { display: flex; flex-wrap: wrap; align-items: center; gap: 0 12px; }
[data-status="unverified"] { color: var(--accent); font-weight: 650; }
.named { color: var(--accent); font-weight: 650; }
[aria-pressed="true"] { color: var(--accent); background: var(--quiet); }
.down svg { transform: scaleY(-1); }
mark { background: var(--footnote-highlight, #f5d565); color: #22201c; }
.composer { align-items: end; border-block-start: 1px solid var(--line); }
.ask { padding: 0 14px; }
textarea {
  flex: 1; min-width: 0; min-height: 44px; max-height: 132px; field-sizing: content; resize: none;
  padding: 9px 12px; border: 1px solid #8a8480; border-radius: 8px; background: none;
}
::placeholder { color: var(--soft); opacity: 1; }
.powered { padding: 0 12px 8px; font-size: 12px; color: var(--soft); text-align: center; }
@media (forced-colors: active) {
  button, .panel { border: 1px solid ButtonBorder; }
  .pill[aria-current], [aria-pressed="true"] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
}
`;

export const sheet = new CSSStyleSheet(); // one for all elements of the page
sheet.replaceSync(STYLES);
