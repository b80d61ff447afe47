import { expect, test } from 'vitest';
import { PROTOCOL } from '../wire/contract';
import type { Probe, ProbeKind } from '../wire/wire';
import { verdict, type Verdict } from './diagnosis';

const probe = (kind: ProbeKind, change: Partial<Probe> = {}): Probe => ({ kind, address: 'nas:7444', diagnosis: { code: 'noAnswer' }, retryAfterMs: null, machineId: null, protocol: null, ...change });
const away = (kind: ProbeKind): Verdict => ({ kind: 'away', why: { code: 'probed', probe: probe(kind) }, retryAfterMs: null });

/** Every kind there is: one that is added has to be put here, and somewhere in `verdict`. */
const TABLE: Record<ProbeKind, Verdict> = {
  ok: { kind: 'away', why: { code: 'didNotHold' }, retryAfterMs: null },
  nameNotFound: away('nameNotFound'),
  refused: away('refused'),
  noAnswer: away('noAnswer'),
  wrongPort: away('wrongPort'),
  notSightline: away('notSightline'),
  tls: away('tls'),
  blocked: away('blocked'),
  busy: away('busy'),
  toPair: { kind: 'final', state: { kind: 'toPair' } },
  revoked: { kind: 'final', state: { kind: 'ended', reason: 'revoked' } },
  newer: { kind: 'final', state: { kind: 'incompatible', theirs: PROTOCOL + 1 } },
  older: { kind: 'final', state: { kind: 'incompatible', theirs: PROTOCOL - 1 } },
  wrongMachine: { kind: 'impostor', foundId: null },
};

test.each(Object.entries(TABLE) as [ProbeKind, Verdict][])('%s', (kind, expected) => {
  expect(verdict(probe(kind))).toEqual(expected);
});

test('what the machine reported of itself is taken over', () => {
  expect(verdict(probe('busy', { retryAfterMs: 7_000 }))).toMatchObject({ retryAfterMs: 7_000 });
  expect(verdict(probe('newer', { protocol: 9 }))).toEqual({ kind: 'final', state: { kind: 'incompatible', theirs: 9 } });
  expect(verdict(probe('wrongMachine', { machineId: 'other' }))).toEqual({ kind: 'impostor', foundId: 'other' });
});
