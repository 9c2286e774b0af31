// Text that others wrote, made safe to show: the rule of Switchboard.Protocol's Printable, so that browser and terminal show the same.
// C0 and C1 controls, line and paragraph separators, bidirectional overrides and isolates, invisible marks of direction, lone surrogates.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200e\u200f\u061c]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export const printable = (text: string): string => text.replace(unsafe, c => `\\u{${c.charCodeAt(0).toString(16)}}`);

/** The same for text of several lines: line feeds and tabs stay. */
export const printableLines = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(unsafe, c => c === '\n' || c === '\t' ? c : printable(c));
