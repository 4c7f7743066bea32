
// The list of questions: rows from the JSON in this file, a page at a time. Everything is shown as text.
"use strict";
(() => {
  const PAGE = 50;
  const { meaning, wrong, by: bys, scores, rows } = JSON.parse(document.getElementById("rows").textContent);
  const at = (id) => document.getElementById(id);
  const isWrong = new Set(wrong);
  const body = at("list").tBodies[0];
  const positionOf = new Map(rows.map((row, position) => [row.id, position]));
  const texts = new Array(rows.length); // what is searched, made when first needed
  let found = [], page = 0, opened = null;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function child(parent, tag, className, text) {
    return parent.appendChild(element(tag, className, text));
  }
  function said(parent, tag, className, text) {
    const made = child(parent, tag, className, text);
    made.dir = "auto";
    return made;
  }

  function textOf(position) {
    if (texts[position] === undefined) {
      const row = rows[position];
      const places = [...(row.quotes || []), ...(row.gold || []), ...(row.withheld ? [row.withheld] : [])];
      texts[position] = [row.id, row.question, row.answer, row.short_answer, row.notice, ...(row.expected || []),
        ...places.flatMap((place) => [place.text, place.title, place.article_id])].join("\n").toLowerCase();
    }
    return texts[position];
  }

  function filters() {
    return { search: at("search").value.trim(), verdict: at("verdict").value, by: at("by").value, value: at("value").value, change: at("change").value };
  }
  // "lost:answer.f1": the question scores less there than before; "won:" more; "lost" and "won": in any of them.
  function hasChanged(row, wanted) {
    if (!row.earlier) return false;
    if (wanted === "changed") return true;
    const [way, metric] = wanted.split(":", 2), told = row.earlier.scores || {};
    return (metric ? [told[metric]] : Object.values(told)).some((pair) => pair && (way === "lost") === pair[1] < pair[0]);
  }
  function matches(row, position, wanted) {
    if (wanted.verdict === "-wrong" ? !isWrong.has(row.verdict) : wanted.verdict && row.verdict !== wanted.verdict) return false;
    if (wanted.change && !hasChanged(row, wanted.change)) return false;
    if (wanted.by && wanted.value && !((row.slices || {})[wanted.by] || []).includes(wanted.value)) return false;
    return wanted.words.every((word) => textOf(position).includes(word));
  }

  function fillValues(chosen) {
    const by = at("by").value, counts = new Map();
    if (by) for (const row of rows) for (const value of (row.slices || {})[by] || []) counts.set(value, (counts.get(value) || 0) + 1);
    const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
    at("value").replaceChildren(new Option("All", ""), ...names.map((name) => new Option(`${name} (${counts.get(name)})`, name)));
    at("value").disabled = !by;
    at("value").value = counts.has(chosen) ? chosen : "";
  }

  function clear() {
    for (const id of ["search", "verdict", "by", "change"]) at(id).value = "";
    fillValues("");
  }

  function filter() {
    const wanted = filters();
    wanted.words = wanted.search.toLowerCase().split(/\s+/).filter(Boolean);
    found = [];
    rows.forEach((row, position) => { if (matches(row, position, wanted)) found.push(position); });
    page = 0;
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    body.replaceChildren();
    for (const position of found.slice(page * PAGE, (page + 1) * PAGE)) body.append(...lines(position));
    const bad = found.reduce((sum, position) => sum + isWrong.has(rows[position].verdict), 0);
    at("count").textContent = `${found.length} of ${rows.length} questions; ${bad} count as wrong.`;
    at("page").textContent = `Page ${page + 1} of ${pages}`;
    at("before").disabled = page === 0;
    at("after").disabled = page === pages - 1;
    at("list").hidden = found.length === 0;
    at("pages").hidden = pages === 1;
  }

  function badge(parent, verdict) {
    child(parent, "span", `badge ${isWrong.has(verdict) ? "wrong" : verdict === "unjudged" ? "untold" : "right"}`, meaning[verdict]);
  }

  function lines(position) {
    const row = rows[position], line = element("tr");
    const button = said(child(line, "td"), "button", "open", row.question);
    button.type = "button";
    button.id = `row-${position}`;
    button.setAttribute("aria-expanded", String(opened === row.id));
    button.addEventListener("click", () => {
      opened = opened === row.id ? null : row.id;
      show();
      remember();
      at(button.id).focus();
    });
    const counts = child(line, "td");
    badge(counts, row.verdict);
    if (row.earlier && row.earlier.verdict !== row.verdict) child(counts, "small", "", `Before: ${meaning[row.earlier.verdict]}`);
    said(child(line, "td"), "span", "clip", (row.expected || []).join(" / "));
    said(child(line, "td"), "span", "clip", row.short_answer || row.answer || "");
    child(line, "td", "", row.confidence === undefined ? "" : row.confidence.toFixed(2));
    return opened === row.id ? [line, detail(row)] : [line];
  }

  function detail(row) {
    const line = element("tr", "detail"), cell = child(line, "td");
    cell.colSpan = 5;
    if (row.before) { child(cell, "h3", "", "Said before"); for (const turn of row.before) said(cell, "p", "", turn); }
    child(cell, "h3", "", "Why it counts so");
    said(cell, "p", "", `${meaning[row.verdict]} (${row.status}).`);
    if (row.shortfalls) {
      const list = child(cell, "ul");
      for (const { metric, words } of row.shortfalls) {
        const item = child(list, "li");
        child(item, "code", "", metric);
        item.append(` ${words}`);
      }
    }
    if (row.notice) said(cell, "p", "", row.notice);
    child(cell, "h3", "", "Expected");
    if (row.expected) said(cell, "p", "", row.expected.join(" / "));
    for (const place of row.gold || []) quote(cell, place, "gold");
    if (!row.expected && !row.gold) child(cell, "p", "", row.verdict === "unjudged" ? "Not said in the data set." : "No answer.");
    if (row.earlier) beside(cell, row);
    else given(cell, row, "Given");
    facts(cell, row);
    return line;
  }

  function given(parent, reply, title) {
    child(parent, "h3", "", title);
    if (reply.short_answer) said(parent, "p", "", reply.short_answer);
    said(parent, "p", "", reply.answer || "No answer.");
    for (const place of reply.quotes || []) quote(parent, place, "");
    if (reply.withheld) { child(parent, "h3", "", "Withheld, and not shown to people"); quote(parent, reply.withheld, ""); }
  }

  function beside(cell, row) {
    const told = Object.entries(row.earlier.scores || {});
    if (told.length) {
      child(cell, "h3", "", "Beside the earlier run");
      const list = child(cell, "ul");
      for (const [metric, [before, now]] of told) {
        const item = child(list, "li");
        child(item, "code", "", metric);
        item.append(` ${now < before ? "lost" : "won"}: ${before.toFixed(2)}, now ${now.toFixed(2)}`);
      }
    }
    const both = child(cell, "div", "both");
    for (const [title, reply] of [["Given before", row.earlier], ["Given now", row]]) {
      const side = child(both, "div");
      given(side, reply, title);
      const sure = reply.confidence === undefined ? "" : `, confidence ${reply.confidence.toFixed(2)}`;
      child(side, "p", "around", `${meaning[reply.verdict]} (${reply.status}${sure}).`);
    }
  }

  function quote(cell, place, kind) {
    const block = said(cell, "blockquote", "");
    const where = [place.number && `[${place.number}]`, place.title || place.article_id, place.page && `page ${place.page}`,
      place.start !== undefined && `from character ${place.start}`,
      place.holds === true ? "holds the answer" : place.holds === false ? "does not hold the answer" : null];
    said(block, "cite", "", where.filter(Boolean).join(", "));
    if (!place.text) return;
    child(block, "span", "around", place.before || "");
    child(block, "mark", kind, place.text);
    child(block, "span", "around", place.after || "");
  }

  function facts(cell, row) {
    const list = child(cell, "dl");
    const told = [["id", row.id], ["words agree (F1)", row.f1], ["milliseconds", row.milliseconds],
      ...Object.entries(row.slices || {}).map(([by, values]) => [by, values.join(", ")])];
    for (const [name, value] of told) {
      if (value === undefined) continue;
      child(list, "dt", "", name);
      said(list, "dd", "", String(value));
    }
    const link = child(child(cell, "p"), "a", "", "Link to this question");
    link.href = "#" + new URLSearchParams({ q: row.id });
  }

  // The address holds what is shown, so that it can be sent to somebody, and gone back to.
  function remember() {
    const told = Object.entries({ q: opened || "", ...filters(), page: page ? String(page + 1) : "" });
    const hash = new URLSearchParams(told.filter(([, value]) => value)).toString();
    history.replaceState(null, "", hash ? `#${hash}` : "#questions");
  }
  function recall() {
    const told = new URLSearchParams(location.hash.slice(1)), id = told.get("q");
    at("search").value = told.get("search") || "";
    at("verdict").value = told.get("verdict") || "";
    at("by").value = told.get("by") || "";
    at("change").value = told.get("change") || "";
    if (at("change").selectedIndex < 0) at("change").value = "";
    if (at("verdict").selectedIndex < 0) at("verdict").value = "";
    if (at("by").selectedIndex < 0) at("by").value = "";
    fillValues(told.get("value") || "");
    filter();
    page = (Number.parseInt(told.get("page") || "1", 10) || 1) - 1;
    opened = id !== null && positionOf.has(id) ? id : null;
    if (opened === null) {
      show();
      if (id !== null) at("count").textContent = `There is no question ${id} in this report. ` + at("count").textContent;
      return;
    }
    const position = positionOf.get(opened);
    if (!found.includes(position)) { clear(); filter(); }
    page = Math.floor(found.indexOf(position) / PAGE);
    show();
    at(`row-${position}`).focus({ preventScroll: true });
    at(`row-${position}`).scrollIntoView();
  }
  function again() { opened = null; filter(); show(); remember(); }

  at("verdict").append(...Object.entries(meaning).map(([verdict, words]) => new Option(words, verdict)));
  at("by").append(...bys.map((by) => new Option(by, by)));
  if (rows.some((row) => row.earlier)) {
    const ways = [["lost", "Lost"], ["won", "Won"]];
    for (const [way, word] of ways) at("change").append(new Option(`${word} anything`, way));
    for (const metric of scores) for (const [way, word] of ways) at("change").append(new Option(`${word}: ${metric}`, `${way}:${metric}`));
    at("change").closest("label").hidden = false;
  }
  let soon = 0;
  at("search").addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(again, 150); });
  at("verdict").addEventListener("change", again);
  at("value").addEventListener("change", again);
  at("change").addEventListener("change", again);
  at("by").addEventListener("change", () => { fillValues(""); again(); });
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("clear").addEventListener("click", () => { clear(); again(); });
  for (const [id, step] of Object.entries({ before: -1, after: 1 })) {
    at(id).addEventListener("click", () => { page += step; opened = null; show(); remember(); at("questions").scrollIntoView(); });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-by], a[data-change]");
    if (!link) return;
    event.preventDefault();
    clear();
    at("by").value = link.dataset.by || "";
    at("change").value = link.dataset.change || "";
    fillValues(link.dataset.value);
    again();
    at("questions").focus();
  });
  addEventListener("hashchange", () => { if (/^#(q|search|verdict|by|value|change|page)=/.test(location.hash)) recall(); });
  at("filters").hidden = false;
  recall();
})();
