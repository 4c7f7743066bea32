// A link gives the token behind #, which is never sent; it is not left in the address either.
const form = document.querySelector("form");
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.token.value = given;
  form.submit();
} else {
  // Whoever follows a link from another site comes without the cookie, though the browser has it.
  fetch("/readyz", { cache: "no-store" }).then(({ ok }) => { if (ok) location.replace(form.elements.next.value); }, () => {});
}
