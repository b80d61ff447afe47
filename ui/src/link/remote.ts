/** The link to another machine: a direct connection, authenticated on both sides. The window's program does what a page may
 *  not do: it holds the token, probes a machine that does not answer, polls, and opens the socket where the engine's own
 *  WebSocket cannot be used. */
import type { KnownMachine } from '../wire/wire';
import { CoreSockets, type SocketLike } from './core-socket';
import type { Link, MachineHost, SocketHost } from './link';
import { SocketLink } from './socket';

/** WebKit opens 199 WebSockets and never opens the next. Some are reserved for other uses. */
const OWN_SOCKETS = 128;

let own = 0;
const carried = new WeakMap<SocketHost, CoreSockets>();

/** Opens the link to `known`; the window's program authenticates it. */
export function openRemote(known: KnownMachine, host: MachineHost): Link {
  const { id, addresses, secure, scope, lastSeenMs, lastGoodbye } = known;
  const { sockets } = host;
  return new SocketLink(
    {
      addresses,
      url: (address) => `${secure ? 'wss' : 'ws'}://${address}/api/v1/stream?auth=challenge`,
      identity: { id, prove: (machineId, nonce) => host.prove(id, machineId, nonce) },
      probe: (address) => host.probe(id, address, secure),
      poll: () => host.poll(id),
      seenMs: lastSeenMs,
      goodbye: lastGoodbye,
      scope,
    },
    sockets ? { open: (url, protocol, address) => (secure || own >= OWN_SOCKETS ? coreSockets(sockets).open(id, address) : ownSocket(url, protocol)) } : {},
  );
}

/** The engine accepts certificates that the system trusts. This program pins the key of a machine, and accepts only that. */
function coreSockets(host: SocketHost): CoreSockets {
  const known = carried.get(host);
  if (known) return known;
  const opened = new CoreSockets(host);
  carried.set(host, opened);
  return opened;
}

function ownSocket(url: string, protocol: string): SocketLike {
  const socket = new WebSocket(url, protocol);
  own += 1;
  socket.addEventListener('close', () => (own -= 1), { once: true });
  return socket;
}
