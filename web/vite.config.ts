import { defineConfig } from 'vite';
import { compress } from './dev/compress.ts';

// During development the page is served by Vite and its requests go to a server, by default the one on the usual port.
const server = process.env.SWITCHBOARD_URL ?? 'https://127.0.0.1:9527';

const proxy = { '/api': { target: server, secure: false, ws: true, changeOrigin: true, headers: { origin: server } } };

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
  + "frame-src 'self' blob:; object-src 'none'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; require-trusted-types-for 'script'";

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
  server: { proxy },
  // Built, and with the server's own policy.
  preview: { proxy, headers: { 'Content-Security-Policy': policy } },
});
