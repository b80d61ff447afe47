/** How a test reports that this machine lacks what it needs: one rule for Node's runner and for Playwright. */

/** Why a test is skipped, for `t.skip` and `test.skip`. Under CI nothing may be lacking: there it fails instead. */
export function lack(what) {
  if (process.env.CI) throw new Error(`this machine lacks ${what}, and under CI every test has to run`);
  return `this machine lacks ${what}`;
}
