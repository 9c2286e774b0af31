import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal, type ITheme } from '@xterm/xterm';
import type { Refusal } from '../api/http.ts';
import { isDark } from '../theme.ts';
import { t } from '../text/index.ts';
import { printable } from '../ui/printable.ts';
import { bytes } from '../ui/format.ts';
import { JobSession, type Begin, type Ended } from './session.ts';
import { adaptStyles } from './styles.ts';

// This module and xterm are fetched when the first terminal is opened.

export interface ScreenEvents {
  started(job: string): void;
  title(title: string): void;
  ended(how: Ended | Refusal): void;
  up(reason: Refusal | undefined): void;
}

// What the shells are called, in this order: a comfortable one, and the one that POSIX promises.
const shells = ['bash', 'sh'];

/** What a program ends with that is not there. */
const notFound = 127;

const dark: ITheme = {
  background: '#14181c', foreground: '#d8dee4', cursor: '#d8dee4', selectionBackground: '#3a5a72',
  black: '#1c2126', red: '#f07178', green: '#9fc56b', yellow: '#e5b567', blue: '#6cb0f2', magenta: '#c594e8', cyan: '#56c4cf', white: '#d8dee4',
  brightBlack: '#66717c', brightRed: '#ff8f95', brightGreen: '#b9dd88', brightYellow: '#f5cb84', brightBlue: '#8cc5ff', brightMagenta: '#d9b0f7', brightCyan: '#79dbe5', brightWhite: '#ffffff',
};

const light: ITheme = {
  background: '#ffffff', foreground: '#1f2529', cursor: '#1f2529', selectionBackground: '#b8d8ec',
  black: '#1f2529', red: '#b3202b', green: '#3b6e16', yellow: '#8a5a00', blue: '#1a5fb4', magenta: '#8331a7', cyan: '#0b6b76', white: '#c9d0d6',
  brightBlack: '#67727c', brightRed: '#c9303c', brightGreen: '#4b8420', brightYellow: '#a06a00', brightBlue: '#2a72cc', brightMagenta: '#9846bd', brightCyan: '#147f8b', brightWhite: '#8a949d',
};

export class Screen {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #size: ResizeObserver;
  #session: JobSession | undefined;
  #hasTyped = false;

  constructor(place: HTMLElement, private readonly events: ScreenEvents) {
    adaptStyles();
    this.#terminal = new Terminal({
      allowProposedApi: false, cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches, fontSize: 14, lineHeight: 1.15,
      fontFamily: 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace',
      scrollback: 10_000, theme: isDark() ? dark : light, minimumContrastRatio: 3, screenReaderMode: false,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(place);
    this.#terminal.attachCustomKeyEventHandler(event => this.#key(event));
    this.#terminal.onData(text => { this.#hasTyped = true; this.#session?.type(text); });
    this.#terminal.onBinary(text => this.#session?.typeBinary(text));
    this.#terminal.onTitleChange(title => events.title(title));
    this.#terminal.onResize(({ rows, cols }) => this.#session?.resize({ rows, columns: cols }));
    this.#size = new ResizeObserver(() => this.fit());
    this.#size.observe(place);
    this.fit();
  }

  fit(): void {
    // A hidden tab has no size, and a program must not be told of one row.
    if (this.#terminal.element?.offsetParent) this.#fit.fit();
  }

  /** The same terminal in another place of the page. */
  moveTo(place: HTMLElement): void {
    if (this.#terminal.element) place.append(this.#terminal.element);
    this.#size.disconnect();
    this.#size.observe(place);
    this.fit();
  }

  focus(): void { this.#terminal.focus(); }

  themed(): void { this.#terminal.options.theme = isDark() ? dark : light; }

  get selection(): string { return this.#terminal.getSelection(); }

  paste(text: string): void { this.#terminal.paste(text); this.focus(); }

  signal(name: string): void { this.#session?.signal(name); }

  openShell(): void { this.#run(0); }

  attach(job: string): void { this.#begin({ attach: job }); }

  dispose(): void {
    this.#size.disconnect();
    this.#session?.leave();
    this.#terminal.dispose();
  }

  #run(shell: number): void {
    this.#begin({ run: [shells[shell]!, '-l'] }, how => {
      // 127 is also what a shell ends with that found no program last; but nobody can have typed that who typed nothing.
      const isMissing = how.exit === notFound && !this.#hasTyped && shell + 1 < shells.length;
      if (isMissing) this.#run(shell + 1);
      return isMissing;
    });
  }

  #begin(begin: Begin, handles: (how: Ended) => boolean = () => false): void {
    const terminal = this.#terminal;
    this.#session = new JobSession(begin, { rows: terminal.rows, columns: terminal.cols }, {
      started: (job, hasTerminal) => { terminal.options.convertEol = !hasTerminal; this.events.started(job); },
      output: (bytes, shown) => terminal.write(bytes, shown),
      gap: length => this.#remark(t().terminal.gap(bytes(length))),
      ended: how => {
        if (handles(how)) return;
        this.#remark(told(how));
        this.events.ended(how);
      },
      refused: refusal => { this.#remark(`${refusal.message} ${refusal.hint ?? ''}`); this.events.ended(refusal); },
      up: reason => this.events.up(reason),
    });
    this.#session.start();
  }

  #remark(text: string): void { this.#terminal.write(`\r\n\x1b[0;2m${printable(text)}\x1b[0m\r\n`); }

  /** Copy and paste as in other terminals; Alt and a digit go to the page. @returns whether xterm takes the key */
  #key(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    const copies = (event.ctrlKey && event.shiftKey && event.code === 'KeyC') || (event.metaKey && event.code === 'KeyC') || (event.ctrlKey && event.code === 'Insert');
    if (copies) {
      if (this.selection) void navigator.clipboard.writeText(this.selection).catch(() => undefined);
      event.preventDefault();
      return false;
    }
    if ((event.ctrlKey && event.shiftKey && event.code === 'KeyV') || (event.metaKey && event.code === 'KeyV')) {
      // The browser's own paste comes to xterm's text field, without asking for a permission.
      return false;
    }
    return true;
  }
}

function told(how: Ended): string {
  const w = t().terminal;
  if (how.state === 'running') return w.left;
  if (how.state === 'lost') return w.lost;
  return w.ended(how.exit ?? 0, how.reason);
}
