// Pictures of 20 by 20, drawn for this page.
const shapes = {
  folder: 'M2.500 5.500a1 1 0 0 1 1-1h4l2 2h7a1 1 0 0 1 1 1v7.500a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1z',
  file: 'M5 2.500h6l4 4v11H5zM11 2.500v4h4',
  image: 'M3 4h14v12H3zM3 13.500l4-4 4 4 2.500-2.500 3.500 3.500M13.500 7.500h.01',
  film: 'M3 4.500h14v11H3zM8 7.500v5l4-2.500z',
  sound: 'M7 14.500V5l9-1.500v9.500M7 14.500a2 2 0 1 1-2-2 2 2 0 0 1 2 2zM16 13a2 2 0 1 1-2-2 2 2 0 0 1 2 2z',
  text: 'M5 2.500h6l4 4v11H5zM11 2.500v4h4M7.500 10h5M7.500 12.500h5M7.500 15h3',
  archive: 'M3 3.500h14v4H3zM4 7.500v9h12v-9M8 10.500h4',
  link: 'M8.500 11.500a3 3 0 0 0 4.300 0l2.800-2.800a3 3 0 0 0-4.300-4.300l-1.100 1.100M11.500 8.500a3 3 0 0 0-4.300 0l-2.800 2.800a3 3 0 0 0 4.300 4.300l1.100-1.100',
  chat: 'M3 4.500h14v9H9l-4 3.500v-3.500H3z',
  terminal: 'M2.500 4h15v12h-15zM5.500 8l2.500 2-2.500 2M9.500 12.500h4',
  people: 'M7.500 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.500c0-3 2.500-4.500 5.500-4.500s5.500 1.500 5.500 4.500M13 9.500a2.600 2.600 0 0 0 0-5.200M15 12.500c2 .6 3 2 3 4',
  person: 'M10 9.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM3.500 17c0-3.500 3-5 6.500-5s6.500 1.500 6.500 5',
  up: 'M10 16V4.500M5 9l5-5 5 5',
  back: 'M16 10H4.500M9 5l-5 5 5 5',
  upload: 'M10 13V3.500M6 7l4-4 4 4M3 13v3.500h14V13',
  download: 'M10 3v9.500M6 9l4 4 4-4M3 13v3.500h14V13',
  add: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5L5 15',
  check: 'M4 10.500l4 4 8-9',
  more: 'M4 10a.6.6 0 1 0 1.200 0 .6.6 0 1 0-1.200 0M9.400 10a.6.6 0 1 0 1.200 0 .6.6 0 1 0-1.200 0M14.800 10a.6.6 0 1 0 1.200 0 .6.6 0 1 0-1.200 0',
  search: 'M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM13 13l4 4',
  list: 'M3 5h14M3 10h14M3 15h14',
  grid: 'M3.500 3.500h5v5h-5zM11.500 3.500h5v5h-5zM3.500 11.500h5v5h-5zM11.500 11.500h5v5h-5z',
  bin: 'M4 5.500h12M8 5.500v-2h4v2M5.500 5.500l.8 11h7.400l.8-11M8.500 8.500v5M11.500 8.500v5',
  edit: 'M4 16l.8-3.500L13 4.300l2.700 2.700-8.200 8.200z',
  move: 'M2.500 5.500a1 1 0 0 1 1-1h4l2 2h7a1 1 0 0 1 1 1v7.500a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1zM7 11.500h6M10.500 9l2.500 2.500-2.500 2.500',
  share: 'M14.500 7a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM5.500 12.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM14.500 17.400a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM7.500 9l5-3M7.500 11l5 3',
  pause: 'M7 4.500v11M13 4.500v11',
  play: 'M6 4l9.500 6L6 16z',
  again: 'M15.500 8A6 6 0 1 0 16 11M16 4v4h-4',
  undo: 'M4 8.500h8a4 4 0 0 1 0 8H8M7.500 5L4 8.500 7.500 12',
  send: 'M3 10l14-6.500L13.500 17l-3.500-5.500zM10 11.500l3-3',
  clip: 'M15.500 9.500l-5.800 5.800a3.500 3.500 0 0 1-5-5l6.200-6.200a2.400 2.400 0 0 1 3.400 3.400l-6 6a1.200 1.200 0 0 1-1.700-1.700l5.300-5.300',
  bell: 'M5 14V9a5 5 0 0 1 10 0v5l1.500 1.500h-13zM8.500 17.500h3',
  key: 'M12.500 11a4 4 0 1 0-3.800-2.700L3 14v3h3v-2h2v-2l1.300-1.300a4 4 0 0 0 3.200-.7zM13.500 6.500h.01',
  out: 'M8 3.500H3.500v13H8M8 10h9M13.500 6.500L17 10l-3.500 3.500',
  flask: 'M8 3h4M8.500 3v5L4 15.500a1 1 0 0 0 .9 1.500h10.200a1 1 0 0 0 .9-1.500L11.500 8V3M6.500 12h7',
  help: 'M7 7.500a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.100-1.500 2.400M10 15.500h.01',
  warn: 'M10 3L2.500 16.500h15zM10 8v4M10 14.300h.01',
  lock: 'M4.500 9h11v8h-11zM6.500 9V6.500a3.500 3.500 0 0 1 7 0V9',
  chevron: 'M7.500 5l5 5-5 5',
  eye: 'M1.800 10S5 4.500 10 4.500 18.200 10 18.200 10 15 15.500 10 15.500 1.800 10 1.800 10zM10 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  copy: 'M7 7h10v10H7zM13 7V3H3v10h4',
} as const;

export type IconName = keyof typeof shapes;

export const Icon = ({ name, size = 20 }: { name: IconName; size?: number }) => (
  <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d={shapes[name]} />
  </svg>
);

const kinds: [RegExp, IconName][] = [
  [/^(png|jpe?g|gif|webp|avif|bmp|svg|ico|heic|tiff?)$/, 'image'],
  [/^(mp4|m4v|mkv|webm|mov|avi|ogv)$/, 'film'],
  [/^(mp3|m4a|ogg|oga|opus|flac|wav|aac)$/, 'sound'],
  [/^(zip|tar|gz|xz|bz2|zst|7z|rar|tgz|jar|deb|rpm|iso)$/, 'archive'],
  [/^(txt|md|log|csv|json|xml|ya?ml|toml|ini|conf|html?|css|js|ts|tsx|cs|c|h|cpp|rs|go|py|sh|java|rb|php|sql|tex|pdf|docx?|odt)$/, 'text'],
];

/** The picture for an entry of a folder. */
export function iconOf(type: string, extension: string): IconName {
  if (type === 'folder') return 'folder';
  if (type === 'link') return 'link';
  return kinds.find(([pattern]) => pattern.test(extension))?.[1] ?? 'file';
}
