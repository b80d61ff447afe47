// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDemoFleet } from './demo/demo-fleet';
import type { MachineHost } from './link/link';
import { machines } from './state/machines/machines.svelte';
import type { MachineState } from './state/machines/machine-state.svelte';
import { Adding } from './views/add/adding.svelte';
import { probeOutcome } from './views/add/probe-messages';
import type { Diagnosis, ProbeKind } from './wire/wire';

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

test('other digits pair nothing, and the machine is told', async () => {
  const end = vi.spyOn(host, 'compareEnd');
  adding.pairAddress('192.168.1.77');
  await settle();
  adding.answer(false);
  expect(end).toHaveBeenCalledWith('192.168.1.77:7444', false);
  expect(adding.step).toMatchObject({ kind: 'failed', text: expect.stringMatching(/^Nothing was paired: .* has to show the same digits\.$/) as string });
  await settle();
  expect([machines.others.length, paired]).toEqual([0, null]);
});

test('closing the dialog refuses; a later answer is ignored', async () => {
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

test('without an approval there, the timeout is shown', async () => {
  adding.pairAddress('192.168.1.77');
  await settle();
  adding.expired();
  expect(adding.step).toMatchObject({ kind: 'failed', text: expect.stringMatching(/approved it in time/) as string });
});

test('an unreachable machine is shown with the reason, and can be tried again', async () => {
  vi.spyOn(host, 'probe').mockResolvedValueOnce({ kind: 'refused', address: 'nas-01:8000', diagnosis: { code: 'refused', host: 'nas-01', port: 8000 }, retryAfterMs: null, machineId: null, protocol: null });
  const compare = vi.spyOn(host, 'compare');
  adding.pairAddress('nas-01:8000');
  await settle();
  expect(adding.step).toMatchObject({ kind: 'failed', text: 'nas-01 is there, and nothing listens at its port 8000.', remedy: 'Start Sightline there and share it: Settings, Sharing, or sightline-agent share.' });
  expect(compare).not.toHaveBeenCalled();
  if (adding.step.kind === 'failed') adding.step.again?.();
  await settle();
  expect(adding.step.kind).toBe('compare');
});

test('an invalid address is not tried; a link in its field is used as a link', async () => {
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

/** Every diagnosis there is: one that is added has to be put here. */
const DIAGNOSES: { readonly [C in Diagnosis['code']]: { readonly kind: ProbeKind; readonly diagnosis: Extract<Diagnosis, { code: C }> } } = {
  answers: { kind: 'ok', diagnosis: { code: 'answers', name: 'nas-01' } },
  nameNotFound: { kind: 'nameNotFound', diagnosis: { code: 'nameNotFound', host: 'nas-01' } },
  refused: { kind: 'refused', diagnosis: { code: 'refused', host: 'nas-01', port: 8000 } },
  noAnswer: { kind: 'noAnswer', diagnosis: { code: 'noAnswer' } },
  silent: { kind: 'noAnswer', diagnosis: { code: 'silent' } },
  noAddress: { kind: 'noAnswer', diagnosis: { code: 'noAddress' } },
  wentSilent: { kind: 'noAnswer', diagnosis: { code: 'wentSilent' } },
  lost: { kind: 'noAnswer', diagnosis: { code: 'lost', detail: 'a cable' } },
  ended: { kind: 'busy', diagnosis: { code: 'ended', reason: 'slow' } },
  wrongPort: { kind: 'wrongPort', diagnosis: { code: 'wrongPort', port: 8000, usual: 'nas-01:7444' } },
  notSightline: { kind: 'notSightline', diagnosis: { code: 'notSightline' } },
  noLongerEncrypted: { kind: 'tls', diagnosis: { code: 'noLongerEncrypted' } },
  encryptedOnly: { kind: 'tls', diagnosis: { code: 'encryptedOnly' } },
  otherKey: { kind: 'tls', diagnosis: { code: 'otherKey' } },
  notEncrypted: { kind: 'tls', diagnosis: { code: 'notEncrypted' } },
  tlsFailed: { kind: 'tls', diagnosis: { code: 'tlsFailed', fault: { code: 'timedOut' } } },
  unknownName: { kind: 'blocked', diagnosis: { code: 'unknownName', host: 'nas-01' } },
  noWebSocket: { kind: 'blocked', diagnosis: { code: 'noWebSocket', status: 502 } },
  blocked: { kind: 'blocked', diagnosis: { code: 'blocked' } },
  full: { kind: 'busy', diagnosis: { code: 'full' } },
  notPaired: { kind: 'toPair', diagnosis: { code: 'notPaired' } },
  forgotten: { kind: 'toPair', diagnosis: { code: 'forgotten' } },
  revoked: { kind: 'revoked', diagnosis: { code: 'revoked' } },
  older: { kind: 'older', diagnosis: { code: 'older' } },
  newer: { kind: 'newer', diagnosis: { code: 'newer' } },
  anotherMachine: { kind: 'wrongMachine', diagnosis: { code: 'anotherMachine' } },
  impostor: { kind: 'wrongMachine', diagnosis: { code: 'impostor' } },
};

test('every diagnosis has its message', () => {
  const canPair: ReadonlySet<ProbeKind> = new Set(['ok', 'toPair', 'revoked']);
  const texts = new Set<string>();
  for (const [code, { kind, diagnosis }] of Object.entries(DIAGNOSES)) {
    const outcome = probeOutcome({ kind, address: 'nas-01:7444', diagnosis, retryAfterMs: null, machineId: null, protocol: null });
    texts.add(outcome.text);
    expect(outcome.canPair, code).toBe(canPair.has(kind));
    if (code !== 'noAddress') expect(outcome.text, code).toMatch(/nas-01/);
    if (!outcome.canPair) expect(outcome.remedy, code).not.toBe('');
  }
  expect(texts.size).toBe(Object.keys(DIAGNOSES).length);
});
