// The Footnote widget: a chat about articles in which every statement has a footnote.
//   <script type="module" src="https://HOST/widget/v1/footnote.js" data-site-key="pk_..."></script>
//
// One file, served as it stands: who pins its hash pins all of it. The page around it stays as it is: no new element,
// no style attribute, no cookie, nothing evaluated, no other host.

// ---- Words, until the server's own are there; other keys say themselves

const ENGLISH = {
  launcher: "Ask a question", title: "Ask the article", placeholder: "Ask a question", thinking: "Reading…",
  footnote: "Footnote {number}", page: "p. {page}", not_said: "The article does not say.", retry: "Try again",
  error: "This could not be answered.", offline: "Footnote cannot be reached.",
};

const STATUS_SIGNS = { verified: "✓", repaired: "≈", unverified: "!" };

// ---- Elements

// Makes an element: "p.soft" has a class; a name that is no property is an attribute, or a listener ("on...").
function make(tag, properties, ...children) {
  const [name, className = ""] = tag.split(".");
  const element = document.createElement(name);
  element.className = className;
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

function thumbIcon() {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M7 11v9H4v-9z M7 11l4-7c2 0 2 2 2 3v3h6l-1.5 10H7");
  svg.append(path);
  return svg;
}

// An address of a web page, and not what a browser might run.
const isWebAddress = (address) => /^https?:\/\/[^\s/]/i.test(address || "");

// ---- The page's own text, and where a quote stands in it

const UNREAD = "script, style, noscript, template, textarea, select, iframe, object, canvas, video, audio, svg, " +
  "footnote-chat, [hidden], [aria-hidden=true], details:not([open]) > :not(summary)";
// Blocks by name too: on a page that unsets every style, all display as inline.
const BLOCK = /^(ARTICLE|ASIDE|BLOCKQUOTE|BR|D[DLT]|DIV|FIG.*|H[1-6R]|LI|MAIN|[OU]L|P|PRE|SECTION|T[ABDHR].*)$/;
const UNSEEN = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/; // soft hyphens, joiners, directions
const LONG_ENOUGH = 20; // characters of a quote that need no look at what stands around them
const LONG_ELSEWHERE = 40; // the same on a page that is not known to be the article

const plain = (text = "") => [...text].filter((letter) => !UNSEEN.test(letter)).join("").replace(/\s+/g, " ");

// An element's text as `plain` writes it, and each character's place; a space without one parts blocks.
class PageText {
  constructor(root) {
    this.letters = [];
    this.places = [];
    this.#read(root);
    this.flat = this.letters.join("");
  }

  #read(parent) {
    for (const node of parent.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) this.#add(node);
      if (node.nodeType !== Node.ELEMENT_NODE || node.matches(UNREAD)) continue;
      const { display, visibility } = getComputedStyle(node);
      if (display === "none" || visibility !== "visible") continue;
      const isBlock = BLOCK.test(node.tagName) || !/^(inline|ruby|contents)/.test(display);
      if (isBlock) this.#part();
      this.#read(node);
      if (isBlock) this.#part();
    }
  }

  #add(node) {
    for (let offset = 0; offset < node.data.length; offset++) {
      const letter = node.data[offset].replace(/\s/, " ");
      if (UNSEEN.test(node.data[offset]) || (letter === " " && this.letters.at(-1) === " ")) continue;
      this.letters.push(letter);
      this.places.push([node, offset]);
    }
  }

  #part() {
    if (this.letters.at(-1) === " ") this.places.pop();
    else this.letters.push(" ");
    this.places.push(null);
  }

  // One range for each text node: what is not read is not painted.
  ranges(start, end) {
    const ranges = [];
    for (const [node, offset] of this.places.slice(start, end).filter(Boolean)) {
      if (ranges.at(-1)?.startContainer !== node) {
        ranges.push(new Range());
        ranges.at(-1).setStart(node, offset);
      }
      ranges.at(-1).setEnd(node, offset + 1);
    }
    return ranges;
  }
}

// Where a quote stands, as [start, end] of its parts; null where that is not certain. Figures may part its paragraphs.
function locate({ exact, prefix, suffix }, page, isArticle) {
  const whole = locatePart(exact, prefix, suffix, page, isArticle);
  if (whole) return [whole];
  const parts = exact.split(/\s*\n\s*/).filter((part) => plain(part).trim());
  const found = parts.map((part, n) => locatePart(part, parts[n - 1] ?? prefix, parts[n + 1] ?? suffix, page, isArticle));
  const follows = (part, n) => {
    const before = found[n - 1];
    if (!n || !part || !before) return Boolean(part);
    return part[0] > before[1] && !page.places[part[0] - 1] && !page.places[before[1]];
  };
  return parts.length > 1 && found.every(follows) ? found : null;
}

