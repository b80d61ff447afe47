/** The link to another machine: a WebSocket from this page straight to it, proven on both sides. What a page may not do
 *  itself, the window's program does: it keeps the token, looks why a machine does not answer, and polls. */
import type { KnownMachine } from '../wire/wire';
import type { Link, MachineHost } from './link';
import { SocketLink } from './socket';

/** Opens the link to `known`; the window's program proves that it may. */
export function openRemote(known: KnownMachine, host: MachineHost): Link {
  const { id, addresses, secure, scope, lastSeenMs, lastGoodbye } = known;
  return new SocketLink({
    addresses,
    url: (address) => `${secure ? 'wss' : 'ws'}://${address}/api/v1/stream?auth=challenge`,
    identity: { id, prove: (machineId, nonce) => host.prove(id, machineId, nonce) },
    probe: (address) => host.probe(id, address, secure),
    poll: () => host.poll(id),
    seenMs: lastSeenMs,
    goodbye: lastGoodbye,
    scope,
  });
}
