/** The link to another machine: a WebSocket from this page straight to it, proven on both sides. */
import type { KnownMachine } from '../wire/wire';
import type { Link, MachineHost } from './link';
import { SocketLink } from './socket';

/** Opens the link to `known`; the window's program proves that it may. */
export function openRemote(known: KnownMachine, _host: MachineHost): Link {
  const [address = ''] = known.addresses;
  return new SocketLink(`${known.secure ? 'wss' : 'ws'}://${address}/api/v1/stream?auth=challenge`);
}
