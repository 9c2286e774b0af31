// The queue as this browser keeps it in IndexedDB, so that it outlives the page. Where there is none, it does not.

export interface KeptTransfer {
  key: string;
  /** Whose queue it is in: an account's, or a link's (`share ID`). */
  account: string;
  path: string;
  size: number;
  modified: number;
  ifExists: string;
  handle?: FileSystemFileHandle;
  address?: string;
}

const name = 'switchboard', table = 'transfers';

let opening: Promise<IDBDatabase | undefined> | undefined;

function database(): Promise<IDBDatabase | undefined> {
  return opening ??= new Promise(resolve => {
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(table, { keyPath: 'key' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
}

async function change(work: (store: IDBObjectStore) => void): Promise<void> {
  const opened = await database();
  if (!opened) return;
  await new Promise<void>(resolve => {
    try {
      const transaction = opened.transaction(table, 'readwrite', { durability: 'relaxed' });
      transaction.oncomplete = transaction.onerror = transaction.onabort = () => resolve();
      work(transaction.objectStore(table));
    } catch {
      resolve();
    }
  });
}

export const keepTransfers = (records: KeptTransfer[]): Promise<void> => change(store => { for (const record of records) store.put(record); });

export const forgetTransfers = (keys: string[]): Promise<void> => change(store => { for (const key of keys) store.delete(key); });

export async function keptTransfers(account: string): Promise<KeptTransfer[]> {
  const opened = await database();
  if (!opened) return [];
  return await new Promise(resolve => {
    const request = opened.transaction(table).objectStore(table).getAll();
    request.onsuccess = () => resolve((request.result as KeptTransfer[]).filter(record => record.account === account));
    request.onerror = () => resolve([]);
  });
}
