// The Footnote widget: a chat about articles in which every statement has a footnote.
//   <script type="module" src="https://HOST/widget/v1/footnote.js" data-site-key="pk_..."></script>
//
// Served as one file: who pins its hash pins all of it. The page around it stays as it is: no new element, no style
// attribute, no cookie, nothing evaluated, no other host.
import { eventsOf } from "../../static/event_stream.js";
import { randomKey } from "../../static/keys.js";
import { locate, PageText, plain } from "./page_text.js";
import { canPaint, paint, reveal, unpaint } from "./painting.js";
import { pieces } from "./pieces.js";
import { sheet } from "./styles.js";

// ---- Words, until the server's own are there; other keys say themselves

const ENGLISH = {
  launcher: "Ask a question", title: "Ask the article", placeholder: "Ask a question", thinking: "Reading…",
  footnote: "Footnote {number}", page: "p. {page}", not_said: "The article does not say.", retry: "Try again",
  error: "This could not be answered.", offline: "Footnote cannot be reached.",
};

const STATUS_SIGNS = { verified: "✓", repaired: "≈", unverified: "!" };

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

// What the server said; other errors mean that it said nothing.
class Problem extends Error {
  constructor(status, detail) {
    super(detail || `status ${status}`);
    Object.assign(this, { status, detail });
  }
}

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
    for await (const [name, told] of eventsOf(response.body)) {
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
      this.#sessionId = randomKey();
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
