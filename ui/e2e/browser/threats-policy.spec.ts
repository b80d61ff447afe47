/** The content security policy of the page, tried from within the page; and that no answer allows other origins (CORS). */
import { expect, test } from './agent';

/** Reports are what these tests are about. */
const own = test.extend({
  // eslint-disable-next-line no-empty-pattern
  complaints: async ({}, use) => {
    await use([]);
  },
});

for (const path of ['/', '/console', '/api/docs']) {
  own(`injected script does not run, and text is never markup: ${path}`, async ({ page, agent }) => {
    await page.goto(agent.url + path);
    await expect(page.locator('h1, header').first()).toBeVisible();
    const answers = await page.evaluate(async () => {
      // A test's script may evaluate text; one that a timer calls is a script of the page.
      await new Promise((resolve) => setTimeout(resolve));
      const tried: Record<string, string> = {};
      const violated: string[] = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violated.push(effectiveDirective));
      const canary = window as unknown as { ran?: boolean };
      const attempt = async (name: string, act: () => unknown) => {
        try {
          await act();
          tried[name] = canary.ran ? 'ran' : 'quiet';
        } catch (error) {
          tried[name] = (error as Error).name;
        }
        delete canary.ran;
      };
      const loaded = (element: HTMLElement) =>
        new Promise((resolve) => {
          element.addEventListener('load', () => resolve((canary.ran = true)));
          element.addEventListener('error', resolve);
          document.body.append(element);
        });
      const code = 'window.ran = true';
      await attempt('eval', () => (0, eval)(code));
      await attempt('function', () => new Function(code)());
      await attempt('timeout', () => setTimeout(code as unknown as () => void));
      await attempt('innerHTML', () => Reflect.set(document.createElement('div'), 'innerHTML', '<img src=x onerror="window.ran=true">'));
      await attempt('write', () => document.write('<p>'));
      await attempt('script text', () => (document.createElement('script').text = code));
      await attempt('script address', () => (document.createElement('script').src = 'data:text/javascript,window.ran=true'));
      await attempt('srcdoc', () => (document.createElement('iframe').srcdoc = '<p>'));
      await attempt('policy', () => (window as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }).trustedTypes.createPolicy('anything', {}));
      await attempt('handler', () => {
        const button = document.createElement('button');
        button.setAttribute('onclick', code);
        document.body.append(button);
        button.click();
        button.remove();
      });
      await attempt('inline script', () => {
        const script = document.createElement('script');
        script.append(document.createTextNode(code));
        document.body.append(script);
      });
      await attempt('javascript: link', async () => {
        const link = Object.assign(document.createElement('a'), { href: `javascript:${code}` });
        document.body.append(link);
        link.click();
        await new Promise((resolve) => setTimeout(resolve));
        link.remove();
      });
      await attempt('fetch', () => fetch('http://127.0.0.1:9/'));
      await attempt('socket', () => new Promise((resolve, reject) => Object.assign(new WebSocket('ws://127.0.0.1:9/'), { onopen: resolve, onerror: () => reject(new DOMException('', 'Refused')) })));
      await attempt('image', () => loaded(Object.assign(new Image(), { src: 'http://127.0.0.1:9/x.png' })));
      await attempt('frame', () => loaded(Object.assign(document.createElement('iframe'), { src: 'http://127.0.0.1:9/' })).then(() => delete canary.ran));
      await attempt('base', () => {
        document.head.append(Object.assign(document.createElement('base'), { href: 'http://127.0.0.1:9/' }));
        canary.ran = document.baseURI.startsWith('http://127.0.0.1:9/');
      });
      await attempt('form', async () => {
        const form = Object.assign(document.createElement('form'), { action: 'http://127.0.0.1:9/', method: 'post' });
        document.body.append(form);
        form.submit();
      });
      // Reports come as tasks of their own; the last attempt makes one.
      for (let turn = 0; turn < 500 && !violated.includes('form-action'); turn += 1) await new Promise((resolve) => setTimeout(resolve, 20));
      return { tried, violated: [...new Set(violated)].sort() };
    });
    expect(Object.entries(answers.tried).filter(([, how]) => how === 'ran')).toEqual([]);
    for (const name of ['innerHTML', 'write', 'script text', 'script address', 'srcdoc', 'policy', 'fetch', 'timeout']) expect(answers.tried[name], name).toBe('TypeError');
    expect(answers.tried['eval']).toBe('EvalError');
    for (const directive of ['base-uri', 'connect-src', 'form-action', 'frame-src', 'img-src', 'require-trusted-types-for', 'script-src-elem', 'trusted-types']) expect(answers.violated).toContain(directive);
    expect(page.url()).toContain(agent.url);
  });
}

own('no answer lets another page read it, errors included', async ({ page, agent }) => {
  const { paths } = (await (await fetch(`${agent.url}/api/openapi.json`)).json()) as { paths: Record<string, unknown> };
  await page.goto(`${agent.url}/health`);
  const headers = await page.evaluate(
    async (all) => {
      const answers = await Promise.all(all.flatMap((path) => ['GET', 'POST', 'DELETE', 'OPTIONS'].map(async (method) => ({ asked: `${method} ${path}`, headers: [...(await fetch(path, { method })).headers] }))));
      return answers.map(({ asked, headers }) => ({ asked, ...Object.fromEntries(headers) }) as Record<string, string>);
    },
    [...Object.keys(paths).filter((path) => path !== '/api/v1/pair'), '/', '/console', '/theme.js', '/no/such'],
  );
  expect(headers.length).toBeGreaterThan(60);
  for (const { asked, ...answer } of headers) {
    expect(Object.keys(answer).filter((name) => name.startsWith('access-control-')), asked).toEqual([]);
    expect(answer['content-security-policy'], asked).toContain("default-src 'none'; script-src 'self'");
    expect(answer['content-security-policy'], asked).toContain("frame-ancestors 'none'");
    expect([answer['x-content-type-options'], answer['referrer-policy'], answer['cross-origin-resource-policy']], asked).toEqual(['nosniff', 'no-referrer', 'same-origin']);
  }
});
