import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Direction: wire ← link ← state ← views ← App; parts, chart, text are leaves. Nothing of the product imports demo (but `link/open.ts`, in development) or testing (but tests). */
const layer = (target, ...from) => ({
  target: `./src/${target}`,
  from: from.map((folder) => `./src/${folder}`),
  message: `${target}/ may not import this: wire ← link ← state ← views ← App; parts, chart, text are leaves.`,
});
/** The folders of `state`, lowest first: each imports those before it. Folders of one row do not know each other. */
const STATE = [['page', 'history', 'console'], ['machines'], ['time', 'pairing', 'sharing', 'connections'], ['processes']];
const stateZones = STATE.flatMap((row, index) => {
  const rest = STATE.slice(index).flat();
  return row.filter(() => rest.length > 1).map((folder) => ({
    target: `./src/state/${folder}`,
    from: rest.filter((other) => other !== folder).map((other) => `./src/state/${other}`),
    message: `state/${folder}/ may not import this: page, history, console ← machines ← time, pairing, sharing, connections ← processes.`,
  }));
});
const APP = ['App.svelte', 'main.ts', 'console.ts'];
const NOT_SHIPPED = ['demo', 'testing'].map((folder) => `./src/${folder}`);
const layers = [
  layer('wire', 'link', 'state', 'views', 'parts', 'chart', 'text', ...APP),
  layer('link', 'state', 'views', 'parts', 'chart', ...APP),
  layer('state', 'views', 'parts', 'chart', ...APP),
  layer('views', 'link', ...APP),
  layer('parts', 'link', 'state', 'views', ...APP),
  layer('chart', 'link', 'state', 'views', 'parts', ...APP),
  layer('text', 'link', 'state', 'views', 'parts', 'chart', ...APP),
  layer('demo', 'state', 'views', 'parts', 'chart', ...APP),
  layer('testing', 'state', 'views', 'parts', 'chart', 'demo', ...APP),
  ...stateZones,
];
const shipped = ['wire', 'link', 'state', 'views', 'parts', 'chart', 'text', ...APP].map((target) => ({
  target: `./src/${target}`,
  from: NOT_SHIPPED,
  message: 'src/demo and src/testing are not part of the product.',
}));

export default ts.config(
  { ignores: ['dist/', 'test-results/', 'playwright-report/', 'src/wire/wire.ts', 'src/wire/contract.ts', 'src/wire/validators.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })] },
    rules: {
      'no-undef': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones: [...layers, ...shipped] }],
      'no-restricted-imports': ['error', { patterns: [{ group: ['@tauri-apps/*'], message: 'Only link/tauri.ts knows Tauri.' }, { group: ['uplot', 'uplot/*'], message: 'Only chart/Chart.svelte names uPlot.' }] }],
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Text from a machine is rendered as text.' }],
      'svelte/no-at-html-tags': 'error',
      'no-restricted-syntax': ['error', { selector: "SvelteAttribute[key.name='style']", message: 'A style attribute in markup breaks the content policy; `style:` directives do not.' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    // Snapshots are replaced whole ($state.raw): a Map inside one never changes.
    rules: { 'prefer-const': 'off', 'svelte/prefer-svelte-reactivity': 'off' },
  },
  { files: ['src/**/*.test.ts', 'src/link/open.ts'], rules: { 'import-x/no-restricted-paths': ['error', { zones: layers }] } },
  { files: ['src/link/tauri.ts', 'src/chart/Chart.svelte'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['*.ts', '*.js', 'e2e/**'], languageOptions: { globals: globals.node }, rules: { 'no-console': 'off' } },
);
