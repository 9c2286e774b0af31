import { addressOf } from '../route.ts';

/** The parts of a page, each with an address of its own. */
export const Tabs = ({ page, parts, shown, label }: { page: string; parts: [name: string, label: string][]; shown: string; label: string }) => (
  <nav class="tabs" aria-label={label}>
    {parts.map(([name, text]) => <a key={name} href={addressOf(page, '/' + name)} aria-current={name === shown ? 'page' : undefined}>{text}</a>)}
  </nav>
);
