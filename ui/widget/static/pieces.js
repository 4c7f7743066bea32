// The pieces of an answer: words, and the numbers of their sources

const MARKER = /\[(\d{1,4})\]/g;

// Yields { text, isDoubtful, isLast } and { number }. Brackets in a quote are the author's.
export function* pieces(reply, isDraft) {
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
