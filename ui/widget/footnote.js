// The Footnote widget: <footnote-chat>, a chat about articles in which every statement has a footnote.
//
//   <script type="module" src="https://HOST/widget/v1/footnote.js" data-site-key="pk_..."></script>
//   or the element itself, with the same names as attributes: <footnote-chat site-key="pk_...">.
//
// One plain module, served as it stands: a page that pins its hash (SRI) pins all of it, which imports would escape.
// It changes nothing in the page around it: all that it shows is in a shadow root, styles are constructed sheets, and
// the words of a footnote are painted with the CSS Custom Highlight API, without a new element. It sets no cookie,
// writes no style attribute, evaluates nothing and speaks to no host but its own. Text of articles, people and the
// server becomes text nodes and nothing else.
//
// In order: words · elements · the page's own text · painting · the pieces of an answer · the server · styles ·
// the element · the start.

// ---- Words: what is said until the server has sent its own, in the language of the page

const ENGLISH = {
  launcher: "Ask a question",
  title: "Ask the article",
  placeholder: "Ask a question",
  suggestions: "Example questions",
  ask: "Ask",
  stop: "Stop",
  stopped: "Stopped.",
  close: "Close",
  back: "Back",
  reset: "New conversation",
  thinking: "Reading…",
  footnote: "Footnote {number}",
  sources: "Sources",
  source: "Source",
  page: "p. {page}",
  open_page: "Open in the page",
  shown: "Shown in the page.",
  partly: "Answers only part of the question",
  unsupported: "not supported",
  not_said: "The article does not say.",
  nearest: "Nearest passages (not an answer)",
  verified: "verified",
  repaired: "repaired",
  unverified: "unverified",
  up: "Good reply",
  down: "Bad reply",
  thanks: "Thank you.",
  error: "This could not be answered.",
  offline: "Footnote cannot be reached.",
  busy: "Too many questions at the moment. Try again later.",
  retry: "Try again",
  page_failed: "This page could not be read. All articles are asked.",
  powered: "Answers with footnotes, by Footnote",
};

const STATUS_SIGNS = { verified: "✓", repaired: "≈", unverified: "!" };

// ---- Elements

// Makes an element: properties by name, attributes where the name has a hyphen or no property; children are text or nodes.
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-") && name !== "part") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child || child === 0));
  return element;
}

// Lines on a grid of 24: what a button shows beside its name.
const ICONS = {
  launcher: "M4 5h16v11H10l-5 4v-4H4z M8 9h8 M8 12h5",
  close: "M6 6l12 12 M18 6L6 18",
  back: "M14 6l-6 6 6 6",
  reset: "M12 5v14 M5 12h14",
  ask: "M5 12h13 M12 6l6 6-6 6",
  stop: "M7 7h10v10H7z",
  up: "M7 11v9H4v-9z M7 11l4-7c2 0 2 2 2 3v3h6l-1.5 10H7",
  down: "M7 13V4H4v9z M7 13l4 7c2 0 2-2 2-3v-3h6L17.5 4H7",
};

function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// An address that leads to a web page, and not to what a browser might run.
const isWebAddress = (address) => /^https?:\/\/[^\s/]/i.test(address || "");

// ---- The page's own text, as far as a reader sees it, and where a quote stands in it

const UNREAD = /^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE|TEXTAREA|SELECT|IFRAME|OBJECT|CANVAS|VIDEO|AUDIO|SVG|FOOTNOTE-CHAT)$/i;
// Blocks by name too: a page that unsets every style displays them all inline.
const BLOCK =
  /^(ADDRESS|ARTICLE|ASIDE|BLOCKQUOTE|BR|D[DLT]|DETAILS|DIV|FIGURE|FIGCAPTION|FOOTER|FORM|H[1-6R]|HEADER|LI|MAIN|NAV|[OU]L|P|PRE|SECTION|SUMMARY|TABLE|T[DHR])$/;
const UNSEEN = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/; // soft hyphens, joiners, direction
const LONG_ENOUGH = 20; // characters of a quote that are taken for it without what stands around them
const LONG_ELSEWHERE = 40; // the same on a page that is not known to be the article
const FARTHEST = 3000; // characters of the page between two paragraphs of one quote

// Collapses white space and drops what no reader sees.
function plain(text) {
  return [...text].filter((letter) => !UNSEEN.test(letter)).join("").replace(/\s+/g, " ");
}

// The text under an element: `flat` as `plain` writes it, and for each of its characters the text node and the offset
// it comes from. What separates two blocks is a space that comes from nowhere.
class PageText {
  constructor(root) {
    this.letters = [];
    this.places = [];
    this.#read(root);
    this.flat = this.letters.join("");
  }

  #read(parent) {
    for (const node of parent.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) {
        this.#add(node);
      } else if (node.nodeType === Node.ELEMENT_NODE && !UNREAD.test(node.tagName) && isSeen(node)) {
        const isBlock = BLOCK.test(node.tagName) || !/^(inline|ruby|contents)/.test(getComputedStyle(node).display);
        if (isBlock) this.#separate();
        this.#read(node);
        if (isBlock) this.#separate();
      }
    }
  }

  #add(node) {
    for (let offset = 0; offset < node.data.length; offset++) {
      const letter = node.data[offset];
      if (UNSEEN.test(letter)) continue;
      const isSpace = /\s/.test(letter);
      if (isSpace && this.letters.at(-1) === " ") continue;
      this.letters.push(isSpace ? " " : letter);
      this.places.push([node, offset]);
    }
  }

  #separate() {
    if (this.letters.at(-1) === " ") this.places[this.places.length - 1] = null;
    else this.letters.push(" ") && this.places.push(null);
  }

  // Whether a block ends, or the text does, at this character.
  isEdge(position) {
    return !this.places[position];
  }

  // One range for each text node, so that nothing between them that is not read is painted with them.
  ranges(start, end) {
    const ranges = [];
    for (const place of this.places.slice(start, end)) {
      if (!place) continue;
      const [node, offset] = place;
      let range = ranges.at(-1);
      if (range?.startContainer !== node) {
        range = new Range();
        range.setStart(node, offset);
        ranges.push(range);
      }
      range.setEnd(node, offset + 1);
    }
    return ranges;
  }
}

