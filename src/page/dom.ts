type Child = Node | string | number | null | false | undefined;
type Handler = (event: Event) => void;
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined | Handler>>;

/** An element of the page. Texts are texts: nothing of what a cluster says is ever read as markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of a picture. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** Shows something in the place of what was there; the focus stays on what has the same id. */
export function show(place: Element, ...children: readonly Child[]): void {
  const focused = place.contains(document.activeElement) ? (document.activeElement?.id ?? '') : '';
  place.replaceChildren(...children.filter(isShown).map(asContent));
  if (focused !== '') document.getElementById(focused)?.focus();
}

// ---

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter(isShown).map(asContent));
  return element;
}

function isShown(child: Child): child is Node | string | number {
  return child !== null && child !== undefined && child !== false;
}

function asContent(child: Node | string | number): Node | string {
  return typeof child === 'number' ? String(child) : child;
}
