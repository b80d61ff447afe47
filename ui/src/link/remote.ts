/** The link to another machine: straight to it, proven on both sides. What a page may not do itself, the window's program
 *  does: it keeps the token, looks why a machine does not answer, polls, and carries the connection where the engine's own
 *  WebSocket will not do. */
import type { KnownMachine } from '../wire/wire';
import { CoreSockets, type SocketLike } from './core-socket';
import type { Link, MachineHost, SocketHost } from './link';
import { SocketLink } from './socket';

/** WebKit opens 199 WebSockets, and lets the others wait for ever. Some are left to whatever else needs one. */
const OWN_SOCKETS = 128;

let own = 0;
const carried = new WeakMap<SocketHost, CoreSockets>();

/** Opens the link to `known`; the window's program proves that it may. */
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

/** The engine takes certificates that the system trusts. This program knows the key of a machine, and takes that alone. */
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
