// Small things this browser keeps. Where it keeps nothing (a private window of some browsers), they last as long as the page.

const fallback = new Map<string, string>();

export function keep(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem('switchboard.' + name);
    else localStorage.setItem('switchboard.' + name, value);
  } catch {
    if (value === undefined) fallback.delete(name);
    else fallback.set(name, value);
  }
}

export function kept(name: string): string | undefined {
  try {
    return localStorage.getItem('switchboard.' + name) ?? undefined;
  } catch {
    return fallback.get(name);
  }
}

/** Random text of visible characters that are safe in every field of the protocol. */
export function random(bytes = 16): string {
  const raw = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...raw)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
