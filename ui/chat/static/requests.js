// Requests to the server that are no events of Gradio's.
import { problemOf } from "../../static/problems.js";
import { owner, say, tell } from "./page.js";

export const fetchPlainly = window.fetch; // which connection.js listens to

// One request for a conversation; what goes wrong is told as the server tells it.
export async function request(method, path, body = null) {
  try {
    const response = await fetchPlainly(path, {
      method,
      headers: { "X-Footnote-Owner": owner, ...(body && { "Content-Type": "application/json" }) },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (response.ok) return response;
    tell(await problemOf(response));
  } catch {
    tell(say("offline.title"));
  }
  return null;
}
