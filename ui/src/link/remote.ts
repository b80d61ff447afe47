/** The link to another machine. The window's program does what a page may not do: it holds the token, opens the sockets and
 *  authenticates, probes a machine that does not answer, and polls. */
import type { KnownMachine } from '../wire/wire';
import { CoreSockets } from './core-socket';
import type { Link, MachineHost, SocketHost } from './link';
import { SocketLink } from './socket';

const carried = new WeakMap<SocketHost, CoreSockets>();

/** Opens the link to `known`. */
export function openRemote(known: KnownMachine, host: MachineHost): Link {
  const { id, addresses, scope, lastSeenMs, lastGoodbye } = known;
  return new SocketLink(
    {
      addresses,
      url: (address) => address,
      machineId: id,
      probe: (address) => host.probe(id, address),
      poll: () => host.poll(id),
      seenMs: lastSeenMs,
      goodbye: lastGoodbye,
      scope,
    },
    { open: (address) => coreSockets(host.sockets).open(id, address) },
  );
}

/** All links share the sockets of one page. */
function coreSockets(host: SocketHost | undefined): CoreSockets {
  if (!host) throw new Error('simulated machines have no sockets');
  const known = carried.get(host);
  if (known) return known;
  const opened = new CoreSockets(host);
  carried.set(host, opened);
  return opened;
}
