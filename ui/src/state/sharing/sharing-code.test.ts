import { expect, test } from 'vitest';
import type { Invitation, Sharing, ViewerInfo } from '../../wire/wire';
import { codeState, nextCode, type ShownCode } from './sharing-code';

const invitation = (digits: string, leftMs = 300_000): Invitation => ({ link: null, qr: [], digits, digitsPausedMs: 0, scope: 'view', arguments: false, lastsMs: 300_000, leftMs });
const viewer = (id: string, name = id): ViewerInfo => ({ id, name, kind: 'browser', client: '', address: null, scope: 'view', arguments: false, pairedAtMs: 0, lastSeenAtMs: null, connected: 0 });
const said = (part: Partial<Sharing>): Sharing =>
  ({ reach: 'lan', invitation: null, viewers: [], requests: [], ...part }) as Sharing;
const after = (...parts: Partial<Sharing>[]): ShownCode | null => parts.reduce<ShownCode | null>((shown, part) => nextCode(shown, said(part), 1_000), null);

test('it counts down by this page\'s clock, from the time left that the machine reports', () => {
  const shown = after({ invitation: invitation('417902', 120_000) });
  expect(codeState(shown, 1_000)).toMatchObject({ kind: 'good', leftMs: 120_000, ratio: 0.4 });
  expect(codeState(shown, 61_000)).toMatchObject({ kind: 'good', leftMs: 60_000 });
  expect(codeState(shown, 121_000)).toEqual({ kind: 'ended' });
});

test('a clock that was set back does not lengthen it', () => {
  expect(codeState(after({ invitation: invitation('417902') }), -1_000_000)).toMatchObject({ kind: 'good', leftMs: 300_000, ratio: 1 });
});

test('a code that is gone was used by the device paired since, or has expired', () => {
  const before = { invitation: invitation('417902'), viewers: [viewer('a')] };
  expect(codeState(after(before, { viewers: [viewer('a'), viewer('b', 'Phone')] }), 2_000)).toEqual({ kind: 'used', by: 'Phone' });
  expect(codeState(after(before, { viewers: [viewer('a')] }), 2_000)).toEqual({ kind: 'ended' });
});

test('a device that typed the digits used it, even if it is refused afterwards', () => {
  const request = { id: 'r', name: 'Phone', client: '', address: '', scope: 'view' as const, arguments: false, compare: null };
  const shown = after({ invitation: invitation('417902') }, { requests: [request] }, {});
  expect(codeState(shown, 2_000)).toEqual({ kind: 'used', by: 'Phone' });
});

test('a device that compared digits did not use it', () => {
  const request = { id: 'r', name: 'Laptop', client: '', address: '', scope: 'processes' as const, arguments: false, compare: '418302' };
  expect(codeState(after({ invitation: invitation('417902') }, { requests: [request] }), 2_000)).toEqual({ kind: 'ended' });
});

test('the next code knows those who were paired by the one before', () => {
  const first = { invitation: invitation('417902') };
  const second = { invitation: invitation('111111'), viewers: [viewer('a', 'Phone')] };
  expect(codeState(after(first, second, { viewers: [viewer('a', 'Phone')] }), 2_000)).toEqual({ kind: 'ended' });
});

test('without the network there is none', () => {
  expect(after({ invitation: invitation('417902') }, { reach: 'local' })).toBeNull();
  expect(codeState(null, 0)).toEqual({ kind: 'none' });
});
