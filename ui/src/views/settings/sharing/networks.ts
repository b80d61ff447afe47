/** The networks of this machine as choices of a list. */
import type { NetworkInfo, Sharing } from '../../../wire/wire';

/** This computer itself, and addresses that no link can name. */
const NOT_OUTSIDE = /^(127\.|::1$|fe[89ab][0-9a-f]:)/i;

/** The networks another device may be on. */
export const outside = (networks: readonly NetworkInfo[]): NetworkInfo[] => networks.filter(({ address }) => !NOT_OUTSIDE.test(address));

/** One line of the list; `network` is `null` for a chosen interface that is not there now. */
export interface NetworkLine {
  key: string;
  interface: string;
  network: NetworkInfo | null;
  /** The first line of its interface: what is chosen is an interface, not an address. */
  first: boolean;
}

/** Networks in the machine's order, then chosen interfaces that are gone. */
export function networkLines({ networks, interfaces }: Pick<Sharing, 'networks' | 'interfaces'>): NetworkLine[] {
  const present = outside(networks);
  const names = present.map((network) => network.interface);
  return [
    ...present.map((network, index) => ({ key: network.id, interface: network.interface, network, first: names.indexOf(network.interface) === index })),
    ...(interfaces ?? []).filter((name) => !names.includes(name)).map((name) => ({ key: `gone ${name}`, interface: name, network: null, first: true })),
  ];
}

/** What a choice begins with: what it listens on now, else all that are local. Empty: there is nothing to choose. */
export function firstChoice(networks: readonly NetworkInfo[]): string[] {
  const names = (among: readonly NetworkInfo[]) => [...new Set(among.map((network) => network.interface))];
  const listening = names(outside(networks).filter((network) => network.listening));
  return listening.length > 0 ? listening : names(networks.filter((network) => network.local));
}

/** `null` where nothing would be left: an empty list means all interfaces, which the person did not choose. */
export function toggled(interfaces: readonly string[], name: string): string[] | null {
  const next = interfaces.includes(name) ? interfaces.filter((other) => other !== name) : [...interfaces, name];
  return next.length === 0 ? null : next;
}

/** State of a network. */
export function networkLabel({ local, allowed, listening }: NetworkInfo): string {
  if (listening) return 'listening';
  if (!local) return 'not a local network: left out';
  if (allowed === null) return 'not asked yet';
  return allowed ? 'not listening' : 'not here, as you chose';
}

/** `wlp1s0 and enp5s0`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
