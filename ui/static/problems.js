// What a server that refuses says of it.

export const problemOf = (response) =>
  response.json().then(({ detail }) => detail, () => `${response.status} ${response.statusText}`);
