/** Where tests run that need no document: Node, with modules compiled for browsers, as they are in the page. */
import type { Environment } from 'vitest/runtime';

const environment: Environment = {
  name: 'plain',
  viteEnvironment: 'client',
  setup: () => ({ teardown() {} }),
};
export default environment;
