// Bundles the unit tests as the page is bundled, and runs them with node's own runner.
import { spawnSync } from 'node:child_process';
import { globSync } from 'tinyglobby';
import { build } from 'vite';

const root = new URL('..', import.meta.url).pathname;
const out = root + 'node_modules/.tests';
await build({
  root, logLevel: 'warn', configFile: false,
  build: { outDir: out, emptyOutDir: true, ssr: true, target: 'node20', rollupOptions: { input: globSync('src/**/*.test.ts', { cwd: root, absolute: true }) } },
});
process.exit(spawnSync(process.execPath, ['--test', out], { stdio: 'inherit' }).status ?? 1);