function isSeen(element) {
  if (element.hidden || element.getAttribute("aria-hidden") === "true") return false;
  if (element.checkVisibility) return element.checkVisibility({ visibilityProperty: true }) || isTransparent(element);
  return getComputedStyle(element).display !== "none";
}

// An element without a box of its own whose content is seen.
const isTransparent = (element) => getComputedStyle(element).display === "contents";

// Where a quote stands on the page: a list of [start, end], or null where that is not certain. A quote of several
// paragraphs may be interrupted between them, by an advertisement or a figure.
function locate(quote, page, isArticle) {
  const whole = locatePart(quote.exact, quote.prefix, quote.suffix, page, isArticle);
  if (whole) return [whole];
  const parts = quote.exact.split(/\s*\n\s*/).filter((part) => plain(part).trim());
  if (parts.length < 2) return null;
  const found = parts.map((part, n) =>
    locatePart(part, parts[n - 1] ?? quote.prefix, parts[n + 1] ?? quote.suffix, page, isArticle));
  const follow = (part, n) => {
    if (!part) return false;
    if (n === 0) return true;
    const gap = part[0] - (found[n - 1]?.[1] ?? Infinity);
    return gap >= 0 && gap <= FARTHEST && page.isEdge(part[0] - 1) && page.isEdge(found[n - 1][1]);
  };
  return found.every(follow) ? found : null;
}

// The one place that words without a line end stand at. Several places are told apart by what stands around the quote;
// few words, or words on a page that may be another than the article, need it to be theirs too.
function locatePart(exact, prefix, suffix, page, isArticle) {
  const wanted = plain(exact).trim();
  const [before, after] = [plain(prefix || "").trimEnd(), plain(suffix || "").trimStart()];
  const candidates = [];
  for (let start = page.flat.indexOf(wanted); wanted && start >= 0; start = page.flat.indexOf(wanted, start + 1)) {
    const end = start + wanted.length;
    const left = page.flat.slice(Math.max(0, start - 200), start);
    const right = page.flat.slice(end, end + 200);
    if (cutsAWord(left, wanted, before, after, right)) continue;
    const [agreesBefore, agreesAfter] = [agreement(reversed(left.trimEnd()), reversed(before)), agreement(right.trimStart(), after)];
    const agrees = (before && agreesBefore === before.length) || (after && agreesAfter === after.length);
    candidates.push({ place: [start, end], agrees: Boolean(agrees), score: agreesBefore + agreesAfter });
  }
  candidates.sort((one, other) => other.score - one.score);
  const [best, second] = candidates;
  if (!best) return null;
  if (second) return best.agrees && best.score > second.score ? best.place : null;
  return best.agrees || wanted.length >= (isArticle ? LONG_ENOUGH : LONG_ELSEWHERE) ? best.place : null;
}

const WORD = "[\\p{L}\\p{N}\\p{M}]";
const ENDS_IN_WORD = new RegExp(`${WORD}$`, "u");
const BEGINS_WITH_WORD = new RegExp(`^${WORD}`, "u");

// Whether a match begins or ends within a word of the page ("he left" in "she left"), unless the article has the same
// there: Chinese parts its words by nothing.
function cutsAWord(left, wanted, before, after, right) {
  const cuts = (one, other) => ENDS_IN_WORD.test(one) && BEGINS_WITH_WORD.test(other);
  const cutsStart = cuts(left, wanted) && left.at(-1) !== before.at(-1);
  return cutsStart || (cuts(wanted, right) && right[0] !== after[0]);
}

const reversed = (text) => text.split("").reverse().join("");

// How many characters two texts begin with in common.
function agreement(one, other) {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length++;
  return length;
}

// ---- Painting, without a change to the page's elements

const PAINT = "footnote";
const paintSheet = new CSSStyleSheet();
let painter = null; // the element whose footnote is painted: of several on a page, the last that was clicked

const canPaint = () => typeof Highlight === "function" && Boolean(CSS.highlights);

function paint(element, ranges) {
  const wanted = getComputedStyle(element).getPropertyValue("--footnote-highlight").trim();
  const colour = CSS.supports("color", wanted) ? wanted : "#f5d565";
  paintSheet.replaceSync(
    `::highlight(${PAINT}) { background-color: ${colour}; color: #22201c; }
    @media (forced-colors: active) { ::highlight(${PAINT}) { background-color: Highlight; color: HighlightText; } }`);
  if (!document.adoptedStyleSheets.includes(paintSheet)) {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, paintSheet];
  }
  CSS.highlights.set(PAINT, new Highlight(...ranges));
  painter = element;
}

function unpaint(element) {
  if (painter !== element) return;
  painter = null;
  CSS.highlights.delete(PAINT);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== paintSheet);
}

// Brings a range to the upper third of the window, out of every box it may be scrolled away in.
function reveal(range) {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  const element = range.startContainer.parentElement;
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  window.scrollBy({ top: range.getBoundingClientRect().top - window.innerHeight * 0.2, behavior });
}

// ---- The pieces of an answer: words, and the numbers of their sources