// The one place of words. What stands around them tells several apart, and must be right for few words.
function locatePart(exact, prefix, suffix, { flat }, isArticle) {
  const wanted = plain(exact).trim();
  const [before, after] = [plain(prefix).trimEnd(), plain(suffix).trimStart()];
  const found = [];
  for (let start = flat.indexOf(wanted); wanted && start >= 0; start = flat.indexOf(wanted, start + 1)) {
    const end = start + wanted.length;
    const [left, right] = [flat.slice(0, start), flat.slice(end)];
    // "he left" is not in "she left", unless the article has the same there, as Chinese does.
    if (joins(left, wanted) && left.at(-1) !== before.at(-1)) continue;
    if (joins(wanted, right) && right[0] !== after[0]) continue;
    const same = [agreement(backwards(left.trimEnd()), backwards(before)), agreement(right.trimStart(), after)];
    const agrees = (before && same[0] === before.length) || (after && same[1] === after.length);
    found.push({ place: [start, end], agrees, score: same[0] + same[1] });
  }
  found.sort((one, other) => other.score - one.score);
  const [best, second] = found;
  if (second) return best.agrees && best.score > second.score ? best.place : null;
  return best?.agrees || wanted.length >= (isArticle ? LONG_ENOUGH : LONG_ELSEWHERE) ? best?.place : null;
}

const joins = (one, other) => /[\p{L}\p{N}\p{M}]$/u.test(one.slice(-2)) && /^[\p{L}\p{N}\p{M}]/u.test(other);

const backwards = (text) => text.slice(-200).split("").reverse().join("");

function agreement(one, other) {
  let length = 0;
  while (length < other.length && one[length] === other[length]) length++;
  return length;
}

// ---- Painting, without a change to the page's elements

const PAINT = "footnote";
const paintSheet = new CSSStyleSheet();
let painter = null; // the element whose footnote is painted: of several on a page, the last that was clicked

const canPaint = "highlights" in CSS;

