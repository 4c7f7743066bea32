// The administrator's token: asked for once the server wants it, and sent with what writes.
import { windowMemory } from "./memory.js";

let waiting = null; // the promise that those wait for who need it, and what settles it

export function permission() {
  const token = windowMemory.get("token");
  return { "X-Footnote-Request": "1", ...(token && { Authorization: `Bearer ${token}` }) };
}

// Resolves to whether it has been given.
export function askForToken(form, refusal, detail, refused) {
  refusal.textContent = windowMemory.get("token") ? `${refused} ${detail}` : detail;
  if (form.hidden) {
    form.hidden = false;
    form.elements.token.focus();
  }
  if (!waiting) {
    waiting = {};
    waiting.promise = new Promise((resolve) => { waiting.resolve = resolve; });
  }
  return waiting.promise;
}

// Takes what was typed, or nothing: then it is not given.
export function settleToken(form, token) {
  form.reset();
  form.hidden = true;
  if (token) windowMemory.set("token", token);
  waiting?.resolve(Boolean(token));
  waiting = null;
}
