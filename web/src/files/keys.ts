import { go } from '../route.ts';
import { t } from '../text/index.ts';
import { showMenu } from '../ui/menu.tsx';
import { nameOf, parent } from '../ui/path.ts';
import { menuFor, makeFolder, open, remove, removeForever, rename } from './actions.tsx';
import { anchor, cursor, expect, folder, select, selected, selectRange, shown, toggle } from './store.ts';
import { pickFiles } from './transfers/enqueue.tsx';

// Letters typed within this time belong to one name.
const typingPause = 800;

let typed = '', typedAt = 0;

/** The keys of a list of entries; those of a desktop's file manager. */
export function listKeys(event: KeyboardEvent, columns: number, page: number): void {
  const entry = shown.value[cursor.value];
  const chosen = selected.value.length > 0 ? selected.value : entry ? [entry] : [];
  const command = event.ctrlKey || event.metaKey;
  const handled = ((): boolean => {
    switch (event.key) {
      case 'ArrowDown': return moveTo(cursor.value + columns, event);
      case 'ArrowUp': return event.altKey ? up() : moveTo(cursor.value - columns, event);
      case 'ArrowRight': return columns > 1 && moveTo(cursor.value + 1, event);
      case 'ArrowLeft': return columns > 1 && moveTo(cursor.value - 1, event);
      case 'PageDown': return moveTo(cursor.value + page * columns, event);
      case 'PageUp': return moveTo(cursor.value - page * columns, event);
      case 'Home': return moveTo(0, event);
      case 'End': return moveTo(shown.value.length - 1, event);
      case 'Enter': return !!entry && (open(entry), true);
      case 'Backspace': return up();
      case ' ': return !!entry && !isTyping() && (toggle(entry.path), anchor.value = cursor.value, true);
      case 'F2': return !!entry && (rename(entry), true);
      case 'Delete': return void (event.shiftKey ? removeForever(chosen) : remove(chosen)), true;
      case 'Escape': return select([]), true;
      case '/': return document.getElementById('search')?.focus(), true;
      case 'ContextMenu': return menu();
      case 'F10': return event.shiftKey && menu();
      case 'a': case 'A': if (command) return select(shown.value.map(one => one.path)), true; break;
      case 'n': case 'N': if (event.altKey) return makeFolder(), true; break;
      case 'u': case 'U': if (event.altKey) return pickFiles(event.shiftKey), true; break;
    }
    return event.key.length === 1 && event.key !== '?' && !command && !event.altKey && type(event.key);
  })();
  if (handled) event.preventDefault();
}

const isTyping = (): boolean => typed !== '' && Date.now() - typedAt < typingPause;

function moveTo(index: number, event: KeyboardEvent): boolean {
  cursor.value = Math.max(0, Math.min(shown.value.length - 1, index));
  if (event.shiftKey) selectRange();
  else if (!event.ctrlKey && !event.metaKey) {
    anchor.value = cursor.value;
    select(shown.value[cursor.value] ? [shown.value[cursor.value]!.path] : []);
  } else anchor.value = cursor.value;
  return true;
}

function up(): boolean {
  if (folder.value !== '/') {
    expect(nameOf(folder.value));
    go('files', parent(folder.value));
  }
  return true;
}

function menu(): boolean {
  const place = document.getElementById('entry-' + cursor.value)?.getBoundingClientRect();
  const entry = shown.value[cursor.value];
  if (place && entry) showMenu(place.left + 60, place.bottom, t().files.more, menuFor(selected.value.length > 0 ? selected.value : [entry]));
  return true;
}

/** Goes to the next name that begins with what is typed. */
function type(letter: string): boolean {
  typed = isTyping() ? typed + letter : letter;
  typedAt = Date.now();
  const all = shown.value;
  const start = typed.length === 1 ? cursor.value + 1 : cursor.value;
  for (let i = 0; i < all.length; i++) {
    const at = (start + i) % all.length;
    if (all[at]!.path.toLowerCase().startsWith(typed.toLowerCase())) {
      cursor.value = anchor.value = at;
      select([all[at]!.path]);
      break;
    }
  }
  return true;
}
