/** List of connections over HTTP: for pages whose session may not subscribe to the channel `sessions`. */

/** The machine does not tell this page. */
export class NotTold extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the machine answers ${status}`);
    this.name = 'NotTold';
    this.status = status;
  }
}

/** The answer as it came; rejects with `NotTold` where the machine will not say. */
export async function connectionStats(): Promise<unknown> {
  const response = await fetch(new URL('api/v1/ws/stats', document.baseURI), { cache: 'no-store' });
  if (!response.ok) throw new NotTold(response.status);
  return (await response.json()) as unknown;
}
