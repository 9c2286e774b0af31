// Paths from the home: "/" is the home itself, all others begin with a slash and end without one.

export const join = (folder: string, name: string): string => folder === '/' ? '/' + name : folder + '/' + name;

export const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `/a/b` as [`/`, `/a`, `/a/b`]. */
export function steps(path: string): string[] {
  const found = ['/'];
  for (const name of path.split('/').filter(part => part)) found.push(join(found[found.length - 1]!, name));
  return found;
}
