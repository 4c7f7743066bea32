// When the server does not answer the page says so itself, in its own words, and keeps the question.
import { find, root } from "../../static/dom.js";
import { windowMemory } from "../../static/memory.js";
import { askQuestion, box, endAsking, lastQuestion, running } from "./asking.js";
import { heard, trigger } from "./page.js";
import { fetchPlainly } from "./requests.js";

const QUEUE = "/gradio_api/queue/";
const PATIENCE = 4000;

function trouble(kind) {
  root.classList.toggle("fn-is-lost", kind === "lost");
  root.classList.toggle("fn-is-busy", kind === "busy");
  if (kind) {
    if (running) keepUnanswered(lastQuestion);
    endAsking();
  }
  if (kind) heard.textContent = [...document.querySelectorAll(`.fn-when-${kind}`)].map((e) => e.textContent).join(" ");
}

// When its server is another one than before, Gradio loads the page anew: then the question is asked there.
export function keepUnanswered(question) {
  if (question) windowMemory.set("unanswered", question);
  else windowMemory.drop("unanswered");
}
export const unanswered = () => windowMemory.get("unanswered");

// The page's words come from the server too; what they do not come for is an empty frame.
setTimeout(() => { if (!find("#fn-words")) trouble("lost"); }, 5 * PATIENCE);

// Gradio reads the answers to all requests from one stream, which the server ends with the last answer. A request that
// is taken in that moment, before the page has heard of the end, is answered into no stream: the next request opens one.
let takenMeanwhile = 0; // requests since the stream was opened

function watchStream(signal) {
  takenMeanwhile = 0;
  signal?.addEventListener("abort", () => { if (takenMeanwhile) trigger("reopen_stream", {}); });
}

window.fetch = async (/** @type {[any, any?]} */ ...request) => {
  const url = String(request[0]?.url ?? request[0]);
  const asks = url.includes(QUEUE);
  if (url.includes(`${QUEUE}data`)) watchStream(request[0]?.signal ?? request[1]?.signal);
  try {
    const response = await fetchPlainly(...request);
    if (url.includes(`${QUEUE}join`)) takenMeanwhile += 1;
    if (asks) trouble(response.ok ? null : response.status === 503 ? "busy" : "lost");
    return response;
  } catch (error) {
    if (asks && error.name !== "AbortError") trouble("lost");
    throw error;
  }
};

// A reply may also be lost on its way: as long as one is waited for, the server has to be there.
let silences = 0;
setInterval(async () => {
  if (!find(".fn-is-pending")) return;
  try {
    await fetchPlainly("healthz", { cache: "no-store" });
    silences = 0;
  } catch {
    silences += 1;
    if (silences > 1) trouble("lost");
  }
}, PATIENCE);

// After a lost request Gradio sends no more of them: only a new page does, and it asks the question in its address.
export async function tryAgain() {
  if (root.classList.contains("fn-is-lost")) {
    const isBack = await fetchPlainly("healthz", { cache: "no-store" }).then(({ ok }) => ok, () => false);
    if (isBack) location.reload();
    else trouble("lost");
  } else if (box().value.trim()) {
    askQuestion(box().value, { typed: true });
  } else {
    askQuestion(lastQuestion);
  }
}

// The evaluation page leads back to what was shown here.
addEventListener("pagehide", () => windowMemory.set("chat", location.search));
