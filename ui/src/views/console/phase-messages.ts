/** The state of the console's connection as a label. */
import type { MarkState } from '../../parts/Mark.svelte';
import type { Ended, Phase } from '../../state/console/console.svelte';

interface PhaseLabel {
  mark: MarkState;
  tone: 'ok' | 'warn' | 'bad' | '';
  text: string;
  why: string;
}

/** Codes of an intended close. */
const MEANT: ReadonlySet<number> = new Set([1000, 1001]);

export function phaseLabel(phase: Phase, ended: Ended | null, nowMs: number): PhaseLabel {
  const why = ended ? `${ended.code} ${ended.name}. ${ended.text}` : '';
  switch (phase.kind) {
    case 'connecting':
      return { mark: 'reconnecting', tone: '', text: 'Connecting', why: '' };
    case 'open':
      return { mark: 'live', tone: 'ok', text: 'Connected', why: '' };
    case 'closing':
      return { mark: 'reconnecting', tone: '', text: 'Closing', why: '' };
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((phase.retryAtMs - nowMs) / 1000));
      return { mark: 'reconnecting', tone: 'warn', text: seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting', why };
    }
    case 'closed':
      if (!ended) return { mark: 'offline', tone: '', text: 'Not connected', why: '' };
      return MEANT.has(ended.code) ? { mark: 'offline', tone: '', text: 'Closed', why } : { mark: 'critical', tone: 'bad', text: ended.code === 1006 || ended.code === 0 ? 'Failed' : `Closed ${ended.code}`, why };
  }
}
