import { defineConfig } from 'vite';
import { compress } from './dev/compress.ts';

// During development the page is served by Vite and its requests go to a server, by default the one on the usual port.
const server = process.env.SWITCHBOARD_URL ?? 'https://127.0.0.1:9527';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // An inlined picture or font would be a data: address, which the policy of the page refuses in style sheets.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  plugins: [compress()],
  server: { proxy: { '/api': { target: server, secure: false, ws: true, headers: { origin: server } } } },
});
