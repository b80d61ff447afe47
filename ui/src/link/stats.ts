/** List of connections over HTTP: for pages whose session may not subscribe to the channel `sessions`. */
import { foreignBody } from '../wire/foreign';

/** The machine does not list its viewers to this page. */
export class NotAllowed extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the machine answers ${status}`);
    this.name = 'NotAllowed';
    this.status = status;
  }
}

/** The answer as it came; rejects with `NotAllowed` where the machine refuses. */
export async function connectionStats(): Promise<unknown> {
  const response = await fetch(new URL('api/v1/ws/stats', document.baseURI), { cache: 'no-store' });
  if (!response.ok) throw new NotAllowed(response.status);
  return foreignBody(response);
}
