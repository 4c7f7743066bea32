// Before the first paint: the colours, and the language that was chosen in this browser, as the chat keeps them.
import { root } from "../../static/dom.js";
import { browserMemory } from "../../static/memory.js";
import { paintTheme } from "../../static/theme.js";

paintTheme();
const chosenLanguage = browserMemory.get("language");
const wantedAddress = new URLSearchParams(location.search);
if (chosenLanguage && !wantedAddress.has("lang") && chosenLanguage !== root.lang) {
  wantedAddress.set("lang", chosenLanguage);
  location.replace(`${location.pathname}?${wantedAddress}`);
}
