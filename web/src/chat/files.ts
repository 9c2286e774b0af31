import { ask } from '../api/requests.ts';
import { asRefusal, Refusal } from '../api/http.ts';
import { Line, refusalOf } from '../api/line.ts';
import { files } from '../api/client.ts';
import type { Message } from '../api/types.ts';
import { add } from '../files/transfers/queue.ts';
import type { Found } from '../files/drop.ts';
import { t } from '../text/index.ts';
import { join, nameOf } from '../ui/path.ts';
import { random } from '../ui/store.ts';
import { complain } from '../ui/toast.tsx';
import { bytes } from '../ui/format.ts';

/** Where files for rooms lie in the home; the terminal puts them there too. */
const folder = '/chat';

// What is fetched over the live line is held in memory until it is whole.
const mostInMemory = 256 * 1_048_576;

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

/** Fetches the file of a message, whoever's home it lies in. */
export async function fetchFile(message: Message, tell: (part: number) => void): Promise<void> {
  const size = message.bytes ?? 0;
  if (size > mostInMemory) throw new Refusal('over_limit', t().chat.tooLarge(bytes(size)), t().chat.tooLargeHint(message.number));
  const blob = await get(message, tell);
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = message.text;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function get(message: Message, tell: (part: number) => void): Promise<Blob> {
  const line = new Line(false);
  return new Promise<Blob>((resolve, reject) => {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let held = 0;
    line.onClosed = reject;
    line.onFrame = ({ header, payload }) => {
      if (header.type === 'error') return reject(refusalOf(header));
      if (header.type === 'ok') return resolve(new Blob(parts, { type: 'application/octet-stream' }));
      if (payload.length > 0) {
        // A view into a larger piece would keep the whole piece.
        parts.push(payload.slice());
        held += payload.length;
        tell(message.bytes ? held / message.bytes : 0);
      }
    };
    line.opened.then(() => line.send({ type: 'get', id: 1, path: '/', room: message.room, number: message.number }), error => reject(asRefusal(error)));
  }).finally(() => line.close());
}
