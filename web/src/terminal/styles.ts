// xterm writes style sheets into <style> elements and colours into style attributes. The page's policy lets neither through (style-src 'self'),
// but does not mind a script that sets styles by way of the object model. So the elements that xterm makes do that. Its option documentOverride
// would be the place, but not every part of it asks there (6.0.0: CoreBrowserService.mainDocument).

let isDone = false;

/** To be called before a terminal is made. Elements of the page's own are made by createElementNS, and are not concerned. */
export function adaptStyles(): void {
  if (isDone) return;
  isDone = true;
  const native = document.createElement.bind(document);
  const create = (tag: string, options?: ElementCreationOptions): HTMLElement =>
    tag === 'style' ? sheetElement(native('template')) : tag === 'span' ? styledElement(native('span')) : native(tag, options);
  document.createElement = create as typeof document.createElement;
}

function styledElement(element: HTMLElement): HTMLElement {
  element.setAttribute = function (name: string, value: string) {
    if (name === 'style') this.style.cssText = value;
    else Element.prototype.setAttribute.call(this, name, value);
  };
  return element;
}

/** Stands where a <style> would, and keeps what is written into it in a constructed sheet for as long as it stands there. */
function sheetElement(element: HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, 'textContent', { get: () => '', set: (text: string) => sheet.replaceSync(text) });
  element.remove = function () {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter(one => one !== sheet);
    Element.prototype.remove.call(this);
  };
  return element;
}
