/** What stands behind an address that a person typed, and what to do about it. The window's program says it in words of
 *  its own; these stand where it has none. Pure. */
import type { Probe, ProbeKind } from '../../wire/wire';

export interface ProbeWords {
  readonly text: string;
  readonly remedy: string;
  /** A machine is there that can be paired. */
  readonly canPair: boolean;
}

const WORDS: Record<ProbeKind, (address: string) => readonly [text: string, remedy: string]> = {
  ok: (address) => [`A Sightline answers at ${address}.`, ''],
  toPair: (address) => [`A Sightline answers at ${address}.`, ''],
  nameNotFound: (address) => [`No machine is called ${address.replace(/:\d+$/, '')} here.`, 'Check the name, or use its address.'],
  refused: (address) => [`A machine is there, but nothing listens at ${address}.`, 'Start Sightline there, and share it on the network: Settings, Sharing.'],
  noAnswer: (address) => [`Nothing answers at ${address}.`, 'Is it on, on this network, and does its firewall let the port through?'],
  wrongPort: (address) => [`Sightline is there, but not at ${address}.`, 'Look for its port on the machine, under Settings, Sharing.'],
  notSightline: (address) => [`What answers at ${address} is no Sightline.`, 'Check address and port; Sightline usually shares on 7444.'],
  tls: (address) => [`The encrypted connection to ${address} cannot be trusted.`, 'Pair by the link that it shows under Settings, Sharing.'],
  blocked: (address) => [`Something between here and ${address} blocks the connection.`, 'A proxy or a firewall has to let WebSockets through.'],
  busy: (address) => [`The machine at ${address} has no room for another viewer right now.`, 'Try again in a minute.'],
  revoked: (address) => [`The machine at ${address} took the access of this computer back.`, 'Its owner can pair it again.'],
  newer: (address) => [`The machine at ${address} runs a newer Sightline.`, 'Update this one to see it.'],
  older: (address) => [`The machine at ${address} runs an older Sightline.`, 'Update the one there to see it.'],
  wrongMachine: (address) => [`Another machine answers at ${address}. Nothing was told to it.`, 'The one you look for may have a new address.'],
};

export function probeWords({ kind, message, remedy }: Probe, address: string): ProbeWords {
  const [text, todo] = WORDS[kind](address);
  return { text: message === '' ? text : message, remedy: remedy === '' ? todo : remedy, canPair: kind === 'ok' || kind === 'toPair' || kind === 'revoked' };
}
