const isWord = (letter: string | undefined): boolean => letter !== undefined && /[\p{L}\p{Nd}]/u.test(letter);

/** A text names somebody: the name stands by itself, in whatever capitals. */
export function isNamed(text: string, name: string): boolean {
  const there = text.toLowerCase(), wanted = name.toLowerCase();
  for (let at = there.indexOf(wanted); at >= 0; at = there.indexOf(wanted, at + 1)) {
    if (!isWord(there[at - 1]) && !isWord(there[at + wanted.length])) return true;
  }
  return false;
}

/** What completes the word before the caret, `@` or not, to one of the names; undefined where none or several fit. */
export function completed(text: string, caret: number, names: Iterable<string>): { text: string; caret: number } | undefined {
  const match = /(@?)([^\s@]+)$/.exec(text.slice(0, caret));
  if (!match) return undefined;
  const fits = [...names].filter(name => name.toLowerCase().startsWith(match[2]!.toLowerCase()));
  if (fits.length !== 1) return undefined;
  const start = caret - match[2]!.length;
  const word = fits[0]! + (start - match[1]!.length === 0 ? ': ' : ' ');
  return { text: text.slice(0, start) + word + text.slice(caret), caret: start + word.length };
}
