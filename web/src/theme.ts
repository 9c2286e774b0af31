import { effect, signal } from '@preact/signals';
import { languageTag } from './text/index.ts';
import { keep, kept } from './ui/store.ts';

export type Theme = 'system' | 'light' | 'dark';

const stored = kept('theme');

export const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system');

export function chooseTheme(value: Theme): void {
  keep('theme', value === 'system' ? undefined : value);
  theme.value = value;
}

const system = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(system.matches);
system.addEventListener('change', () => { systemIsDark.value = system.matches; });

/** What is shown now, for what style sheets do not reach. */
export const isDark = (): boolean => theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value);

export function followPreferences(): void {
  effect(() => {
    const root = document.documentElement;
    if (theme.value === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme.value;
  });
  effect(() => { document.documentElement.lang = languageTag(); });
}
