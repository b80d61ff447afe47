/** Entries of the access log as sentences. Names come from devices, so hidden characters in them are escaped. */
import type { AccessEvent, AccessWhat, Scope } from '../wire/wire';
import { count as counted } from './format';
import { visible } from './visible';

/** `warn`: the owner should check it. */
export type AccessTone = 'plain' | 'warn';

const SCOPES: Record<Scope, string> = { view: 'view', processes: 'view + processes', control: 'control' };
const WARNINGS: ReadonlySet<AccessWhat> = new Set<AccessWhat>(['wrongCode', 'blocked', 'wrongToken', 'sentInClear', 'opened', 'networkNew', 'pairingRefused', 'pairingUnanswered']);

export const accessTone = ({ what }: AccessEvent): AccessTone => (WARNINGS.has(what) ? 'warn' : 'plain');

/** A sentence without a full stop: `192.168.1.99 entered 4 wrong codes`. */
export function accessMessage(event: AccessEvent): string {
  const { what, count } = event;
  const who = event.who === undefined ? null : visible(event.who);
  const address = event.address ?? null;
  const name = who ?? address ?? 'Somebody';
  const from = who !== null && address !== null ? ` from ${address}` : '';
  const place = address ?? who ?? 'Somebody';
  const scope = event.scope === undefined ? '' : SCOPES[event.scope];
  const times = count > 1 ? `, ${counted(count, 'time', 'times')}` : '';
  const network = who ?? address ?? 'a network';
  switch (what) {
    case 'sharedOff':
      return `Sharing was turned off${times}`;
    case 'sharedLocal':
      return `Shared on this computer only${times}`;
    case 'sharedLan':
      return `Shared on the network${times}`;
    case 'opened':
      return `Opened: anyone on the network may view${times}`;
    case 'openEnded':
      return `No longer open to anyone on the network${times}`;
    case 'networkNew':
      return `This machine joined a new network, ${network}${times}`;
    case 'networkAllowed':
      return `Network ${network} was allowed${times}`;
    case 'networkRefused':
      return `Network ${network} was refused${times}`;
    case 'paired':
      return `${name} paired${from}${scope === '' ? '' : `, ${scope}`}${times}`;
    case 'compared':
      return `${name} paired by comparing digits${from}${scope === '' ? '' : `, ${scope}`}${times}`;
    case 'pairingUnanswered':
      return `${name}${from === '' ? '' : ` at ${place}`} asked to pair, and nobody answered${times}`;
    case 'pairingRefused':
      return `${name}${from === '' ? '' : ` at ${place}`} was refused${times}`;
    case 'wrongCode':
      return `${place} entered ${count > 1 ? `${count} wrong codes` : 'a wrong code'}`;
    case 'blocked':
      return `${place} entered too many wrong codes and has to wait${times}`;
    case 'wrongToken':
      return `${place} sent ${count > 1 ? `an invalid token, ${count} times` : 'an invalid token'}`;
    case 'sentInClear':
      return `${name} sent its token in clear${from} and has no control any more${times}`;
    case 'came':
      return `${name} connected${from}${times}`;
    case 'scopeChanged':
      return `${name} may see ${scope === '' ? 'something else' : scope} now${times}`;
    case 'renamed':
      return `A device is called ${name} now${times}`;
    case 'revoked':
      return `Access of ${name} was revoked${times}`;
    case 'left':
      return `${name} removed its own access${times}`;
    case 'changed':
      return who === null ? `Sharing settings were changed${times}` : `Sharing settings were changed: ${who}${times}`;
    default:
      // A newer machine may send kinds that this page does not know.
      return `${name}: ${visible(String(what))}${times}`;
  }
}
