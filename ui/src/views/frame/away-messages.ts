/** Messages of the banner over the views of another machine: why no data arrives, and what to do. Pure. */
import type { ConnectionState } from '../../state/machines/machine.svelte';
import { type Cause, causeMessage, endsByPairing, isAnswering, isSilence, unreachableRemedy } from '../../text/cause';
import { clock, lastTime } from '../../text/time';

/** The machine as this viewer knows it. */
export interface Subject {
  readonly name: string;
  /** Where it was reached last, `host:port`; `null`: nowhere yet. */
  readonly address: string | null;
  /** When a message arrived last, Unix milliseconds of this viewer; `null`: never. */
  readonly lastSeenMs: number | null;
}

export interface AwayMessage {
  readonly tone: 'warn' | 'bad' | 'plain';
  /** State and cause. */
  readonly text: string;
  /** What to do about it; empty: nothing has to be done. */
  readonly remedy: string;
  /** The button: try now, pair it, look for it on the network; `null`: none helps. */
  readonly act: 'try' | 'pair' | 'find' | null;
}

/** With fewer failed tries the pill is enough and no banner is shown. */
const TRIES_SAID = 2;
const ORDINALS = ['', 'First', 'Second', 'Third', 'Fourth', 'Fifth', 'Sixth', 'Seventh', 'Eighth', 'Ninth', 'Tenth'];

/** `nowMs` is this viewer's clock; `protocol` is this page's version. `null`: the pill is enough. */
export function awayMessage(state: ConnectionState, { name, address, lastSeenMs }: Subject, protocol: number, nowMs: number): AwayMessage | null {
  const seen = lastSeenMs === null ? null : lastTime(lastSeenMs, nowMs);
  const nextTry = (retryAtMs: number | null, tries?: number): string => {
    if (retryAtMs === null) return '';
    const seconds = Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000));
    // `tries` have failed.
    const ordinal = tries === undefined ? 'Next' : ORDINALS[tries + 1];
    const which = ordinal === undefined ? `Try ${(tries ?? 0) + 1}` : `${ordinal} try`;
    return seconds === 0 ? ` ${which} now.` : ` ${which} in ${seconds} s.`;
  };
  switch (state.kind) {
    case 'connecting':
    case 'live':
    case 'polling':
      return null;
    case 'reconnecting': {
      if (lastSeenMs !== null && (state.tries ?? 0) < TRIES_SAID && !endsByPairing(state.why)) return null;
      const since = lastSeenMs !== null ? noAnswer(lastSeenMs, state.why) : isAnswering(state.why) ? `${name} is not connected.` : `${name} does not answer.`;
      return { tone: 'warn', text: `${since}${said(state.why)}${nextTry(state.retryAtMs, state.tries)}`, remedy: remedyOf(state.why) ?? '', act: actOn(state.why) };
    }
    case 'stale':
      return {
        tone: 'warn',
        text: `${noAnswer(state.sinceMs, state.why)}${said(state.why)}${nextTry(state.retryAtMs)}`,
        remedy: remedyOf(state.why) ?? `What ${name} records meanwhile is filled in when it is back.`,
        act: actOn(state.why),
      };
    case 'offline': {
      const since = state.sinceMs ?? lastSeenMs;
      const last = since === null ? `${name} has not been seen yet.` : `Last seen ${lastTime(since, nowMs)}${isAnswering(state.why) ? '' : ', disconnected unexpectedly'}.`;
      return { tone: 'plain', text: `${last}${said(state.why)}${nextTry(state.retryAtMs)}`, remedy: remedyOf(state.why) ?? unreachableRemedy(name), act: actOn(state.why) };
    }
    case 'ended': {
      const at = state.atMs === undefined ? seen : lastTime(state.atMs, nowMs);
      const since = at === null ? '' : ` since ${at}`;
      switch (state.reason) {
        case 'suspend':
          return { tone: 'plain', text: `${name} is asleep${since}.`, remedy: 'It is shown again as soon as it wakes.', act: 'try' };
        case 'shutdown':
          return { tone: 'plain', text: `${name} was shut down, or stopped sharing${at === null ? '' : ` (${at})`}.`, remedy: `It is shown again when it is back. If it does not come back, check Settings, Sharing on ${name}.`, act: 'try' };
        case 'update':
          return { tone: 'plain', text: `Sightline on ${name} is being updated${since}.`, remedy: 'It reconnects automatically.', act: 'try' };
        case 'changed':
          return { tone: 'plain', text: `The owner of ${name} changed what this computer may see.`, remedy: 'It reconnects automatically.', act: null };
        case 'revoked':
          return { tone: 'bad', text: `The owner of ${name} revoked the access of this computer${at === null ? '' : ` at ${at}`}.`, remedy: 'To see it again, pair it again.', act: 'pair' };
        case 'unauthorized':
          return { tone: 'bad', text: `This computer has no access to ${name}.`, remedy: 'Pair it again; somebody there has to approve.', act: 'pair' };
        case 'protocol':
          return { tone: 'bad', text: `${name} rejected the request.`, remedy: 'Update Sightline here and there, then try again.', act: 'try' };
        case 'tooLarge':
          return { tone: 'bad', text: `${name} was asked for too much at once.`, remedy: 'Try again; if it happens again, update Sightline here.', act: 'try' };
        case 'slow':
          return { tone: 'warn', text: `This computer did not keep up with ${name}, and was disconnected.`, remedy: 'It is tried again automatically. A longer update interval helps (Settings, General).', act: 'try' };
        case 'tooMany':
          return { tone: 'warn', text: `${name} has no room for another viewer right now.`, remedy: 'It is tried again automatically; somebody else may leave.', act: 'try' };
      }
    }
    // eslint-disable-next-line no-fallthrough -- every reason above returns
    case 'toPair':
      return { tone: 'plain', text: `${name} is not paired with this computer${address === null ? '' : ` (${address})`}.`, remedy: 'Pair it: both screens show the same digits, and somebody there approves.', act: 'pair' };
    case 'incompatible':
      return state.theirs > protocol
        ? { tone: 'bad', text: `${name} runs a newer Sightline (protocol ${state.theirs}, this is ${protocol}).`, remedy: 'Update this one to see it.', act: null }
        : { tone: 'bad', text: `${name} runs an older Sightline (protocol ${state.theirs}, this is ${protocol}).`, remedy: `Update the one on ${name} to see it.`, act: 'try' };
    case 'wrongMachine': {
      const where = address ?? 'this address';
      return state.foundId === null
        ? { tone: 'bad', text: `What answers at ${where} says it is ${name}, and cannot prove it. Nothing was sent to it.`, remedy: `Was Sightline set up again on ${name}? Then pair it again. Otherwise another machine poses as it.`, act: 'pair' }
        : { tone: 'bad', text: `Another machine answers at ${where}. Nothing was sent to it.`, remedy: `${name} may have a new address: look for it on the network.`, act: 'find' };
    }
  }
}

/** Since when no data arrives. Where something answers, the cause says why. */
function noAnswer(sinceMs: number, why: Cause): string {
  return isAnswering(why) ? `Not connected since ${clock(sinceMs)}.` : `No answer since ${clock(sinceMs)}, disconnected unexpectedly.`;
}

const actOn = (why: Cause): 'pair' | 'try' => (endsByPairing(why) ? 'pair' : 'try');

/** The cause, unless it says no more than that there was no answer. */
function said(why: Cause): string {
  return isSilence(why) ? '' : ` ${causeMessage(why).text}`;
}

function remedyOf(why: Cause): string | null {
  return causeMessage(why).remedy || null;
}
