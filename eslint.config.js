import { readFileSync } from 'node:fs';

import js from '@eslint/js';
import compat from 'eslint-plugin-compat';
import unsanitized from 'eslint-plugin-no-unsanitized';
import globals from 'globals';

// The words that the build replaces are declared once, for tsc; here they are read from there.
const declared = readFileSync(new URL('tests/tools/placeholders.d.ts', import.meta.url), 'utf8');
const placeholders = Object.fromEntries([...declared.matchAll(/const (__[A-Z_]+__)/g)].map((word) => [word[1], 'readonly']));

// Modules in folders are joined with others (server/site/scripts.py): what one declares at its top hides a global of
// that name from all of them.
const hiding = `[id.name=/^(${Object.keys({ ...globals.browser, ...globals.serviceworker }).join('|')})$/]`;
const top = ':matches(Program, ExportNamedDeclaration)';
const noHiding = {
  selector: `${top} > :matches(FunctionDeclaration, ClassDeclaration)${hiding}, ${top} > VariableDeclaration > VariableDeclarator${hiding}`,
  message: 'This hides a global in every script that the module is joined with.',
};
// ES2020 has import(), which every browser of ours knows; Chromium 78 knows none of the rest of it.
const tooNew = [
  'ChainExpression',
  "LogicalExpression[operator='??']",
  'Literal[bigint]',
  'ExportAllDeclaration[exported]',
  'MetaProperty',
];

export default [
  { ...js.configs.recommended, files: ['web/**/*.js'] },
  { ...compat.configs['flat/recommended'], files: ['web/**/*.js'] },
  {
    files: ['web/**/*.js'],
    // The browsers are those of `browserslist` in package.json: the plugin reads them nowhere else.
    settings: { lintAllEsApis: true },
    plugins: { unsanitized },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { ecmaVersion: 2020, sourceType: 'module', globals: placeholders },
    rules: {
      'compat/compat': 'error',
      'no-empty': ['error', { allowEmptyCatch: true }],
      'no-unused-vars': ['error', { caughtErrors: 'none' }],
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...tooNew, noHiding],
      'unsanitized/method': 'error',
      'unsanitized/property': 'error',
    },
  },
  { files: ['web/scripts/**/*.js'], languageOptions: { globals: globals.browser } },
  { files: ['web/worker/**/*.js'], languageOptions: { globals: globals.serviceworker } },
];
