// A name that nobody can guess.

export const randomKey = (bytes = 16) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
