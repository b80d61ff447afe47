import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Host, ProcessToSignal } from '../../link/link';
import type { KnownMachine } from '../../wire/wire';
import { cursor } from '../time/cursor.svelte';
import { MachineState } from '../machines/machine-state.svelte';
import { machines } from '../machines/machines.svelte';
import { Acting } from './process-acting.svelte';
import type { Process } from './process-table';
import { status } from '../page/status.svelte';

const FFMPEG: Process = {
  key: '77:1000', pid: 77, startedAtMs: 1000, parentPid: 1, name: 'ffmpeg', state: 'running', cpuRatio: 1, memoryBytes: 0,
  readBytesPerS: 0, writeBytesPerS: 0, threads: 1, user: 'ana', command: 'ffmpeg -i a b',
};

let acting: Acting;
const signalProcess = vi.fn<(process: ProcessToSignal) => Promise<void>>();

beforeEach(() => {
  acting = new Acting();
  signalProcess.mockReset().mockResolvedValue();
  machines.here.host = { signalProcess } as unknown as Host;
  machines.here.link.connection = { kind: 'live' };
  cursor.pinnedMs = null;
});

/** Another machine, in view until the undo is called. */
function showOther(): () => void {
  machines.others = [new MachineState({ id: 'nas', name: 'nas-01', tags: [] } as unknown as KnownMachine)];
  machines.show('nas');
  return () => {
    machines.show('');
    machines.others = [];
  };
}

describe('another machine in view', () => {
  test('nothing acts on it, and the reason names it', () => {
    const undo = showOther();
    machines.inView.link.connection = { kind: 'live' };
    expect(acting.offBecause).toBe('nas-01 lets you view, not act. End processes at the machine itself.');
    acting.ask(FFMPEG, 'kill');
    expect(acting.asked).toBeNull();
    undo();
    expect(acting.offBecause).toBeNull();
  });

  test('an action that was confirmed for one machine is never done on the other', () => {
    acting.ask(FFMPEG, 'kill');
    showOther()();
    acting.confirm();
    expect([acting.asked, signalProcess.mock.calls.length]).toEqual([null, 0]);
  });

  test('a late answer is announced, and shown at no row of the other machine', async () => {
    let done: () => void = () => undefined;
    signalProcess.mockReturnValue(new Promise((resolve) => (done = resolve)));
    acting.ask(FFMPEG, 'continue');
    const undo = showOther();
    done();
    await vi.waitFor(() => expect(status.text).toBe('ffmpeg goes on.'));
    expect(acting.outcome).toBeNull();
    undo();
  });
});

describe('acting', () => {
  test('asks first, then names the process by PID and start', async () => {
    acting.ask(FFMPEG, 'terminate');
    expect(signalProcess).not.toHaveBeenCalled();
    expect(acting.asked?.process.pid).toBe(77);
    acting.confirm();
    await vi.waitFor(() => expect(acting.outcome).toEqual({ key: '77:1000', text: 'ffmpeg was asked to end.', failed: false }));
    expect(signalProcess).toHaveBeenCalledExactlyOnceWith({ pid: 77, startedAtMs: 1000, signal: 'terminate', name: 'ffmpeg' });
    expect(acting.asked).toBeNull();
  });

  test('sends nothing when it is cancelled', () => {
    acting.ask(FFMPEG, 'kill');
    acting.cancel();
    acting.confirm();
    expect(signalProcess).not.toHaveBeenCalled();
  });

  test('continues a paused process without asking', async () => {
    acting.ask(FFMPEG, 'continue');
    await vi.waitFor(() => expect(acting.outcome?.text).toBe('ffmpeg goes on.'));
  });

  test('shows why it was not done', async () => {
    signalProcess.mockRejectedValue({ code: 'notFound', message: 'ffmpeg ended before it could be stopped. Nothing was sent.' });
    acting.ask(FFMPEG, 'kill');
    acting.confirm();
    await vi.waitFor(() => expect(acting.outcome).toMatchObject({ failed: true, text: 'ffmpeg ended before it could be stopped. Nothing was sent.' }));
    expect(status.text).toBe('ffmpeg ended before it could be stopped. Nothing was sent.');
  });

  test('is off in a browser, in the past, and without an answer', () => {
    machines.here.host = null;
    expect(acting.offBecause).toBe('Only the window on this machine can end its processes.');
    machines.here.host = { signalProcess } as unknown as Host;
    cursor.pinnedMs = new Date(2026, 10, 21, 14, 32, 5).getTime();
    expect(acting.offBecause).toBe('You are viewing 14:32:05. Go live to act.');
    cursor.pinnedMs = null;
    machines.here.link.connection = { kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } };
    expect(acting.offBecause).toMatch(/does not answer/);
    acting.ask(FFMPEG, 'kill');
    expect(acting.asked).toBeNull();
  });
});
