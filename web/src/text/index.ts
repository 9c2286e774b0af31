import { signal } from '@preact/signals';
import { en } from './en.ts';
import { zh } from './zh.ts';

export type Language = 'en' | 'zh';
export type Texts = typeof en;

const stored = 'switchboard.language';

const ofBrowser = (): Language => (globalThis.navigator?.languages ?? []).find(tag => /^(en|zh)\b/i.test(tag))?.slice(0, 2).toLowerCase() === 'zh' ? 'zh' : 'en';

const chosen = (): Language | undefined => {
  const value = globalThis.localStorage?.getItem(stored);
  return value === 'en' || value === 'zh' ? value : undefined;
};

export const language = signal<Language>(chosen() ?? ofBrowser());

export function chooseLanguage(value: Language): void {
  localStorage.setItem(stored, value);
  language.value = value;
}

/** Every sentence of the page, in the person's language. */
export const t = (): Texts => language.value === 'zh' ? zh : en;

export const languageTag = (): string => language.value === 'zh' ? 'zh-CN' : 'en';
