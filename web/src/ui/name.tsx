import { printable } from './printable.ts';

/** A name that somebody else chose: harmless, and with a direction of its own that does not reach into what stands beside it. */
export const Name = ({ text, class: className }: { text: string; class?: string }) => <bdi class={className} dir="auto">{printable(text)}</bdi>;
