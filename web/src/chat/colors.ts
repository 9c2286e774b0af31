// A colour for each person: the same places as in the terminal (NameColors), from the name, and another one only where somebody has it already.
const palette = [33, 166, 35, 161, 98, 37, 136, 125, 64, 69, 170, 173, 29, 131, 63, 142, 133, 31, 203, 72, 178, 99, 107, 168];

const places = new Map<string, number>();
const taken = new Set<number>();

// FNV-1a over UTF-16 units.
export function hash(name: string): number {
  let value = 2_166_136_261;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 16_777_619) >>> 0;
  return value;
}

export function placeOf(name: string): number {
  let place = places.get(name);
  if (place === undefined) {
    place = hash(name) % palette.length;
    for (let tried = 0; tried < palette.length && taken.has(place); tried++) place = (place + 1) % palette.length;
    places.set(name, place);
    taken.add(place);
  }
  return place;
}

/** One of xterm's 256 colours from its cube, as hue and saturation; the lightness is the theme's, so that it is readable on both. */
export function hueOf(color: number): { hue: number; saturation: number } {
  const level = (step: number): number => step === 0 ? 0 : (55 + 40 * step) / 255;
  const cube = color - 16;
  const [r, g, b] = [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)] as const;
  const most = Math.max(r, g, b), least = Math.min(r, g, b), span = most - least;
  const hue = span === 0 ? 0 : most === r ? (g - b) / span % 6 : most === g ? (b - r) / span + 2 : (r - g) / span + 4;
  const light = (most + least) / 2;
  return { hue: Math.round((hue * 60 + 360) % 360), saturation: Math.round(span === 0 ? 0 : span / (1 - Math.abs(2 * light - 1)) * 100) };
}

/** For an element's style: what `.person` makes a colour of. */
export function colorStyle(name: string): Record<string, string> {
  const { hue, saturation } = hueOf(palette[placeOf(name)]!);
  return { '--hue': String(hue), '--saturation': `${Math.min(saturation, 75)}%` };
}