const MARKER = /\[(\d{1,4})\]/g;
const UNFINISHED_MARKER = /\s*\[\d{0,4}$/;

// Yields { text, isDoubtful, isLast } and { number }. An article may itself hold "[1]": inside a verbatim quote brackets
// are the author's. Of a draft, numbers are held back until their citation is there.
function* pieces(reply, isDraft) {
  const text = isDraft ? reply.answer.replace(UNFINISHED_MARKER, "") : reply.answer;
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

// The server counts code points, JavaScript counts UTF-16: where each code point begins, and the end.
function codePointOffsets(text) {
  const offsets = [];
  let unit = 0;
  for (const letter of text) {
    offsets.push(unit);
    unit += letter.length;
  }
  return [...offsets, unit];
}

// ---- The server

// What went wrong: `status` is HTTP's, 0 where there was no answer; `wait` the seconds after which to ask again.
class Problem extends Error {
  constructor(status, detail = "", wait = null) {
    super(detail || `status ${status}`);
    Object.assign(this, { status, detail, wait });
  }

  static async of(response) {
    const document = await response.json().catch(() => ({}));
    return new Problem(response.status, String(document.detail ?? ""), Number(response.headers.get("Retry-After")) || null);
  }
}

async function call(server, path, { headers, method = "GET", body, signal }) {
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(new URL(`v1/widget/${path}`, server), {
      method, headers, signal, body: body && JSON.stringify(body),
      credentials: "omit", cache: "no-store", referrerPolicy: "strict-origin",
    });
  } catch (error) {
    throw signal?.aborted ? error : new Problem(0);
  }
  if (!response.ok) throw await Problem.of(response);
  return response;
}

// The server-sent events of a response, as [name, value]; comments are passed over.
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

// 32 hexadecimal digits that nobody can guess.
const newSession = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// ---- Styles. `!important` on the host beats any rule of the page, whatever it says of * or of an element's name.

const STYLES = `
:host { all: initial !important; display: block !important; }
:host([hidden]) { display: none !important; }
:host([mode="inline"]) { width: var(--footnote-width, auto) !important; height: var(--footnote-height, 560px) !important; }
:host([mode="inline"]) :is(.root, .panel) { height: 100%; }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }

.root {
  --accent: var(--footnote-accent, #7d2a1f); --on-accent: var(--footnote-on-accent, #fffaf5);
  --bg: var(--footnote-bg, #fffefb); --fg: var(--footnote-fg, #22201c);
  --soft: #625c52; --line: #e2dcd0; --control: #8f877a; --quiet: #f3eee4;
  --radius: var(--footnote-radius, 12px); --z: var(--footnote-z, 2147483000);
  --shadow: 0 2px 6px rgb(60 45 20 / .12), 0 12px 36px rgb(60 45 20 / .2);
  color: var(--fg); color-scheme: light; overflow-wrap: anywhere; text-align: start;
  font: 16px/1.5 var(--footnote-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
}
.root[data-theme="dark"] {
  --accent: var(--footnote-accent, #e79b84); --on-accent: var(--footnote-on-accent, #241310);
  --bg: var(--footnote-bg, #1d1e22); --fg: var(--footnote-fg, #e9e5dc);
  --soft: #aba59a; --line: #36373c; --control: #86868c; --quiet: #26272b;
  --shadow: 0 2px 6px rgb(0 0 0 / .3), 0 14px 40px rgb(0 0 0 / .5);
  color-scheme: dark;
}
h2, h3, p, ol, ul, blockquote { margin: 0; padding: 0; font: inherit; }
ol, ul { list-style: none; }
cite { font-style: normal; }
button, textarea { font: inherit; color: inherit; }
button { min-width: 44px; min-height: 44px; padding: 0; border: 0; background: none; border-radius: 8px; cursor: pointer; }
button:hover { background: var(--quiet); }
a { color: var(--accent); text-underline-offset: .2em; display: inline-block; min-height: 44px; line-height: 44px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
svg { width: 20px; height: 20px; vertical-align: middle; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher {
  position: fixed; z-index: var(--z); inset-block-end: 20px; inset-inline-end: 20px;
  min-height: 52px; padding: 0 20px; border-radius: 26px;
  display: flex; align-items: center; gap: 10px;
  background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow);
}
.launcher:hover { background: var(--accent); text-decoration: underline; }
.launcher:focus-visible { outline-offset: 3px; }
.panel {
  display: flex; flex-flow: column; margin: 0; padding: 0; inset: auto;
  max-width: none; max-height: none; width: auto; height: auto; overflow: hidden; position: relative;
  color: inherit; background: var(--bg); border: 1px solid var(--line); border-radius: var(--radius);
}
dialog.panel:not([open]) { display: none; }
dialog.panel::backdrop { background: none; }
dialog.panel {
  position: fixed; z-index: var(--z); inset-block-end: 84px; inset-inline-end: 20px;
  width: min(var(--footnote-width, 400px), calc(100vw - 40px)); height: min(var(--footnote-height, 640px), calc(100dvh - 104px));
  box-shadow: var(--shadow);
}
[data-mode="panel"] dialog.panel { inset-block: 0; inset-inline-end: 0; height: auto; border-radius: 0; border-block: 0; }
[data-side="left"] :is(.launcher, dialog.panel) { left: 20px; right: auto; }
[data-side="right"] :is(.launcher, dialog.panel) { right: 20px; left: auto; }
[data-mode="panel"][data-side="left"] dialog.panel { left: 0; }
[data-mode="panel"][data-side="right"] dialog.panel { right: 0; }
[data-edge="top"] .launcher { inset-block: 20px auto; }
[data-edge="top"][data-mode="launcher"] dialog.panel { inset-block: 84px auto; }
@media (max-width: 640px) {
  .root dialog.panel { inset: 0 !important; width: 100%; height: 100dvh; border: 0; border-radius: 0; }
}
/* While words of the page are shown, the panel makes room for them. */
.root dialog.panel[data-lowered] { inset-block: auto 0 !important; height: 44dvh; border-block-start: 1px solid var(--line); box-shadow: var(--shadow); }

header { display: flex; align-items: center; gap: 4px; padding: 6px 6px 6px 18px; border-block-end: 1px solid var(--line); }
[dir="rtl"] header { padding: 6px 18px 6px 6px; }
h2 { flex: 1; font-weight: 650; }
.notice { padding: 8px 18px; background: var(--quiet); font-size: 14px; }
.log, .place { flex: 1; min-height: 0; overflow: hidden auto; position: relative; padding: 16px 18px; overscroll-behavior: contain; }
.log:focus-visible { outline-offset: -2px; }
.suggestions { display: grid; gap: 8px; }
.suggestions button { padding: 8px 14px; text-align: start; border: 1px solid var(--line); }
.turn + .turn { margin-block-start: 24px; padding-block-start: 20px; border-block-start: 1px solid var(--line); }
.turn:last-child { min-height: 100%; }
.question { font-weight: 650; margin-block-end: 8px; }
.short { font-size: 18px; font-weight: 600; margin-block-end: 4px; }
.answer { white-space: pre-wrap; }
.doubtful { text-decoration: underline wavy 1px var(--accent); text-underline-offset: .25em; }
small, .soft, h3 { font-size: 14px; color: var(--soft); }
h3 { font-weight: 600; margin-block: 14px 4px; }
.pill {
  min-width: 24px; min-height: 24px; padding: 0 6px; margin-inline-start: 3px; border-radius: 12px;
  font-size: 13px; line-height: 22px; font-weight: 650; vertical-align: 2px; position: relative;
  color: var(--accent); background: var(--quiet); border: 1px solid currentColor;
}
.pill:hover, .pill[aria-current] { color: var(--on-accent); background: var(--accent); }
.cited { width: 100%; display: flex; gap: 10px; padding: 8px; margin-inline: -8px; text-align: start; }
.cited q { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.number { flex: none; color: var(--accent); font-weight: 650; min-width: 1em; }
.where { display: flex; flex-wrap: wrap; align-items: center; column-gap: 12px; font-size: 14px; color: var(--soft); padding-inline-start: 26px; }
.nearest .where, .nearest .cited { padding-inline-start: 8px; }
.status { white-space: nowrap; }
.status[data-status="unverified"] { color: var(--accent); font-weight: 650; }
.acts { display: flex; align-items: center; margin-block-start: 8px; margin-inline-start: -12px; color: var(--soft); }
.acts [aria-pressed="true"] { color: var(--accent); background: var(--quiet); }
.acts .named { padding: 0 12px; color: var(--accent); font-weight: 600; }
.place blockquote { white-space: pre-wrap; }
.place mark { background: var(--footnote-highlight, #f5d565); color: #22201c; }

.composer { display: flex; align-items: end; gap: 6px; padding: 10px; border-block-start: 1px solid var(--line); }
textarea {
  flex: 1; min-width: 0; min-height: 44px; max-height: 132px; field-sizing: content; resize: none;
  padding: 9px 12px; border: 1px solid var(--control); border-radius: 10px; background: var(--bg);
}
textarea::placeholder { color: var(--soft); opacity: 1; }
.composer button { background: var(--accent); color: var(--on-accent); }
.composer button:hover { background: var(--accent); outline: 1px solid var(--fg); }
.powered { padding: 0 12px 8px; font-size: 12px; color: var(--soft); text-align: center; }
.waiting::after { content: "…"; }
@media (prefers-reduced-motion: no-preference) {
  .waiting { animation: breathe 1.6s ease-in-out infinite alternate; }
  @keyframes breathe { to { opacity: .55; } }
}
@media (forced-colors: active) {
  button, .panel { border: 1px solid ButtonBorder; }
  .pill[aria-current], .acts [aria-pressed="true"] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
}
`;

let sheet = null; // one for all elements of the page

function sharedSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
  }
  return sheet;
}

