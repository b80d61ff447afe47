/** The networks of this machine as a person chooses among them. */
import type { NetworkInfo, Sharing } from '../../../wire/wire';

/** One line of the list; `network` is `null` for a chosen interface that is not there now. */
export interface NetworkLine {
  key: string;
  interface: string;
  network: NetworkInfo | null;
}

/** Networks in the machine's order, then chosen interfaces that are gone. */
export function networkLines({ networks, interfaces }: Pick<Sharing, 'networks' | 'interfaces'>): NetworkLine[] {
  const present = new Set(networks.map((network) => network.interface));
  return [
    ...networks.map((network) => ({ key: network.id, interface: network.interface, network })),
    ...(interfaces ?? []).filter((name) => !present.has(name)).map((name) => ({ key: `gone ${name}`, interface: name, network: null })),
  ];
}

/** What a choice begins with: what it listens on now, else all that are local. Empty: there is nothing to choose. */
export function firstChoice(networks: readonly NetworkInfo[]): string[] {
  const names = (among: readonly NetworkInfo[]) => [...new Set(among.map((network) => network.interface))];
  const listening = names(networks.filter((network) => network.listening));
  return listening.length > 0 ? listening : names(networks.filter((network) => network.local));
}

/** `null` where nothing would be left: an empty list would mean all of them, and nobody asked for that. */
export function toggled(interfaces: readonly string[], name: string): string[] | null {
  const next = interfaces.includes(name) ? interfaces.filter((other) => other !== name) : [...interfaces, name];
  return next.length === 0 ? null : next;
}

/** What stands beside a network. */
export function networkWords({ local, allowed, listening }: NetworkInfo): string {
  if (listening) return 'listening';
  if (!local) return 'not a local network: left out';
  if (allowed === null) return 'not asked yet';
  return allowed ? 'not listening' : 'not here, as you said';
}

/** `wlp1s0 and enp5s0`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
