import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Where `sightline-agent serve` listens; `npm run dev` shows the machine it runs on. */
const AGENT = 'http://127.0.0.1:7444';

/** Tests that leave nothing behind in their modules: those outside `src/state` and `src/link`, but for components. */
const FUNCTIONS = 'src/{chart,parts,text,views,wire}/**/!(*.svelte).test.ts';

/** Fails a build that contains a file of `src/demo` or `src/testing`: neither is part of the product. */
const shipsNoDemo: Plugin = {
  name: 'ships-no-demo',
  apply: 'build',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
    const strays = chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => /\/src\/(demo|testing)\//.test(id));
    if (strays.length > 0) this.error(`in the bundle, but only for development and tests: ${strays.join(', ')}`);
  },
};

export default defineConfig({
  // The page is served from the agent's root and from the window's own scheme: every path is relative.
  base: './',
  plugins: [svelte(), shipsNoDemo],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome125', 'safari18'],
    modulePreload: { polyfill: false },
    // A data: URI in a style sheet would need more than `img-src 'self'`; small files stay files.
    assetsInlineLimit: 0,
    // The protocol console is a page of its own: who watches a machine never loads it.
    rolldownOptions: { input: ['index.html', 'console.html'] },
  },
  server: {
    port: 5173,
    strictPort: true,
    // The agent lets in its own origin only.
    proxy: { '^/(api|ws)(/|$|\\?)': { target: AGENT, ws: true, changeOrigin: true, rewriteWsOrigin: true }, '/health': AGENT },
  },
  test: {
    environment: './vitest-plain.ts',
    pool: 'threads',
    // Ends what hangs; a busy machine is no reason to fail.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      // Their files share a thread, whose start takes longer than they do.
      { extends: true, test: { name: 'functions', include: [FUNCTIONS], isolate: false } },
      { extends: true, test: { name: 'page', include: ['src/**/*.test.ts'], exclude: [FUNCTIONS] } },
    ],
  },
  // Vitest would take the server build of Svelte otherwise.
  ...(process.env['VITEST'] ? { resolve: { conditions: ['browser'] } } : {}),
});