// ---- The element

const NAME = "footnote-chat";
const METHODS = ["open", "close", "toggle", "ask", "stop", "reset", "setContext", "destroy"];
const HOME = new URL("../../", import.meta.url); // the server that this module comes from
const DARK = matchMedia("(prefers-color-scheme: dark)");
const PHONE = matchMedia("(max-width: 640px)");
const connected = new Set(); // the elements that stand in the page, oldest first
const destroyed = new WeakSet();
const waiting = []; // calls that came before there was an element

class FootnoteChat extends HTMLElement {
  static observedAttributes = [
    "article", "cite", "dir", "heading", "lang", "mode", "open", "open-selector", "placeholder", "position", "questions",
    "site-key", "src", "theme",
  ];

  #shadow = this.attachShadow({ mode: "open" });
  #parts = null; // the elements of the frame, by name
  #config = {};
  #turns = []; // { question, reply | draft | failure | isStopped, element }
  #running = null; // { turn, stopping }: one question at a time
  #context = null; // the articles that the page's script wants asked
  #page = null; // { address, read, articleId }: what the server knows of the page's address
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
    DARK.addEventListener("change", () => this.#dress(), { signal });
    this.#build();
    this.#load();
    for (const [name, ...given] of waiting.splice(0)) this[name](...given);
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#leave());
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#live || before === after) return;
    if (name === "open") {
      if (after === null) this.close();
      else if (!this.#isOpen) this.#show(false);
    } else if (name === "mode") this.#build();
    else if (["lang", "site-key", "src"].includes(name)) this.#load();
    else this.#dress();
  }

  // -- What a page may call

  open() {
    if (this.#isInline || !this.#live) return;
    if (!this.#isOpen) {
      const active = this.#shadow.activeElement ?? document.activeElement;
      this.#cameFrom = active === document.body ? null : active;
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
    launcher.setAttribute("aria-expanded", "false");
    if (hadFocus) (this.#cameFrom?.isConnected ? this.#cameFrom : launcher).focus({ preventScroll: true });
    this.#emit("close");
  }

  toggle() {
    if (this.#isOpen) this.close();
    else this.open();
  }

  // Resolves to the reply, or to null where there is none: nothing was asked, it was stopped, or it failed.
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
    this.#storage((storage) => storage.removeItem(this.#storageKey));
    this.#leaveSource();
    this.#dress();
    this.#emit("reset");
    if (session) this.#request("session", { method: "DELETE", session }).catch((problem) => this.#report(problem));
  }

  // Which articles are asked: { article: id } or { articles: [id, ...] }; null asks those of the attribute again.
  setContext(context) {
    for (const name of Object.keys(context ?? {})) {
      if (name !== "article" && name !== "articles") {
        throw new TypeError(`footnote: a context has "article" or "articles", not ${JSON.stringify(name)}`);
      }
    }
    this.#context = context?.articles ?? (context?.article ? [context.article] : null);
  }

  destroy() {
    destroyed.add(this);
    this.remove();
    this.#leave();
  }

  // -- The frame

  get #isInline() {
    return this.getAttribute("mode") === "inline";
  }

  #leave() {
    if (!this.#live) return;
    this.#live.abort();
    this.#live = null;
    connected.delete(this);
    this.stop();
    unpaint(this);
  }

  #say(key, values = {}) {
    const text = this.#config.words?.[`widget.${key}`] ?? ENGLISH[key];
    return (text.other ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  #emit(name, detail = {}, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`footnote-${name}`, { detail, cancelable, bubbles: true, composed: true }));
  }

  #report(problem) {
    this.#emit("error", { status: problem.status ?? 0, message: problem.message });
  }

  async #load() {
    const language = this.getAttribute("lang") || this.closest("[lang]")?.lang || document.documentElement.lang || navigator.language;
    try {
      this.#config = await (await this.#request(`config?lang=${encodeURIComponent(language)}`)).json();
    } catch (problem) {
      this.#report(problem);
    }
    if (!this.#live) return;
    this.#build();
    this.#emit("ready");
  }

  // Makes the frame anew, with what was said in it.
  #build() {
    const typed = this.#parts?.box.value ?? "";
    const hadFocus = this.#shadow.activeElement?.id;
    const button = (id, onclick) => make("button", { type: "button", id, onclick }, icon(id));
    const parts = {
      launcher: make("button", { type: "button", id: "launcher", part: "launcher", "aria-haspopup": "dialog", "aria-controls": "panel", onclick: () => this.toggle() }),
      title: make("h2", { id: "title" }),
      reset: button("reset", () => this.reset()),
      close: button("close", () => this.close()),
      notice: make("p", { className: "notice", hidden: true }),
      suggestions: make("ul", { className: "suggestions" }),
      log: make("div", { className: "log", role: "log", "aria-live": "off", tabIndex: 0 }),
      place: make("div", { className: "place", part: "source", hidden: true, tabIndex: 0 }),
      box: make("textarea", { id: "box", part: "input", rows: 1, value: typed, onkeydown: (event) => this.#typed(event), onfocus: () => this.#raise() }),
      ask: button("ask", () => this.#submit()),
      stop: button("stop", () => this.stop()),
      said: make("p", { className: "unseen", role: "status" }),
    };
    parts.launcher.className = "launcher";
    parts.header = make("header", { part: "header", onclick: () => this.#raise() }, parts.title, parts.reset, !this.#isInline && parts.close);
    parts.panel = make(this.#isInline ? "section" : "dialog",
      { className: "panel", id: "panel", part: "panel", "aria-labelledby": "title", oncancel: (event) => event.preventDefault() || this.close() },
      parts.header, parts.notice, parts.log, parts.place,
      make("div", { className: "composer" }, parts.box, parts.ask, parts.stop),
      (parts.powered = make("p", { className: "powered" })), parts.said);
    parts.root = make("div", { className: "root", onkeydown: (event) => this.#pressed(event) }, !this.#isInline && parts.launcher, parts.panel);
    this.#parts = parts;
    this.#shadow.adoptedStyleSheets = [sharedSheet()];
    this.#shadow.replaceChildren(parts.root);
    for (const turn of this.#turns) turn.element = null;
    this.#dress();
    if (this.#isInline) this.#begin();
    else if (this.#isOpen || this.hasAttribute("open")) this.#show(false);
    if (hadFocus) this.#shadow.getElementById(hadFocus)?.focus({ preventScroll: true });
  }

  // Puts words and attributes on the frame as they are now, and paints the conversation.
  #dress() {
    const { root, launcher, title, notice, suggestions, log, box, powered } = this.#parts;
    const attribute = (name) => this.getAttribute(name);
    const position = attribute("position") ?? "";
    const theme = attribute("theme");
    root.lang = this.#config.language ?? "en";
    root.dir = attribute("dir") || this.#config.direction || "ltr";
    root.dataset.theme = theme === "light" || theme === "dark" ? theme : DARK.matches ? "dark" : "light";
    root.dataset.mode = attribute("mode") ?? "launcher";
    root.dataset.side = position.match(/left|right/)?.[0] ?? "";
    root.dataset.edge = position.match(/top/)?.[0] ?? "";
    launcher.replaceChildren(icon("launcher"), this.#say("launcher"));
    launcher.hidden = Boolean(attribute("open-selector"));
    launcher.setAttribute("aria-expanded", String(this.#isOpen));
    title.textContent = attribute("heading") || this.#say("title");
    log.setAttribute("aria-label", title.textContent);
    for (const name of ["reset", "close", "ask", "stop"]) {
      this.#parts[name].setAttribute("aria-label", this.#say(name));
      this.#parts[name].title = this.#say(name);
    }
    box.placeholder = attribute("placeholder") || this.#say("placeholder");
    box.setAttribute("aria-label", box.placeholder);
    box.maxLength = this.#config.most_question_characters ?? 2000;
    powered.textContent = this.#say("powered");
    notice.textContent = this.#say("page_failed");
    notice.hidden = !this.#page?.hasFailed;
    suggestions.setAttribute("aria-label", this.#say("suggestions"));
    suggestions.replaceChildren(...this.#questions().map((question) =>
      make("li", {}, make("button", { type: "button", dir: "auto", textContent: question, onclick: () => this.#submit(question) }))));
    log.replaceChildren(suggestions);
    suggestions.hidden = this.#turns.length > 0;
    for (const turn of this.#turns) this.#paintTurn(turn);
    this.#paintRunning();
  }

  #questions() {
    try {
      const given = JSON.parse(this.getAttribute("questions") || "null");
      return (given ?? this.#config.suggestions ?? []).map(String);
    } catch (error) {
      this.#report(new Problem(0, `the attribute "questions" is no JSON list: ${error.message}`));
      return [];
    }
  }

  // Shows the panel. Only who opened it gets the focus there; then, on a phone, it is the only thing to use.
  #show(isWanted) {
    const { panel, launcher } = this.#parts;
    const wasOpen = this.#isOpen;
    this.#isOpen = true;
    if (isWanted && PHONE.matches) panel.showModal();
    else panel.setAttribute("open", ""); // show() would take the focus
    launcher.setAttribute("aria-expanded", "true");
    this.setAttribute("open", "");
    this.#begin();
    if (!wasOpen) this.#emit("open");
  }

  // What waits until somebody looks: no request is made for a chat that nobody opens.
  #begin() {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#restore();
    if (this.getAttribute("article") === "page") this.#readPage();
  }

  #openFromPage(event) {
    const selector = this.getAttribute("open-selector");
    const opener = selector && this.#select(() => event.composedPath()[0].closest?.(selector));
    if (!opener) return;
    event.preventDefault();
    this.open();
    this.#cameFrom = opener;
  }

  // What a selector of the page's finds; one that is none finds nothing, and says so.
  #select(find) {
    try {
      return find();
    } catch (error) {
      this.#report(new Problem(0, error.message));
      return null;
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

  #request(path, { session, ...options } = {}) {
    const source = this.getAttribute("src");
    const server = source ? new URL(source.replace(/\/?$/, "/"), location) : HOME;
    const headers = { "X-Site-Key": this.getAttribute("site-key") ?? "" };
    if (session) headers["X-Session-Id"] = session;
    return call(server, path, { headers, ...options });
  }

  // Asks what is in the box, or a question that was chosen. What is typed while a reply is made stays in the box.
  async #submit(chosen) {
    const { box, suggestions } = this.#parts;
    const question = (chosen ?? box.value).trim();
    if (!question || this.#running) return null;
    if (!chosen) box.value = "";
    const turn = { question };
    this.#turns.push(turn);
    suggestions.hidden = true;
    return this.#answer(turn);
  }

  async #answer(turn) {
    const stopping = new AbortController();
    const { signal } = stopping;
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
      await this.#hear(turn, signal);
    } catch (error) {
      turn.draft = null;
      if (signal.aborted) turn.isStopped = true;
      else this.#report((turn.failure = error instanceof Problem ? error : new Problem(0, error.message)));
    }
    this.#running = null;
    if (!this.#turns.includes(turn)) return null; // there was a reset
    this.#paintTurn(turn);
    this.#paintRunning();
    this.#tell(this.#spoken(turn));
    if (turn.reply) {
      const { id, status, citations } = turn.reply;
      this.#emit("answer-end", { id, status, citations, abstained: status === "abstained" });
    }
    return turn.reply ?? null;
  }

  // Listens until the reply is there, and paints what is sure of it already.
  async #hear(turn, signal) {
    const article_ids = await this.#articlesAsked();
    signal.throwIfAborted();
    const body = { question: turn.question, stream: true, ...(article_ids && { article_ids }) };
    const response = await this.#request("ask", { method: "POST", session: this.#session(true), body, signal });
    this.#emit("answer-start", { question: turn.question });
    for await (const [name, told] of events(response)) {
      if (name === "error") throw new Problem(told.status, told.detail);
      if (name === "reply") {
        turn.reply = told;
        return;
      }
      if (name !== "delta" && name !== "citation") continue;
      this.#draft(turn, name, told);
      this.#paintTurn(turn);
    }
    throw new Problem(0);
  }

  #draft(turn, name, told) {
    turn.draft ??= { answer: "", citations: [], unsupported: [] };
    if (name === "citation") {
      turn.draft.citations.push(told);
      return;
    }
    const start = [...turn.draft.answer].length;
    turn.draft.answer += told.text;
    if (!told.supported) turn.draft.unsupported.push({ start, end: start + [...told.text].length });
  }

  async #articlesAsked() {
    if (this.#context) return this.#context;
    const article = this.getAttribute("article");
    if (article !== "page") return article ? [article] : null;
    const articleId = await this.#readPage();
    return articleId ? [articleId] : null;
  }

  // Has the server read the page it stands on, once for each address; a page that cannot be read is told of. A server
  // that could not be reached is asked again with the next question.
  #readPage() {
    const address = location.href.split("#")[0];
    if (this.#page?.address === address && !this.#page.isLost) return this.#page.read;
    const page = (this.#page = { address, articleId: null, hasFailed: false, isLost: false });
    const read = async () => {
      try {
        const response = await this.#request("page", { method: "POST", session: this.#session(true), body: { url: address } });
        page.articleId = (await response.json()).article_id;
      } catch (problem) {
        page.hasFailed = true;
        page.isLost = problem.status === 0 || problem.status >= 429;
        this.#report(problem);
      }
      if (this.#parts && this.#page === page) this.#parts.notice.hidden = !page.hasFailed;
      return page.articleId;
    };
    page.read = read();
    return page.read;
  }

  #paintRunning() {
    const { ask, stop } = this.#parts;
    const [shown, hidden] = this.#running ? [stop, ask] : [ask, stop];
    const hadFocus = this.#shadow.activeElement === hidden;
    shown.hidden = false;
    hidden.hidden = true;
    if (hadFocus) shown.focus({ preventScroll: true });
  }

  // -- The session: a name made at random, by which the server keeps this conversation

  get #storageKey() {
    return `footnote-session-${this.getAttribute("site-key")}`;
  }

  // A browser may forbid to keep anything: then the conversation lasts as long as the page.
  #storage(use) {
    const kept = { session: "sessionStorage", local: "localStorage" }[this.getAttribute("persist") ?? "session"];
    try {
      return kept ? use(window[kept]) : null;
    } catch {
      return null;
    }
  }

  #session(isNeeded) {
    this.#sessionId ||= this.#storage((storage) => storage.getItem(this.#storageKey)) ?? "";
    if (!this.#sessionId && isNeeded) {
      this.#sessionId = newSession();
      this.#storage((storage) => storage.setItem(this.#storageKey, this.#sessionId));
    }
    return this.#sessionId;
  }

  async #restore() {
    const session = this.#session(false);
    if (!session || this.#turns.length) return;
    try {
      const { turns } = await (await this.#request("session", { session })).json();
      if (session !== this.#sessionId) return;
      this.#turns.unshift(...turns.map(({ question, reply }) => ({ question, reply })));
      this.#dress();
      this.#parts.log.scrollTop = this.#parts.log.scrollHeight;
    } catch (problem) {
      this.#report(problem);
    }
  }

  // -- A turn of the conversation

  #paintTurn(turn) {
    turn.element ??= make("article", { className: "turn", part: "message" });
    turn.element.replaceChildren(
      make("p", { className: "question", part: "question", dir: "auto", textContent: turn.question }),
      ...(turn.reply ? this.#replyParts(turn.reply) : this.#waitingParts(turn)),
    );
    if (!turn.element.isConnected) this.#parts.log.append(turn.element);
  }

  #waitingParts(turn) {
    const retry = () => make("div", { className: "acts" },
      make("button", { type: "button", className: "named", textContent: this.#say("retry"), onclick: () => this.#running || this.#answer(turn) }));
    if (turn.isStopped) return [make("p", { textContent: this.#say("stopped") }), retry()];
    if (turn.failure) {
      return [make("p", { textContent: this.#failureInWords(turn.failure) }), make("p", { className: "soft", dir: "auto", textContent: turn.failure.detail }), retry()];
    }
    return [turn.draft && this.#answerBody(turn.draft, true), make("p", { className: "soft waiting", textContent: this.#say("thinking") })]
      .filter(Boolean);
  }

  #failureInWords({ status }) {
    return this.#say(status === 0 ? "offline" : status === 429 ? "busy" : "error");
  }

  // What a screen reader hears when a reply has come, once.
  #spoken({ reply, failure }) {
    if (failure) return this.#failureInWords(failure);
    if (!reply) return this.#say("stopped");
    if (reply.status === "abstained") return this.#say("not_said");
    const text = [...pieces(reply, false)].map((piece) => piece.text ?? "").join("");
    return `${text} ${this.#say("sources")}: ${distinct(reply.citations).length}`;
  }

  #replyParts(reply) {
    const notice = reply.notice && make("p", { className: "soft", dir: "auto", textContent: reply.notice });
    const parts = reply.status === "abstained" ? this.#abstentionParts(reply) : this.#answerParts(reply);
    return [...parts, notice, this.#thumbs(reply)].filter(Boolean);
  }

  #answerParts(reply) {
    const short = !reply.models?.llm && reply.short_answer; // prose is painted as it comes: nothing above it
    return [
      short && make("p", { className: "short", dir: "auto", textContent: short }),
      this.#answerBody(reply, false),
      reply.status === "partial" && make("p", { className: "soft", textContent: this.#say("partly") }),
      make("h3", { textContent: this.#say("sources") }),
      make("ol", {}, ...distinct(reply.citations).map((citation) => this.#cited(citation, true))),
    ];
  }

  #abstentionParts(reply) {
    const nearest = reply.nearest.map((hit) => this.#cited({
      source: { ...hit, quote: { exact: hit.text, prefix: "", suffix: "" } },
    }, false));
    return [
      make("p", { className: "short", textContent: this.#say("not_said") }),
      nearest.length && make("h3", { textContent: this.#say("nearest") }),
      nearest.length && make("ol", { className: "nearest" }, ...nearest),
    ];
  }

  #answerBody(reply, isDraft) {
    const body = make("div", { className: "answer", part: "answer", dir: "auto" });
    for (const piece of pieces(reply, isDraft)) {
      if (piece.number) {
        if (this.getAttribute("cite") !== "off") body.append(this.#pill(reply, piece.number));
      } else if (piece.isDoubtful) {
        body.append(make("span", { className: "doubtful", textContent: piece.text }));
        if (piece.isLast) body.append(make("small", { textContent: ` (${this.#say("unsupported")})` }));
      } else body.append(piece.text);
    }
    return body;
  }

  #pill(reply, number) {
    const citation = reply.citations.find((each) => each.n === number);
    return make("button", {
      type: "button", className: "pill", "aria-label": this.#say("footnote", { number }), textContent: number,
      onclick: (event) => this.#cite(citation, event.currentTarget),
    });
  }

  // A source as a row: its quote, which is a button, where it stands, and how far it was checked.
  #cited(citation, isCitation) {
    const { source, status } = citation;
    return make("li", { part: "citation" },
      make("button", { type: "button", className: "cited", onclick: (event) => this.#cite(citation, event.currentTarget) },
        isCitation && make("span", { className: "number", textContent: citation.n }),
        make("q", { dir: "auto", textContent: source.quote.exact })),
      isCitation && make("span", { className: "where" }, make("cite", { dir: "auto", textContent: this.#where(source) }), this.#status(status), this.#link(source)));
  }

  #where({ title, page, heading }) {
    const pageInWords = page !== null && page !== undefined && this.#say("page", { page });
    return [title || this.#say("source"), pageInWords, heading !== title && heading].filter(Boolean).join(", ");
  }

  #status(status) {
    const known = status in STATUS_SIGNS ? status : "unverified";
    return make("span", { className: "status", "data-status": known },
      make("span", { "aria-hidden": "true" }, STATUS_SIGNS[known]), ` ${this.#say(known)}`);
  }

  #link({ url, text_fragment }) {
    if (!isWebAddress(url)) return null;
    const href = isWebAddress(text_fragment) ? text_fragment : url;
    return make("a", { href, target: "_blank", rel: "noopener noreferrer", textContent: this.#say("open_page") });
  }

  #thumbs(reply) {
    const thumb = (name) => make("button", {
      type: "button", title: this.#say(name), "aria-label": this.#say(name), "aria-pressed": String(reply.thumb === name),
      onclick: (event) => this.#rate(reply, name, event.currentTarget),
    }, icon(name));
    return make("div", { className: "acts" }, thumb("up"), thumb("down"));
  }

  async #rate(reply, thumb, button) {
    try {
      await this.#request("feedback", { method: "POST", session: this.#session(true), body: { reply_id: reply.id, thumb } });
    } catch (problem) {
      this.#tell(this.#failureInWords(problem));
      this.#report(problem);
      return;
    }
    reply.thumb = thumb;
    for (const each of button.parentElement.children) each.setAttribute("aria-pressed", String(each === button));
    this.#tell(this.#say("thanks"));
    this.#emit("feedback", { id: reply.id, thumb });
  }

  // -- A footnote

  #cite(citation, opener) {
    if (!this.#emit("citation-click", { n: citation.n ?? null, source: citation.source, status: citation.status ?? null }, true)) return;
    for (const pill of this.#shadow.querySelectorAll("[aria-current]")) pill.removeAttribute("aria-current");
    opener.setAttribute("aria-current", "true");
    unpaint(this);
    const wanted = this.getAttribute("highlight") ?? "page";
    if (wanted === "off" || (wanted === "page" && this.#showInPage(citation.source, opener))) return;
    this.#showSource(citation, opener);
  }

  // Paints a quote where it stands in the page, if that is certain.
  #showInPage(source, opener) {
    const isArticle = [this.#page?.articleId, this.getAttribute("article")].includes(source.article_id) || isThisPage(source.url);
    for (const root of this.#articleRoots()) {
      const page = new PageText(root);
      const found = locate(source.quote, page, isArticle);
      if (!found) continue;
      if (!canPaint()) return followFragment(source, page.flat);
      const ranges = found.flatMap(([start, end]) => page.ranges(start, end));
      paint(this, ranges);
      this.#makeRoom(ranges, opener);
      reveal(ranges[0]);
      this.#tell(this.#say("shown"));
      return true;
    }
    return false;
  }

  // Where the article's text is looked for, the nearest frame first: one of several teasers is no article.
  #articleRoots() {
    const selector = this.getAttribute("article-selector");
    if (selector) return [this.#select(() => document.querySelector(selector))].filter(Boolean);
    const sole = (name) => {
      const found = document.querySelectorAll(name);
      return found.length === 1 ? [found[0]] : [];
    };
    return [...sole("article"), ...sole("main, [role=main]"), document.body];
  }

  #makeRoom(ranges, opener) {
    if (this.#isInline) return;
    const { panel } = this.#parts;
    const box = panel.getBoundingClientRect();
    const covers = ranges.map((range) => range.getBoundingClientRect()).some((words) => words.left < box.right && box.left < words.right);
    if (!covers && !PHONE.matches) return;
    if (panel.matches(":modal")) {
      panel.close();
      panel.setAttribute("open", "");
    }
    panel.dataset.lowered = "";
    opener.focus({ preventScroll: true });
    opener.scrollIntoView({ block: "nearest" });
  }

  #raise() {
    delete this.#parts.panel.dataset.lowered;
  }

  // Shows a quote in the words around it, as the server has them.
  async #showSource(citation, opener) {
    const { log, place } = this.#parts;
    const { source, status } = citation;
    const back = make("button", { type: "button", "aria-label": this.#say("back"), title: this.#say("back"), onclick: () => this.#leaveSource() }, icon("back"));
    const show = (shown, before, after) => {
      place.replaceChildren(back, make("h3", { dir: "auto", textContent: this.#where({ ...source, ...shown }) }),
        make("blockquote", { dir: "auto" }, before, make("mark", { textContent: shown.quote }), after),
        make("p", { className: "where" }, status && this.#status(status), this.#link({ ...shown, text_fragment: source.text_fragment })));
      place.scrollTop = place.querySelector("mark").offsetTop - 80;
    };
    place.opener = opener;
    this.#raise();
    show({ quote: source.quote.exact, url: source.url });
    log.hidden = true;
    place.hidden = false;
    place.setAttribute("aria-label", this.#say("source"));
    back.focus({ preventScroll: true });
    const { article_id, start_char_index: start, end_char_index: end } = source;
    try {
      const shown = await (await this.#request(`source?${new URLSearchParams({ article_id, start, end })}`)).json();
      if (place.opener === opener) show(shown, shown.before, shown.after);
      if (!place.hidden) back.focus({ preventScroll: true });
    } catch (problem) {
      place.append(make("p", { className: "soft", textContent: this.#failureInWords(problem) }));
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

// One citation for each number: one quote may support several statements.
const distinct = (citations) => citations.filter((citation, n) => citations.findIndex((each) => each.n === citation.n) === n);

function isThisPage(url) {
  if (!isWebAddress(url)) return false;
  const path = ({ origin, pathname }) => origin + pathname.replace(/\/$/, "");
  return path(new URL(url)) === path(location);
}

// Without painting, the browser's own way to find words, where there is but one place that it could find.
function followFragment({ quote, text_fragment }, flat) {
  const words = plain(quote.exact).trim();
  const directive = text_fragment?.split(":~:")[1];
  if (!directive || !document.fragmentDirective || flat.indexOf(words) !== flat.lastIndexOf(words)) return false;
  location.hash = `${location.hash.slice(1)}:~:${directive}`;
  return true;
}

// ---- The start

// Calls the oldest element's method; what is called before there is one waits for it.
function callElement([name, ...given]) {
  if (!METHODS.includes(name)) throw new TypeError(`footnote: there is no method ${JSON.stringify(name)}; there are ${METHODS.join(", ")}`);
  const [element] = connected;
  if (!element) waiting.push([name, ...given]);
  return element?.[name](...given);
}

// The one element of a script line; it outlives a change of the page's whole body, as some routers make.
function startFromScript() {
  const script = [...document.querySelectorAll("script[data-site-key]")].find((each) => each.src === import.meta.url);
  if (!script || document.querySelector(`${NAME}[site-key=${CSS.escape(script.dataset.siteKey)}]`)) return;
  const element = document.createElement(NAME);
  for (const { name, value } of script.attributes) {
    if (name.startsWith("data-")) element.setAttribute(name.slice("data-".length), value);
  }
  const put = () => element.isConnected || destroyed.has(element) || document.body?.append(element);
  put();
  new MutationObserver(put).observe(document.documentElement, { childList: true });
}

if (!customElements.get(NAME)) {
  const early = Array.isArray(window.footnote) ? window.footnote : [];
  window.footnote = { push: (...calls) => calls.forEach(callElement) };
  for (const name of METHODS) window.footnote[name] = (...given) => callElement([name, ...given]);
  customElements.define(NAME, FootnoteChat);
  startFromScript();
  window.footnote.push(...early);
} else {
  startFromScript();
}
