import { expect, test } from 'vitest';
import type { FaultReason } from '../wire/wire';
import { faultId, faultMessage } from './fault-messages';

const told = (source: string, reason: FaultReason) => faultMessage({ source, message: 'x', reason });

test('a sentence is made of the source and its code, whatever the message says', () => {
  expect(told('cpu', { is: 'notRead', cause: { is: 'notPermitted' } })).toBe('CPU time cannot be read: the user that Sightline runs as may not.');
  expect(told('load', { is: 'notRead', cause: { is: 'notOnThisSystem' } })).toBe('The load average cannot be read on this system.');
  expect(told('disks', { is: 'failed', againS: 4 })).toBe('Reading the disks failed inside Sightline; this is a bug. It is tried again after 4 s.');
  expect(told('filesystems', { is: 'filesystemSilent', mount: '/mnt/\u202enas' })).toBe('/mnt/\\u202enas does not answer; its last numbers are shown.');
  expect(told('sharing', { is: 'fileUnreadable', file: { path: '/a.json', detail: 'no JSON', aside: { is: 'moved', path: '/a.json.unreadable-1' }, backup: false } })).toBe(
    '/a.json could not be read: no JSON. It is kept as /a.json.unreadable-1; defaults are used.',
  );
  expect(told('sharing', { is: 'fileUnclear', file: 'access.json', problem: { is: 'malformed', line: 3, column: 1, detail: 'trailing comma' }, before: false })).toBe(
    'access.json is not understood in line 3, column 1: trailing comma. Mend it there. It is read again within a minute. Until then nothing is open that it would have to allow.',
  );
  expect(told('sharing', { is: 'fileUnclear', file: 'access.json', problem: { is: 'exposed', mode: '644' }, before: true })).toBe(
    'Other users can read or change access.json (mode 644), so it is not used. Run: chmod 600 access.json. It is read again within a minute. What it said before stays in use until then.',
  );
  expect(told('settings', { is: 'badSettings', settings: [{ is: 'notUnderstood', file: 'settings.json', name: 'loopback', used: 'off' }, { is: 'newerFile', file: 'settings.json', version: 2, known: 1 }] })).toBe(
    'loopback in settings.json is not understood; off is used until it is mended. A newer Sightline wrote settings.json (version 2; this one knows 1). What it does not know is not used; update this one.',
  );
  expect(told('settings', { is: 'badSettings', settings: [{ is: 'givenTwice', file: 'settings.json', name: 'loopback', used: 'off' }, { is: 'givenTwice', file: 'access.json', name: 'viewers', used: null }] })).toBe(
    'loopback is there twice in settings.json; off is used until one of them is removed. viewers is there twice in access.json, and left out until one of them is removed.',
  );
  expect(told('sharing on the network', { is: 'notShared', problem: { is: 'portNeedsRoot', port: 80 } })).toBe('Not shared as it should be: port 80 needs root. Choose one above 1023.');
  expect(told('compat', { is: 'badSettings', settings: [{ is: 'notASwitch', name: 'WS_ENABLED', value: 'maybe', used: true }] })).toBe('WS_ENABLED is “maybe”, which is neither true nor false; true is used.');
});

test('where the code is none, or of a newer machine, the message stands', () => {
  expect(faultMessage({ source: 'disks', message: 'sda does not answer' })).toBe('Sda does not answer.');
  expect(told('disks', { is: 'moon' } as unknown as FaultReason)).toBe('X.');
  expect(told('disks', { is: 'notRead', cause: { is: 'moon' } as never })).toBe('X.');
});

test('a fault is known again by its code, not by its words', () => {
  const fault = (message: string) => faultId({ source: 'disks', message, reason: { is: 'diskUseHidden' } });
  expect(fault('in English')).toBe(fault('in French'));
  expect(faultId({ source: 'disks', message: 'x' })).toBe('x');
});
