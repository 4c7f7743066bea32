// Files can be dropped anywhere; the page says so, by a class, as soon as they are held over it.
import { root } from "./dom.js";

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

export function takeDrops(className, take, isWanted = () => true) {
  let depth = 0; // of the elements that they are over
  const move = (steps) => {
    depth = Math.max(0, depth + steps);
    root.classList.toggle(className, depth > 0 && isWanted());
  };
  const hear = (name, does) => document.addEventListener(name, (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    does(event);
  });
  hear("dragenter", () => move(1));
  hear("dragover", () => {});
  hear("dragleave", () => move(-1));
  hear("drop", (event) => {
    move(-depth);
    take([...event.dataTransfer.files]);
  });
}
