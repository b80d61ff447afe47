/** Labels of a viewer. */
import type { Connection } from '../../state/connections/connection-list';
import type { Carrier } from '../../wire/wire';

const CARRIERS: Record<Carrier, string> = {
  window: 'Sightline window',
  stream: 'Native stream',
  'application-manager': 'Application manager',
  'device-dashboard': 'Device dashboard',
  'metrics-dashboard': 'Metrics dashboard',
  'container-dashboard': 'Container dashboard',
};

export const carrierLabel = (carrier: Carrier | null): string => (carrier === null ? '–' : CARRIERS[carrier]);

/** Where it is connected from, and what kind of address that is. */
export function peerLabel({ address, carrier }: Connection): { name: string; about: string } {
  if (carrier === 'window') return { name: 'Window', about: 'on this machine' };
  if (address === null) return { name: 'Unknown address', about: '' };
  return { name: address, about: address === '::1' || address.startsWith('127.') ? 'on this machine' : 'from the network' };
}
