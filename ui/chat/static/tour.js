// Three steps, when asked for. The welcome offers them below its examples until they have been seen.
import { find, root } from "../../static/dom.js";
import { browserMemory } from "../../static/memory.js";

export const tour = () => find("#fn-tour");
let step = 0;

export function startTour() {
  step = 0;
  tour().addEventListener("close", endTour, { once: true });
  tour().showModal();
  showStep();
}

function showStep() {
  const steps = [...tour().querySelectorAll("section")];
  steps.forEach((section, number) => { section.hidden = number !== step; });
  pointTo(steps[step].dataset.pointsTo);
  const onward = tour().querySelector('[data-tour="next"]');
  if (step === steps.length - 1) onward.textContent = onward.dataset.done;
  onward.focus();
}

function pointTo(selector) {
  for (const pointed of document.querySelectorAll(".fn-pointed")) pointed.classList.remove("fn-pointed");
  for (const target of selector ? document.querySelectorAll(selector) : []) target.classList.add("fn-pointed");
}

export function nextStep() {
  step += 1;
  if (step < tour().querySelectorAll("section").length) showStep();
  else tour().close();
}

function endTour() {
  browserMemory.set("tour", "seen");
  root.classList.add("fn-toured");
  pointTo(null);
  const onward = tour()?.querySelector('[data-tour="next"]');
  if (onward) onward.textContent = onward.dataset.next;
  if (document.activeElement?.id !== "fn-help") find("#fn-composer textarea")?.focus(); // which it was opened from
}

// The class hides the offer from those who know the tour.
root.classList.toggle("fn-toured", browserMemory.get("tour") === "seen");
