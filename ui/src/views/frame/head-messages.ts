/** Texts of the head for a machine on the network: its address, round-trip time and clock offset. Pure. */
import type { ConnectionState } from '../../state/machines/machine.svelte';
import { PORT } from '../../wire/contract';
import type { Scope } from '../../wire/wire';
import { duration } from '../../text/time';

/** The default port, which is left out. */
const USUAL = new RegExp(`:${PORT}$`);
/** A smaller clock offset is not shown. */
const CLOCK_MS = 2_000;

/** Address at which it answers, or was reached last; without the default port. */
export function reachedAt(connection: ConnectionState, addresses: readonly string[]): string | null {
  const address = connection.kind === 'live' ? (connection.address ?? addresses[0]) : addresses[0];
  return address === undefined ? null : address.replace(USUAL, '').replace(/^\[(.*)\]$/, '$1');
}

/** `3`, `0.4`, of milliseconds. */
export function roundTrip(ms: number): string {
  return ms < 1 ? '< 1' : String(Math.round(ms));
}

/** `1 h ahead`; `null`: too little to matter. `offsetMs`: by how much its clock is ahead of this viewer's. */
export function clockText(offsetMs: number): string | null {
  return Math.abs(offsetMs) < CLOCK_MS ? null : `${duration(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}

/** What a scope shows, for the tooltip of its pill. */
export function scopeMeans(scope: Scope, name: string): string {
  return {
    view: `${name} shows figures and names of processes, no users and no command lines. Its owner can widen that there, under Settings, Sharing.`,
    processes: `${name} shows figures and processes with users and command lines. Nothing can be done to it from here.`,
    control: `${name} shows everything, and lets this computer change how it is monitored. Its processes are ended at the machine itself.`,
  }[scope];
}
