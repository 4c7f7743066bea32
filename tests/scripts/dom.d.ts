// What a selector finds, and what an event comes from, is whatever the page has there: not checked.
export {};

declare global {
  interface ParentNode {
    querySelector(selectors: string): any;
    querySelectorAll(selectors: string): NodeListOf<any>;
  }
  interface Element {
    closest(selectors: string): any;
  }
  interface Node {
    contains(other: EventTarget | null): boolean;
  }
  interface EventTarget {
    [name: string]: any;
  }
  interface FormData {
    get(name: string): any;
  }
}
