// Shows a choice as soon as it is made; without this script the button does.
const form = document.getElementById("switches");
form.addEventListener("change", () => form.requestSubmit());
