// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDemoFleet } from './demo/demo-fleet';
import type { MachineHost } from './link/link';
import { machines } from './state/machines/machines.svelte';
import type { MachineState } from './state/machines/machine-state.svelte';
import { Adding } from './views/add/adding.svelte';
import { probeWords } from './views/add/probe-words';
import type { Probe, ProbeKind } from './wire/wire';

const LINK = 'http://192.168.1.90:7444/#p=AbCdEf0123456789-_AbCd';
let host: MachineHost;
let stop: () => void;
let paired: MachineState | null;
let adding: Adding;
const settle = (ms = 5_000) => vi.advanceTimersByTimeAsync(ms);

beforeEach(async () => {
  vi.useFakeTimers();
  const opened = openDemoFleet('fleet-empty');
  host = (opened.host as { machines: MachineHost }).machines;
  stop = machines.start(opened.link, opened.host, opened.openOther);
  await machines.load();
  paired = null;
  adding = new Adding((state) => (paired = state));
});
afterEach(() => {
  stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a found machine is paired by digits, and is in the list then', async () => {
  const removeViewer = machines.lookAround();
  await settle();
  const [found] = machines.found;
  removeViewer();
  if (!found) throw new Error('nothing found');
  adding.pairFound(found);
  expect(adding.step).toMatchObject({ kind: 'asking', name: found.name });
  await settle();
  expect(adding.step).toMatchObject({ kind: 'compare', name: found.name, comparing: { digits: '418302' } });
  adding.answer(true);
  expect(adding.step.kind).toBe('waiting');
  expect(paired).toBeNull();
  await settle();
  expect(paired).toBe(machines.others.at(-1));
});

test('other digits pair nothing, and the machine hears of it', async () => {
  const end = vi.spyOn(host, 'compareEnd');
  adding.pairAddress('192.168.1.77');
  await settle();
  adding.answer(false);
  expect(end).toHaveBeenCalledWith('192.168.1.77:7444', false);
  expect(adding.step).toMatchObject({ kind: 'failed', text: expect.stringMatching(/^Nothing was paired: .* has to show the same digits\.$/) as string });
  await settle();
  expect([machines.others.length, paired]).toEqual([0, null]);
});

test('whoever leaves refuses; an answer that comes later is not heard', async () => {
  const end = vi.spyOn(host, 'compareEnd');
  adding.pairAddress('192.168.1.77');
  adding.leave();
  await settle();
  expect(adding.step.kind).toBe('choose');
  adding.pairAddress('192.168.1.77');
  await settle();
  adding.leave();
  expect(end).toHaveBeenLastCalledWith('192.168.1.77:7444', false);
});

test('nobody there: it says so when the time is over', async () => {
  adding.pairAddress('192.168.1.77');
  await settle();
  adding.expired();
  expect(adding.step).toMatchObject({ kind: 'failed', text: expect.stringMatching(/approved it in time/) as string });
});

test('what cannot be reached is told with the reason, and can be tried again', async () => {
  vi.spyOn(host, 'probe').mockResolvedValueOnce({ kind: 'refused', message: '', remedy: '', retryAfterMs: null, machineId: null, protocol: null });
  const compare = vi.spyOn(host, 'compare');
  adding.pairAddress('nas-01:8000');
  await settle();
  expect(adding.step).toMatchObject({ kind: 'failed', text: 'A machine is there, but nothing listens at nas-01:8000.', remedy: 'Start Sightline there, and share it on the network: Settings, Sharing.' });
  expect(compare).not.toHaveBeenCalled();
  if (adding.step.kind === 'failed') adding.step.again?.();
  await settle();
  expect(adding.step.kind).toBe('compare');
});

test('what is no address is not tried; a link in its field is a link', async () => {
  const probe = vi.spyOn(host, 'probe');
  adding.pairAddress('nas 01');
  expect(adding.addressProblem).toMatch(/is no address/);
  expect([adding.step.kind, probe.mock.calls.length]).toEqual(['choose', 0]);
  adding.pairAddress(LINK);
  expect(adding.step).toEqual({ kind: 'asking', name: '192.168.1.90:7444', by: 'link' });
  await settle();
  expect((paired as MachineState | null)?.name).toBe('from-a-link');
});

test('a link that is refused says what to do', async () => {
  adding.pairLink('http://192.168.1.20:7444/');
  expect(adding.linkProblem).toMatch(/^This is no pairing link/);
  adding.pairLink('http://wrong:7444/#p=AbCdEf0123456789-_AbCd');
  await settle();
  expect(adding.step).toMatchObject({ kind: 'failed', text: 'This link was used already, or its time is over. Make a new one.', remedy: expect.stringMatching(/^Make a new link on wrong:7444/) as string, again: null });
});

test('everything that can stand behind an address has its words', () => {
  const kinds: Record<ProbeKind, boolean> = { ok: true, toPair: true, revoked: true, nameNotFound: false, refused: false, noAnswer: false, wrongPort: false, notSightline: false, tls: false, blocked: false, busy: false, newer: false, older: false, wrongMachine: false };
  const texts = new Set<string>();
  for (const [kind, canPair] of Object.entries(kinds)) {
    const probe: Probe = { kind: kind as ProbeKind, message: '', remedy: '', retryAfterMs: null, machineId: null, protocol: null };
    const words = probeWords(probe, 'nas-01:7444');
    texts.add(words.text);
    expect(words.canPair, kind).toBe(canPair);
    expect(words.text, kind).toMatch(/nas-01/);
    if (!canPair) expect(words.remedy, kind).not.toBe('');
    expect(probeWords({ ...probe, message: 'As it says.', remedy: 'Do that.' }, 'nas-01:7444')).toMatchObject({ text: 'As it says.', remedy: 'Do that.' });
  }
  // `ok` and `toPair` are the same to who adds it.
  expect(texts.size).toBe(Object.keys(kinds).length - 1);
});
