// What a browser keeps for its pages. A window that keeps nothing refuses: then it lasts as long as the page.

function memoryOver(storage) {
  const memory = new Map();
  return {
    get(name) {
      try { return storage().getItem(`footnote-${name}`) ?? memory.get(name) ?? null; } catch { return memory.get(name) ?? null; }
    },
    set(name, value) {
      memory.set(name, value);
      try { storage().setItem(`footnote-${name}`, value); } catch { /* refused */ }
    },
    drop(name) {
      memory.delete(name);
      try { storage().removeItem(`footnote-${name}`); } catch { /* there is nothing */ }
    },
  };
}

export const browserMemory = memoryOver(() => localStorage);
export const windowMemory = memoryOver(() => sessionStorage); // never longer than the window is open
