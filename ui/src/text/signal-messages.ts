/** Why the window did not signal a process, as a sentence. Pure. */
import type { Signal, SignalFailure, SignalReason } from '../wire/wire';
import { visible } from './visible';

const DONE: Readonly<Record<Signal, string>> = { terminate: 'stopped', kill: 'stopped', stop: 'paused', continue: 'resumed' };
const VERB: Readonly<Record<Signal, string>> = { terminate: 'stop', kill: 'stop', stop: 'pause', continue: 'resume' };

export const signalMessage = (reason: SignalReason): string => `${why(reason)} Nothing was sent.`;

function why(reason: SignalReason): string {
  switch (reason.is) {
    case 'recorded':
      return 'These are the processes of a recorded machine.';
    case 'noProcess':
      return 'No process has the id 0.';
    case 'firstProcess':
      return `Process 1 runs everything else. Sightline does not ${VERB[reason.signal]} it.`;
    case 'ourselves':
      return 'This is Sightline itself. Close its window to end it.';
    case 'gone':
      return `${called(reason)} ended before it could be ${DONE[reason.signal]}.`;
    case 'notOurs': {
      const owner = reason.owner === null ? null : visible(reason.owner);
      if (owner === null) return `${called(reason)} belongs to somebody else.`;
      return `${called(reason)} belongs to ${owner}. Only ${owner === 'root' ? owner : `${owner} and root`} may ${VERB[reason.signal]} it.`;
    }
    case 'unable':
      return `${called(reason)} could not be ${DONE[reason.signal]}: ${cause(reason.cause)}.`;
  }
}

function cause(failure: SignalFailure): string {
  switch (failure.is) {
    case 'oldKernel':
      return 'this needs Linux 5.3 or newer';
    case 'noSuchSignal':
      return 'this system has no such signal';
    case 'other':
      return visible(failure.detail);
  }
}

const called = ({ pid, name }: { pid: number; name: string | null }): string => (name === null || name === '' ? `Process ${pid}` : visible(name));
