// The page's own text, and where a quote stands in it

const UNREAD = "script, style, noscript, template, textarea, select, iframe, object, canvas, video, audio, svg, " +
  "footnote-chat, [hidden], [aria-hidden=true], details:not([open]) > :not(summary)";
// Blocks by name too: on a page that unsets every style, all display as inline.
const BLOCK = /^(ARTICLE|ASIDE|BLOCKQUOTE|BR|D[DLT]|DIV|FIG.*|H[1-6R]|LI|MAIN|[OU]L|P|PRE|SECTION|T[ABDHR].*)$/;
const UNSEEN = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/; // soft hyphens, joiners, directions
const LONG_ENOUGH = 20; // characters of a quote that need no look at what stands around them
const LONG_ELSEWHERE = 40; // the same on a page that is not known to be the article

export const plain = (text = "") => [...text].filter((letter) => !UNSEEN.test(letter)).join("").replace(/\s+/g, " ");

// An element's text as `plain` writes it, and each character's place; a space without one parts blocks.
export class PageText {
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
export function locate({ exact, prefix, suffix }, page, isArticle) {
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
