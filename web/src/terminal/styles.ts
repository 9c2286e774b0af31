// xterm writes style sheets into <style> elements and colours into style attributes. The page's policy lets neither through (style-src 'self'),
// but does not mind a script that sets styles by way of the object model. So xterm is given a document that makes elements which do that.

/** A document for xterm's `documentOverride`. */
export function styledDocument(): Document {
  return new Proxy(document, {
    get(target, name) {
      if (name === 'createElement') return create;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) as unknown : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

function create(tag: string): HTMLElement {
  if (tag === 'style') return sheetElement();
  const element = document.createElement(tag);
  if (tag === 'span') {
    element.setAttribute = function (name: string, value: string) {
      if (name === 'style') this.style.cssText = value;
      else Element.prototype.setAttribute.call(this, name, value);
    };
  }
  return element;
}

/** Stands where a <style> would, and keeps what is written into it in a constructed sheet for as long as it stands there. */
function sheetElement(): HTMLElement {
  const sheet = new CSSStyleSheet();
  const element = document.createElement('template');
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, 'textContent', { get: () => '', set: (text: string) => sheet.replaceSync(text) });
  element.remove = function () {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter(one => one !== sheet);
    Element.prototype.remove.call(this);
  };
  return element;
}
