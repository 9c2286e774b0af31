import { signal } from '@preact/signals';

// What is shown stands behind the "#": the server is never asked for it, and "back" works.

export interface Route { page: string; rest: string }

function read(): Route {
  const parts = location.hash.replace(/^#\/?/, '');
  const slash = parts.indexOf('/');
  const rest = slash < 0 ? '' : parts.slice(slash);
  return { page: slash < 0 ? parts : parts.slice(0, slash), rest: decoded(rest) };
}

function decoded(text: string): string {
  try {
    return text.split('/').map(decodeURIComponent).join('/');
  } catch {
    return '/';
  }
}

export const route = signal<Route>(read());

export const addressOf = (page: string, rest = ''): string => `#/${page}${rest.split('/').map(encodeURIComponent).join('/')}`;

export function go(page: string, rest = '', replace = false): void {
  const address = addressOf(page, rest);
  if (replace) {
    history.replaceState(null, '', address);
    route.value = read();
  } else {
    location.hash = address;
  }
}

addEventListener('hashchange', () => { route.value = read(); });
