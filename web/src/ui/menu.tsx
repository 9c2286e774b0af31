import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { focusAgain } from './dialog.tsx';
import { Icon, type IconName } from './icons.tsx';

export interface MenuItem { label: string; icon?: IconName; keys?: string; danger?: boolean; run: () => void }
interface Open { x: number; y: number; label: string; items: MenuItem[]; before: Element | null }

const open = signal<Open | undefined>(undefined);

export function showMenu(x: number, y: number, label: string, items: (MenuItem | false | undefined)[]): void {
  open.value = { x, y, label, items: items.filter(item => !!item), before: document.activeElement };
}

/** The menu of a button, beneath it. */
export function showMenuAt(button: Element, label: string, items: (MenuItem | false | undefined)[]): void {
  const place = button.getBoundingClientRect();
  showMenu(place.left, place.bottom + 4, label, items);
}

export function Menus() {
  const shown = open.value;
  const element = useRef<HTMLDivElement>(null);
  const close = (): void => {
    const before = open.value?.before;
    open.value = undefined;
    if (before) focusAgain(before);
  };
  useLayoutEffect(() => {
    const menu = element.current;
    if (!shown || !menu) return;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = Math.max(4, Math.min(shown.x, innerWidth - width - 4)) + 'px';
    menu.style.top = Math.max(4, Math.min(shown.y, innerHeight - height - 4)) + 'px';
    menu.querySelector('button')?.focus();
  }, [shown]);
  useEffect(() => {
    if (!shown) return;
    const away = (event: Event): void => { if (!element.current?.contains(event.target as Node)) open.value = undefined; };
    addEventListener('pointerdown', away, true);
    addEventListener('resize', close);
    return () => { removeEventListener('pointerdown', away, true); removeEventListener('resize', close); };
  }, [shown]);
  if (!shown) return null;
  const keys = (event: KeyboardEvent): void => {
    const buttons = [...element.current!.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (to === undefined) return;
    else buttons[(to + buttons.length) % buttons.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={element} class="menu" role="menu" aria-label={shown.label} onKeyDown={keys}>
      {shown.items.map(item => (
        <button key={item.label} role="menuitem" class={item.danger ? 'bad' : ''} onClick={() => { close(); item.run(); }}>
          {item.icon && <Icon name={item.icon} size={18} />}<span class="grow">{item.label}</span>{item.keys && <kbd>{item.keys}</kbd>}
        </button>
      ))}
    </div>
  );
}
