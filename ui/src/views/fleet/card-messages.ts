/** Texts of a machine's card: the line below the name, and the text in place of plots where there are none. Pure. */
import { PROTOCOL, type ConnectionState } from '../../state/machines/machine.svelte';
import type { MachineMark } from '../../state/machines/machine-mark';
import type { AlertEvent, KnownMachine } from '../../wire/wire';
import { type Cause, causeMessage, endsByPairing, isAnswering, isSilence, unreachableRemedy } from '../../text/cause';
import { clockShort } from '../../text/time';
import { visible } from '../../text/visible';
import { osShort } from '../frame/machine-messages';
import { heardMs, secondsTo, when } from '../frame/machines/away-messages';

/** What a person can do about it. */
export type CardAct = 'try' | 'last' | 'pair' | 'forget';

export interface CardText {
  readonly strong: string;
  readonly tone: '' | 'warn' | 'bad';
  readonly rest: string;
  /** `null`: the plots. */
  readonly body: string | null;
  /** The figures are old. */
  readonly dim: boolean;
  readonly acts: readonly CardAct[];
}

export interface CardFacts {
  readonly connection: ConnectionState;
  readonly mark: MachineMark;
  readonly known: KnownMachine | null;
  readonly os: string;
  readonly alerts: readonly AlertEvent[];
  readonly roundTripMs: number | null;
  readonly lastSeenMs: number | null;
  /** Data of it arrived since this window is open. */
  readonly hasPast: boolean;
}

const ordinal = (tries: number): string => `${tries}${tries % 10 === 1 && tries % 100 !== 11 ? 'st' : tries % 10 === 2 && tries % 100 !== 12 ? 'nd' : tries % 10 === 3 && tries % 100 !== 13 ? 'rd' : 'th'}`;
const PLAIN = { strong: '', tone: '', rest: '', body: null, dim: false, acts: [] } as const satisfies CardText;

export function cardText(facts: CardFacts, nowMs: number): CardText {
  const { connection, known, hasPast } = facts;
  const os = osShort(facts.os);
  const seenMs = heardMs(connection, facts.lastSeenMs);
  const past: CardAct[] = hasPast ? ['last'] : [];
  const forget: CardAct[] = known ? ['forget'] : [];
  switch (connection.kind) {
    case 'live':
    case 'polling':
      return answering(facts, os);
    case 'connecting':
      return { ...PLAIN, rest: 'Connecting', dim: true };
    case 'reconnecting': {
      const seconds = secondsTo(connection.retryAtMs, nowMs);
      const strong = seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting';
      const rest = connection.tries !== undefined && connection.tries > 1 ? `${ordinal(connection.tries)} try` : '';
      return { ...PLAIN, strong, tone: 'warn', rest, body: hasPlots(facts, connection.why) ? null : reason(connection.why), dim: true, acts: actsOn(connection.why) };
    }
    case 'stale':
      return { ...PLAIN, strong: `Stale, data from ${when(connection.sinceMs, nowMs)}`, tone: 'warn', rest: '', body: hasPlots(facts, connection.why) ? null : unreachable(connection.why), dim: true, acts: actsOn(connection.why) };
    case 'offline':
      return { ...PLAIN, rest: seenMs === null ? 'Not seen yet' : `Last seen ${when(seenMs, nowMs)}${known?.lastGoodbye || isAnswering(connection.why) ? '' : ' · disconnected unexpectedly'}`, body: unreachable(connection.why), acts: past.length > 0 && !endsByPairing(connection.why) ? [...past, ...forget] : [...actsOn(connection.why), ...forget] };
    case 'toPair':
      return { ...PLAIN, rest: 'Not paired', body: `${known && known.lastSeenMs !== null ? 'It no longer knows this device.' : 'It does not know this device yet.'} Compare a 6-digit code on both screens to pair.`, acts: ['pair', ...forget] };
    case 'incompatible':
      return { ...PLAIN, strong: 'Refused', tone: 'bad', rest: connection.theirs > PROTOCOL ? 'newer Sightline' : 'older Sightline', body: `It speaks protocol ${connection.theirs}, this window ${PROTOCOL}. Update ${connection.theirs > PROTOCOL ? 'this one' : 'it'} to see it.`, acts: forget };
    case 'wrongMachine':
      if (connection.foundId === null) return { ...PLAIN, strong: 'Not proven', tone: 'bad', rest: '', body: 'What answers at its address cannot prove that it is this machine. Was Sightline set up again there? Then pair it again.', acts: ['pair', ...forget] };
      return { ...PLAIN, strong: 'Another machine', tone: 'bad', rest: 'at its address', body: 'Another machine answers at its address. Nothing was sent to it.', acts: ['try', ...forget] };
    case 'ended':
      return ended(connection.reason, seenMs, nowMs, past, forget);
  }
}

function answering({ connection, mark, known, alerts, roundTripMs }: CardFacts, os: string): CardText {
  if (mark === 'warning' || mark === 'critical') {
    const alert = alerts.findLast(({ severity }) => severity === mark);
    const tone = mark === 'critical' ? 'bad' : 'warn';
    return alert ? { ...PLAIN, strong: visible(alert.title), tone, rest: `since ${clockShort(alert.atMs)}` } : { ...PLAIN, strong: mark === 'critical' ? 'Critical alert' : 'Warning', tone, rest: 'within the last hour' };
  }
  const way = known === null ? 'this machine' : connection.kind === 'polling' ? `polled every ${Math.round((connection.everyMs ?? 5000) / 1000)} s` : roundTripMs === null ? '' : `${roundTripMs} ms`;
  return { ...PLAIN, rest: [visible(os), way].filter((part) => part !== '').join(' · ') };
}

function ended(reason: Extract<ConnectionState, { kind: 'ended' }>['reason'], seenMs: number | null, nowMs: number, past: CardAct[], forget: CardAct[]): CardText {
  const at = seenMs === null ? '' : ` ${when(seenMs, nowMs)}`;
  switch (reason) {
    case 'suspend':
      return { ...PLAIN, rest: seenMs === null ? 'Asleep' : `Asleep since${at}`, body: 'Its history stays with it and comes back when it wakes.', acts: ['try', ...past] };
    case 'shutdown':
      return { ...PLAIN, rest: `Shut down${at}`, body: 'It was switched off, or stopped sharing. It is back here when it is on again.', acts: ['try', ...past] };
    case 'update':
      return { ...PLAIN, rest: `Updating${seenMs === null ? '' : ` since${at}`}`, body: 'Its Sightline is being updated. It reconnects automatically.', acts: past };
    case 'revoked':
    case 'unauthorized':
      return { ...PLAIN, strong: 'Access ended', tone: 'bad', rest: '', body: 'Its owner revoked the access of this device. Pair again to see it.', acts: ['pair', ...forget] };
    default:
      return { ...PLAIN, rest: 'Away for a moment', body: 'The machine disconnected this window. It reconnects automatically.', acts: ['try', ...past] };
  }
}

/** What a person has to act on is said in place of the plots. */
function hasPlots({ hasPast }: CardFacts, why: Cause): boolean {
  return hasPast && !endsByPairing(why);
}

const actsOn = (why: Cause): CardAct[] => [endsByPairing(why) ? 'pair' : 'try'];

function reason(why: Cause): string {
  const { text, remedy } = causeMessage(why);
  return sentences(text, remedy);
}

/** Why it cannot be reached, and what to check; of a machine that is simply silent, whether it is on. */
function unreachable(why: Cause): string {
  return isSilence(why) ? sentences(causeMessage(why).text, unreachableRemedy('it')) : reason(why);
}

function sentences(...texts: string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}
