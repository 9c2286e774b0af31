// Digests of a file's leaves, compared with those the server computed of what it keeps. Runs as a worker: a gigabyte takes seconds.

export interface Question { file: File; leaf: number; offset: number; leaves: string[] }

/** Whether all leaves are the same; how far the comparison is while it runs; or that the file cannot be read any more. */
export type Answer = { proved: boolean } | { compared: number } | { unreadable: true };

export async function prove({ file, leaf, offset, leaves }: Question, tell: (compared: number) => void): Promise<boolean> {
  if (leaves.length !== Math.ceil(offset / leaf) || offset > file.size) return false;
  for (let index = 0; index < leaves.length; index++) {
    const end = Math.min(offset, (index + 1) * leaf);
    const digest = await crypto.subtle.digest('SHA-256', await file.slice(index * leaf, end).arrayBuffer());
    if (hex(digest) !== leaves[index]) return false;
    tell(end);
  }
  return true;
}

export const hex = (bytes: ArrayBuffer): string => Array.from(new Uint8Array(bytes), byte => byte.toString(16).padStart(2, '0')).join('');