function paint(element, ranges) {
  unpaint(painter);
  const wanted = getComputedStyle(element).getPropertyValue("--footnote-highlight");
  const colour = CSS.supports("color", wanted) ? wanted : "#f5d565";
  paintSheet.replaceSync(`::highlight(${PAINT}) { background: ${colour}; color: #22201c; }
    @media (forced-colors: active) { ::highlight(${PAINT}) { background: Highlight; color: HighlightText; } }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, paintSheet];
  CSS.highlights.set(PAINT, new Highlight(...ranges));
  painter = element;
}

function unpaint(element) {
  if (!painter || painter !== element) return;
  painter = null;
  CSS.highlights.delete(PAINT);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== paintSheet);
}

function reveal(range) {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  const element = range.startContainer.parentElement;
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  window.scrollBy({ top: range.getBoundingClientRect().top - window.innerHeight * 0.2, behavior });
}

// ---- The pieces of an answer: words, and the numbers of their sources

const MARKER = /\[(\d{1,4})\]/g;

// Yields { text, isDoubtful, isLast } and { number }. Brackets in a quote are the author's.
function* pieces(reply, isDraft) {
  const text = isDraft ? reply.answer.replace(/\s*\[\d*$/, "") : reply.answer;
  const units = codePointOffsets(text);
  const span = ({ start, end }) => ({ start: units[start] ?? text.length, end: units[end] ?? text.length });
  const quoted = reply.citations
    .map((citation) => ({ ...span(citation.answer), quote: citation.source.quote.exact }))
    .filter(({ start, end, quote }) => text.slice(start, end) === quote);
  const gaps = (reply.unsupported ?? []).map(span);
  let position = 0;
  for (const found of text.matchAll(MARKER)) {
    const number = Number(found[1]);
    const isKnown = reply.citations.some((citation) => citation.n === number);
    if (!isKnown && !isDraft) continue;
    if (quoted.some(({ start, end }) => start <= found.index && found.index + found[0].length <= end)) continue;
    yield* words(text, position, found.index, gaps, true);
    if (isKnown) yield { number };
    position = found.index + found[0].length;
  }
  yield* words(text, position, text.length, gaps, false);
}

function* words(text, start, end, gaps, isBeforeMarker) {
  if (isBeforeMarker && text[end - 1] === " ") end--;
  const edges = gaps.flatMap((gap) => [gap.start, gap.end]).filter((edge) => start < edge && edge < end);
  const cuts = [...new Set([start, ...edges, end])].sort((one, other) => one - other);
  for (let n = 0; n + 1 < cuts.length; n++) {
    const gap = gaps.find((each) => each.start <= cuts[n] && cuts[n + 1] <= each.end);
    const rest = gap && text.slice(cuts[n + 1], gap.end).replace(MARKER, "").trim();
    yield { text: text.slice(cuts[n], cuts[n + 1]), isDoubtful: Boolean(gap), isLast: rest === "" };
  }
}

// Where each code point begins, which the server counts, and the end.
function codePointOffsets(text) {
  const offsets = [0];
  for (const letter of text) offsets.push(offsets.at(-1) + letter.length);
  return offsets;
}

// ---- The server

// What the server said; other errors mean that it said nothing.
class Problem extends Error {
  constructor(status, detail) {
    super(detail || `status ${status}`);
    Object.assign(this, { status, detail });
  }
}

// The server-sent events of a response, as [name, value].
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const frames = (text + value).split("\n\n");
    text = frames.pop();
    for (const frame of frames) {
      const field = (name) => frame.split("\n").find((line) => line.startsWith(name))?.slice(name.length).trim();
      if (field("event:")) yield [field("event:"), JSON.parse(field("data:"))];
    }
  }
}

const newSession = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// ---- Styles: `!important` on the host beats all rules of the page.

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

const sheet = new CSSStyleSheet(); // one for all elements of the page
sheet.replaceSync(STYLES);

// ---- The element

const NAME = "footnote-chat";
const METHODS = "open close toggle ask stop reset setContext destroy".split(" ");
const HOME = new URL("../../", import.meta.url); // the server that this module comes from
const DARK = matchMedia("(prefers-color-scheme: dark)");
const PHONE = matchMedia("(max-width: 640px)");
const connected = new Set(); // the elements that stand in the page, oldest first
const waiting = []; // calls that came before there was one

class FootnoteChat extends HTMLElement {
  static observedAttributes =
    "cite dir heading lang mode open open-selector placeholder position questions site-key src theme".split(" ");

  #shadow = this.attachShadow({ mode: "open" });
  #parts = {}; // the elements of the frame, by name
  #config = {};
  #turns = []; // { question, reply | draft | failure | isStopped, element }
  #running = null; // { turn, stopping }: one question at a time
  #context = null; // the articles that the page's script wants asked
  #page = null; // { address, read, articleId, hasFailed }: what the server knows of the page's address
  #sessionId = "";
  #hasBegun = false;
  #isOpen = false;
  #cameFrom = null; // where the focus goes back to
  #live = null; // ends what listens outside of the element

  connectedCallback() {
    if (this.#live) return; // it was moved
    this.#live = new AbortController();
    const { signal } = this.#live;
    connected.add(this);
    document.addEventListener("click", (event) => this.#openFromPage(event), { signal });
    DARK.addEventListener("change", () => this.#build(), { signal });
    this.#build();
    this.#load();
    for (const [name, ...given] of waiting.splice(0)) this[name](...given);
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#leave());
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#live || before === after) return;
    if (name === "open" && after === null) this.close();
    else if (name === "open") this.#show(false);
    else if (/^(lang|site-key|src)$/.test(name)) this.#load();
    else this.#build();
  }

  // -- What a page may call

  open() {
    if (this.#isInline || !this.#live) return;
    if (!this.#isOpen) {
      this.#cameFrom = this.#shadow.activeElement ?? document.activeElement;
      this.#show(true);
    }
    this.#parts.box.focus({ preventScroll: true });
  }

  close() {
    if (this.#isInline || !this.#isOpen) return;
    const hadFocus = this.#shadow.activeElement;
    const { panel, launcher } = this.#parts;
    this.#isOpen = false;
    panel.close();
    this.#raise();
    this.removeAttribute("open");
    launcher.ariaExpanded = "false";
    const opener = this.#cameFrom;
    if (hadFocus) (opener?.isConnected && opener !== document.body ? opener : launcher).focus({ preventScroll: true });
    this.#emit("close");
  }

  toggle() {
    if (this.#isOpen) this.close();
    else this.open();
  }

  // Resolves to the reply; to null where there is none.
  async ask(text, { submit = true } = {}) {
    this.open();
    this.#parts.box.value = text;
    return submit ? this.#submit() : null;
  }

  stop() {
    this.#running?.stopping.abort();
  }

  reset() {
    const session = this.#session(false);
    this.stop();
    unpaint(this);
    this.#turns = [];
    this.#sessionId = "";
    this.#stored((storage, key) => storage.removeItem(key));
    this.#build();
    this.#emit("reset");
    if (session) this.#request("session", { method: "DELETE", session }).catch((problem) => this.#report(problem));
  }

  // Which articles are asked: { articles: [id, ...] }; null: the attribute's.
  setContext(context) {
    const { articles = null, ...unknown } = context ?? {};
    for (const name in unknown) throw new TypeError(`footnote: a context has articles, not ${name}`);
    this.#context = articles;
  }

  destroy() {
    this.isDestroyed = true;
    this.remove();
    this.#leave();
  }

  // -- The frame

  get #isInline() {
    return this.getAttribute("mode") === "inline";
  }

  #leave() {
    this.#live?.abort();
    this.#live = null;
    connected.delete(this);
    this.stop();
    unpaint(this);
  }

  #say(key, values = {}) {
    const text = this.#config.words?.[`widget.${key}`] ?? ENGLISH[key] ?? key.replace("_", " ");
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  #emit(name, detail = {}, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`footnote-${name}`, { detail, cancelable, bubbles: true, composed: true }));
  }

  #report({ status = 0, message }) {
    this.#emit("error", { status, message });
  }

  async #load() {
    const language = this.closest("[lang]:not([lang=''])")?.lang || navigator.language;
    try {
      this.#config = await this.#json(`config?lang=${encodeURIComponent(language)}`);
      if (this.hasAttribute("article")) this.#config.suggestions = [];
    } catch (problem) {
      this.#report(problem);
    }
    if (!this.#live) return;
    this.#build();
    this.#emit("ready");
  }

  // Makes the frame anew, with all that is in it.
  #build() {
    const { box, panel } = this.#parts;
    const isModal = panel?.matches(":modal");
    const focus = this.#shadow.activeElement?.id;
    const attribute = (name) => this.getAttribute(name) || "";
    const say = (key) => this.#say(key);
    const title = attribute("heading") || say("title");
    const placeholder = attribute("placeholder") || say("placeholder");
    const parts = (this.#parts = {
      panel: null,
      launcher: this.#button("launcher", say("launcher"), () => this.toggle(), {
        id: "launcher", part: "launcher", hidden: Boolean(attribute("open-selector")),
        "aria-haspopup": "dialog", "aria-controls": "panel", "aria-expanded": "false",
      }),
      notice: make("p.notice", { hidden: !this.#page?.hasFailed }, say("page_failed")),
      log: make("div.log", { role: "log", "aria-live": "off", "aria-label": title, tabIndex: 0 }),
      place: make("div.place", { part: "source", role: "region", "aria-label": say("source"), hidden: true, tabIndex: 0 }),
      box: make("textarea", {
        id: "box", part: "input", rows: 1, value: box?.value ?? "", placeholder, "aria-label": placeholder,
        maxLength: this.#config.most_question_characters ?? 2000,
        onkeydown: (event) => this.#typed(event), onfocus: () => this.#raise(),
      }),
      act: this.#button("ask", "", () => (this.#running ? this.stop() : this.#submit()), { id: "act" }),
      said: make("p.unseen", { role: "status" }),
      suggestions: make("ul.suggestions", { "aria-label": say("suggestions") }),
    });
    const named = (key, sign, does) => this.#button("", sign, does, { title: say(key), "aria-label": say(key) });
    parts.panel = make(`${this.#isInline ? "section" : "dialog"}.panel`, {
      id: "panel", part: "panel", "aria-label": title, oncancel: (event) => event.preventDefault() || this.close(),
    },
    make("header", { part: "header", onclick: () => this.#raise() }, make("h2", null, title),
      named("reset", "+", () => this.reset()), !this.#isInline && named("close", "×", () => this.close())),
    parts.notice, parts.log, parts.place, make("div.composer", null, parts.box, parts.act),
    make("p.powered", null, say("powered")), parts.said);
    const root = make("div.root", {
      lang: this.#config.language ?? "en", dir: attribute("dir") || this.#config.direction || "ltr",
      onkeydown: (event) => this.#pressed(event),
    }, !this.#isInline && parts.launcher, parts.panel);
    Object.assign(root.dataset, {
      theme: attribute("theme").match(/^(light|dark)$/)?.[0] ?? (DARK.matches ? "dark" : "light"),
      mode: attribute("mode"), side: attribute("position").match(/left|right/)?.[0] ?? "",
    });
    this.#shadow.adoptedStyleSheets = [sheet];
    this.#shadow.replaceChildren(root);
    parts.log.append(parts.suggestions);
    this.#paintSuggestions();
    for (const turn of this.#turns) {
      turn.element = null;
      this.#paintTurn(turn);
    }
    this.#paintRunning();
    if (this.#isInline) this.#begin();
    else if (this.#isOpen || this.hasAttribute("open")) this.#show(isModal);
    if (focus) this.#shadow.getElementById(focus)?.focus({ preventScroll: true });
  }

  #button(className, text, onclick, more = {}) {
    return make(`button.${className}`, { type: "button", onclick, ...more }, text);
  }

  #questions() {
    const own = this.getAttribute("questions");
    return own ? listed(own) ?? [] : this.#config.suggestions ?? [];
  }

  // Opened by a person on a phone, it is the only thing to use.
  #show(isWanted) {
    const { panel, launcher } = this.#parts;
    const wasOpen = this.#isOpen;
    this.#isOpen = true;
    if (isWanted && PHONE.matches) panel.showModal();
    else panel.setAttribute("open", ""); // show() would take the focus
    launcher.ariaExpanded = "true";
    this.setAttribute("open", "");
    this.#begin();
    if (!wasOpen) this.#emit("open");
  }

  #begin() {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#restore();
    this.#suggest();
  }

  #openFromPage(event) {
    const selector = this.getAttribute("open-selector");
    const opener = selector && this.#select(() => event.target.closest(selector));
    if (!opener) return;
    event.preventDefault();
    this.open();
    this.#cameFrom = opener;
  }

  // What a selector finds; one that is none is reported.
  #select(find) {
    try {
      return find();
    } catch (error) {
      this.#report(error);
    }
  }

  #pressed(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (this.#isInline) this.#leaveSource();
    this.close();
  }

  #typed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #tell(text) {
    this.#parts.said.textContent = text;
  }

  // -- Asking

  async #request(path, /** @type {any} */ { session, body, ...options } = {}) {
    const source = this.getAttribute("src");
    const address = new URL(`v1/widget/${path}`, source ? new URL(source.replace(/\/?$/, "/"), location.href) : HOME);
    const headers = { "X-Site-Key": this.getAttribute("site-key") ?? "" };
    if (session) headers["X-Session-Id"] = session;
    if (body) Object.assign(headers, { "Content-Type": "application/json" });
    const response = await fetch(address, {
      method: body ? "POST" : "GET", body: JSON.stringify(body), headers,
      credentials: "omit", cache: "no-store", referrerPolicy: "strict-origin", ...options,
    });
    if (response.ok) return response;
    const { detail = "" } = await response.json().catch(() => ({}));
    throw new Problem(response.status, String(detail));
  }

  async #json(path, options) {
    return (await this.#request(path, options)).json();
  }

  // Asks what was chosen, or typed.
  async #submit(chosen) {
    const { box } = this.#parts;
    const question = (chosen ?? box.value).trim();
    if (!question || this.#running) return null;
    if (!chosen) box.value = "";
    const turn = { question };
    this.#turns.push(turn);
    return this.#answer(turn);
  }

  async #answer(turn) {
    const stopping = new AbortController();
    this.#running = { turn, stopping };
    Object.assign(turn, { draft: null, failure: null, isStopped: false });
    this.#leaveSource();
    this.#raise();
    this.#tell("");
    this.#paintTurn(turn);
    this.#paintRunning();
    this.#parts.log.scrollTop = turn.element.offsetTop - 16;
    this.#emit("question", { question: turn.question });
    try {
      await this.#hear(turn, stopping.signal);
    } catch (error) {
      turn.draft = null;
      if (stopping.signal.aborted) turn.isStopped = true;
      else this.#report((turn.failure = error));
    }
    this.#running = null;
    this.#paintRunning();
    if (!this.#turns.includes(turn)) return null; // there was a reset
    this.#paintTurn(turn);
    this.#tell(this.#spoken(turn));
    if (!turn.reply) return null;
    const { id, status, citations } = turn.reply;
    this.#emit("answer-end", { id, status, citations, abstained: status === "abstained" });
    return turn.reply;
  }

  async #hear(turn, signal) {
    const article_ids = await this.#articlesAsked();
    signal.throwIfAborted();
    const body = { question: turn.question, stream: true, ...(article_ids && { article_ids }) };
    const response = await this.#request("ask", { session: this.#session(true), body, signal });
    this.#emit("answer-start", { question: turn.question });
    for await (const [name, told] of events(response)) {
      if (name === "error") throw new Problem(told.status, told.detail);
      if (name === "reply") turn.reply = told;
      if (turn.reply) return;
      turn.draft ??= { answer: "", citations: [], unsupported: [] };
      if (name === "citation") turn.draft.citations.push(told);
      if (name === "delta") addTo(turn.draft, told);
      this.#paintTurn(turn);
    }
    throw new Error("the answer ended too early");
  }

  // The articles that are asked; null: all, which the server grants to few keys. A page that cannot be read is not
  // asked, and nothing in its place.
  async #articlesAsked() {
    const { article_ids: held, pages } = this.#config;
    const article = this.getAttribute("article") || (pages && held?.length === 0 && "page");
    if (this.#context || !article) return this.#context ?? (held?.length ? held : null);
    if (article !== "page") return listed(article) ?? [article];
    const id = await this.#readPage();
    if (id) return [id];
    throw Object.assign(new Error("no page"), { word: "page_failed" });
  }

  // Questions to begin with, about what is asked; the server may still be making them.
  async #suggest(tries = 4) {
    if (!this.#live || this.#turns.length) return;
    try {
      const ids = await this.#articlesAsked();
      if (this.hasAttribute("questions")) return;
      const { suggestions } = await this.#json(`config?${new URLSearchParams(ids.map((id) => ["about", id]))}`);
      if (!suggestions.length && tries) setTimeout(() => this.#suggest(tries - 1), 2000);
      this.#config.suggestions = suggestions;
      this.#paintSuggestions();
    } catch {
      // there are none
    }
  }

  #paintSuggestions() {
    this.#parts.suggestions.replaceChildren(...this.#questions().map((question) =>
      make("li", null, this.#button("", question, () => this.#submit(question), { dir: "auto" }))));
  }

  // Has the server read its page, once for each address unless it is out of reach.
  #readPage() {
    const address = location.href.split("#")[0];
    if (this.#page?.address !== address) this.#page = { address };
    const page = this.#page;
    page.read ??= (async () => {
      try {
        const session = this.#session(true);
        page.articleId = (await this.#json("page", { session, body: { url: address } })).article_id;
      } catch (problem) {
        if (!problem.status || problem.status >= 429) page.read = null;
        this.#report(problem);
      }
      page.hasFailed = !page.articleId;
      this.#parts.notice.hidden = !page.hasFailed;
      return page.articleId;
    })();
    return page.read;
  }

  #paintRunning() {
    const { act, suggestions } = this.#parts;
    act.textContent = this.#say(this.#running ? "stop" : "ask");
    suggestions.hidden = this.#turns.length > 0;
  }

  // -- The session: a random name, by which the server keeps this conversation

  #stored(use) {
    const kept = { session: "sessionStorage", local: "localStorage" }[this.getAttribute("persist") ?? "session"];
    try {
      return kept && use(window[kept], `footnote-session-${this.getAttribute("site-key")}`);
    } catch {
      return "";
    }
  }

  #session(isNeeded) {
    this.#sessionId ||= this.#stored((storage, key) => storage.getItem(key)) ?? "";
    if (!this.#sessionId && isNeeded) {
      this.#sessionId = newSession();
      this.#stored((storage, key) => storage.setItem(key, this.#sessionId));
    }
    return this.#sessionId;
  }

  async #restore() {
    const session = this.#session(false);
    if (!session || this.#turns.length) return;
    try {
      const { turns } = await this.#json("session", { session });
      if (session !== this.#sessionId) return;
      this.#turns.unshift(...turns);
      this.#build();
      this.#parts.log.scrollTop = 1e9;
    } catch (problem) {
      this.#report(problem);
    }
  }

  // -- A turn of the conversation

  #paintTurn(turn) {
    turn.element ??= make("article.turn", { part: "message" });
    turn.element.replaceChildren(
      make("p.question", { part: "question", dir: "auto" }, turn.question),
      ...(turn.reply ? this.#replyParts(turn.reply) : this.#waitingParts(turn)).filter(Boolean),
    );
    if (!turn.element.parentNode) this.#parts.log.append(turn.element);
  }

  #waitingParts(turn) {
    const { draft, failure, isStopped } = turn;
    if (!isStopped && !failure) return [draft && this.#answerBody(draft, true), make("p.soft waiting", null, this.#say("thinking"))];
    return [
      make("p", null, this.#spoken(turn)),
      make("p.soft", { dir: "auto" }, failure?.detail),
      this.#button("named", this.#say("retry"), () => this.#running || this.#answer(turn)),
    ];
  }

  #failureInWords({ status, word }) {
    return this.#say(word ?? (!status ? "offline" : status === 429 ? "busy" : "error"));
  }

  // What a screen reader hears.
  #spoken({ reply, failure }) {
    if (failure) return this.#failureInWords(failure);
    if (!reply) return this.#say("stopped");
    if (reply.status === "abstained") return this.#say("not_said");
    const text = [...pieces(reply)].map((piece) => piece.text ?? "").join("");
    return `${text} ${this.#say("sources")}: ${distinct(reply.citations).length}`;
  }

  #replyParts(reply) {
    const thumb = (name) => this.#button(name, thumbIcon(), (event) => this.#rate(reply, name, event.currentTarget), {
      "aria-label": this.#say(name), "aria-pressed": String(reply.thumb === name),
    });
    return [
      ...(reply.status === "abstained" ? this.#abstentionParts(reply) : this.#answerParts(reply)),
      reply.notice && make("p.soft", { dir: "auto" }, reply.notice),
      make("div", null, thumb("up"), thumb("down")),
    ];
  }

  #answerParts(reply) {
    const short = !reply.models?.llm && reply.short_answer; // prose is painted as it comes: nothing above it
    return [
      short && make("p.lead", { dir: "auto" }, short),
      this.#answerBody(reply),
      reply.status === "partial" && make("p.soft", null, this.#say("partly")),
      make("p.soft", null, this.#say(reply.confidence >= 0.8 ? "high" : reply.confidence >= 0.5 ? "fair" : "low")),
      make("h3", null, this.#say("sources")),
      make("ol", null, ...distinct(reply.citations).map((citation) => this.#cited(citation))),
    ];
  }

  #abstentionParts({ nearest }) {
    const found = nearest.map((hit) => this.#cited({ source: { ...hit, quote: { exact: hit.text } } }));
    return [
      make("p.lead", null, this.#say("not_said")),
      found.length && make("h3", null, this.#say("nearest")),
      make("ol", null, ...found),
    ];
  }

  #answerBody(reply, isDraft) {
    const body = make("div.answer", { part: "answer", dir: "auto" });
    for (const { number, text, isDoubtful, isLast } of pieces(reply, isDraft)) {
      if (!number) {
        body.append(isDoubtful ? make("span.doubtful", null, text) : text);
        if (isLast) body.append(make("small", null, ` (${this.#say("unsupported")})`));
      } else if (this.getAttribute("cite") !== "off") {
        const citation = reply.citations.find((each) => each.n === number);
        body.append(this.#button("pill", String(number), (event) => this.#cite(citation, event.currentTarget), {
          "aria-label": this.#say("footnote", { number }),
        }));
      }
    }
    return body;
  }

  #cited(citation) {
    const { n, source, status } = citation;
    const row = this.#button("cited", "", (event) => this.#cite(citation, event.currentTarget));
    row.append(n ? make("span.number", null, String(n)) : "", make("q", { dir: "auto" }, source.quote.exact));
    return make("li", { part: "citation" }, row, n && this.#where(source, status));
  }

  #where({ title, page, heading, url, text_fragment: fragment }, status) {
    const known = status in STATUS_SIGNS ? status : "unverified";
    const place = [title || this.#say("source"), page != null && this.#say("page", { page }), heading !== title && heading];
    return make("p.where", null, make("span.title", { dir: "auto" }, place.filter(Boolean).join(", ")),
      status && make("span.status", { "data-status": known }, make("span", { "aria-hidden": "true" }, STATUS_SIGNS[known]), ` ${this.#say(known)}`),
      isWebAddress(url) && make("a", { href: isWebAddress(fragment) ? fragment : url, target: "_blank", rel: "noopener noreferrer" }, this.#say("open_page")));
  }

  async #rate(reply, thumb, button) {
    try {
      const body = { reply_id: reply.id, thumb };
      await this.#request("feedback", { session: this.#session(true), body });
    } catch (problem) {
      this.#tell(this.#failureInWords(problem));
      this.#report(problem);
      return;
    }
    reply.thumb = thumb;
    for (const each of button.parentNode.children) each.ariaPressed = String(each === button);
    this.#tell(this.#say("thanks"));
    this.#emit("feedback", { id: reply.id, thumb });
  }

  // -- A footnote

  #cite({ n = null, source, status = null }, opener) {
    if (!this.#emit("citation-click", { n, source, status }, true)) return;
    for (const pill of this.#shadow.querySelectorAll("[aria-current]")) pill.removeAttribute("aria-current");
    opener.setAttribute("aria-current", "true");
    unpaint(this);
    const wanted = this.getAttribute("highlight") ?? "page";
    if (wanted === "off" || (wanted === "page" && this.#showInPage(source, opener))) return;
    this.#showSource(source, status, opener);
  }

  #showInPage(source, opener) {
    const ids = [this.#page?.articleId, this.getAttribute("article")];
    const isArticle = ids.includes(source.article_id) || isThisPage(source.url);
    for (const root of this.#articleRoots()) {
      const page = new PageText(root);
      const found = locate(source.quote, page, isArticle);
      if (!found) continue;
      const ranges = found.flatMap(([start, end]) => page.ranges(start, end));
      if (canPaint) paint(this, ranges);
      else if (!followFragment(source, page.flat)) return false;
      this.#makeRoom(ranges, opener);
      reveal(ranges[0]);
      this.#tell(this.#say("shown"));
      return true;
    }
    return false;
  }

  // Where the text is looked for: one of several teasers is no article.
  #articleRoots() {
    const selector = this.getAttribute("article-selector");
    if (selector) return [this.#select(() => document.querySelector(selector))].filter(Boolean);
    const sole = (name) => [...document.querySelectorAll(name)].filter((_, _n, all) => all.length === 1);
    return [...sole("article"), ...sole("main, [role=main]"), document.body];
  }

  #makeRoom(ranges, opener) {
    const { panel } = this.#parts;
    const box = panel.getBoundingClientRect();
    const isBeside = ({ left, right }) => right <= box.left || box.right <= left;
    if (this.#isInline || ranges.map((range) => range.getBoundingClientRect()).every(isBeside)) return;
    panel.close();
    panel.setAttribute("open", ""); // on a phone, no longer the only thing to use
    panel.dataset.lowered = "";
    opener.focus({ preventScroll: true });
    opener.scrollIntoView({ block: "nearest" });
  }

  #raise() {
    delete this.#parts.panel.dataset.lowered;
  }

  // Shows a quote in its article's words.
  async #showSource(source, status, opener) {
    const { log, place } = this.#parts;
    const back = this.#button("named", this.#say("back"), () => this.#leaveSource());
    const show = (shown) => {
      const quote = make("mark", null, shown.quote);
      place.replaceChildren(back, make("blockquote", { dir: "auto" }, shown.before, quote, shown.after),
        this.#where({ ...source, ...shown }, status));
      back.focus({ preventScroll: true });
      place.scrollTop = quote.offsetTop - 80;
    };
    this.#raise();
    place.opener = opener;
    log.hidden = true;
    place.hidden = false;
    show({ quote: source.quote.exact });
    const { article_id, start_char_index: start, end_char_index: end } = source;
    try {
      const shown = await this.#json(`source?${new URLSearchParams({ article_id, start, end })}`);
      if (place.opener === opener && shown.quote === source.quote.exact) show(shown); // else it has changed
    } catch (problem) {
      place.append(make("p.soft", null, this.#failureInWords(problem)));
      this.#report(problem);
    }
  }

  #leaveSource() {
    const { log, place } = this.#parts;
    if (place.hidden) return;
    log.hidden = false;
    place.hidden = true;
    place.opener.focus({ preventScroll: true });
    place.opener = null;
  }
}

function addTo(draft, { text, supported }) {
  const start = [...draft.answer].length;
  draft.answer += text;
  if (!supported) draft.unsupported.push({ start, end: start + [...text].length });
}

// The texts of a JSON list; null for what is none.
function listed(text) {
  try {
    return JSON.parse(text).map(String);
  } catch {
    return null;
  }
}

// One citation for each number: one quote may support several statements.
const distinct = (citations) => citations.filter(({ n }, at) => citations.findIndex((each) => each.n === n) === at);

function isThisPage(url) {
  const path = ({ origin, pathname }) => origin + pathname.replace(/\/$/, "");
  return isWebAddress(url) && path(new URL(url)) === path(location);
}

// Without painting: the browser's own way to find words, in their only place.
function followFragment({ quote, text_fragment }, flat) {
  const words = plain(quote.exact).trim();
  const directive = text_fragment?.split(":~:")[1];
  if (!directive || !document.fragmentDirective || flat.indexOf(words) !== flat.lastIndexOf(words)) return false;
  location.hash = `${location.hash.slice(1)}:~:${directive}`;
  return true;
}

// ---- The start

// Calls the oldest element's method, once there is one.
function callElement([name, ...given]) {
  if (!METHODS.includes(name)) throw new TypeError(`footnote: there is no method ${name}, only ${METHODS}`);
  const [element] = connected;
  if (!element) waiting.push([name, ...given]);
  return element?.[name](...given);
}

// The element of a script line; it outlives a new body.
function startFromScript() {
  const script = [...document.querySelectorAll("script[data-site-key]")].find((each) => each.src === import.meta.url);
  if (!script || document.querySelector(`${NAME}[site-key=${CSS.escape(script.dataset.siteKey)}]`)) return;
  const element = document.createElement(NAME);
  for (const { name, value } of script.attributes) {
    if (name.startsWith("data-")) element.setAttribute(name.slice(5), value);
  }
  const put = () => element.isConnected || element.isDestroyed || document.body?.append(element);
  put();
  new MutationObserver(put).observe(document.documentElement, { childList: true });
}

if (!customElements.get(NAME)) {
  const early = Array.isArray(window.footnote) ? window.footnote : [];
  window.footnote = { push: (...calls) => calls.forEach(callElement) };
  for (const name of METHODS) window.footnote[name] = (...given) => callElement([name, ...given]);
  customElements.define(NAME, FootnoteChat);
  window.footnote.push(...early);
}
startFromScript();
