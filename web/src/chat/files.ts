import { ask } from '../api/requests.ts';
import { files } from '../api/client.ts';
import { add } from '../files/transfers/queue.ts';
import type { Found } from '../files/drop.ts';
import { join, nameOf } from '../ui/path.ts';
import { random } from '../ui/store.ts';
import { complain } from '../ui/toast.tsx';

/** Where files for rooms lie in the home; the terminal puts them there too. */
const folder = '/chat';

export async function sendFiles(room: string, found: Found): Promise<void> {
  try {
    await files.makeFolder(folder, true);
    add(found.files.map(({ path, file, handle }) => ({
      path: join(folder, nameOf('/' + path)), file, handle, ifExists: 'keep-both',
      onDone: stored => void ask({ type: 'room-send', room, path: stored, key: random() }).catch(complain),
    })));
  } catch (error) {
    complain(error);
  }
}
