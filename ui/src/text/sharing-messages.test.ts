import { expect, test } from 'vitest';
import type { CertificateProblem, SharingProblem } from '../wire/wire';
import { certificateProblem, discoveryProblem, notKept, sharingProblem } from './sharing-messages';

const told = (problemReason: SharingProblem) => sharingProblem({ problem: 'x', problemReason });

test('what comes back with a restart is told with the reason', () => {
  expect(notKept({})).toBeNull();
  expect(notKept({ notKept: 'No space left on device' })).toContain('comes back with a restart: it could not be written to access.json (No space left on device)');
});

test('nothing is wrong without a problem', () => {
  expect([sharingProblem({ problem: null }), certificateProblem({ problem: null }), discoveryProblem({ problem: null })]).toEqual([null, null, null]);
});

test('a sentence is made of the code, whatever the message says', () => {
  expect(told({ is: 'portTaken', port: 7444, holder: { pid: 812, name: 'syncthing' } })).toBe('Port 7444 is taken by syncthing (pid 812). Choose another port, or end that program.');
  expect(told({ is: 'portTaken', port: 7444, holder: { pid: 812, name: null } })).toBe('Port 7444 is taken by a process (pid 812). Choose another port, or end that program.');
  expect(told({ is: 'portTaken', port: 7444, holder: null })).toBe('Port 7444 is taken. Choose another port, or end that program.');
  expect(told({ is: 'notEncrypted', certificate: { is: 'unreadable', path: '/a\u202eb', detail: 'no such file' } })).toBe('Links cannot be encrypted as they should be, so nothing is open on the network. /a\\u202eb cannot be read: no such file. Give the path of a file that this program may read.');
  expect(told({ is: 'notUnderstood', file: 'access.json' })).toBe('access.json is not understood, so only this computer is answered until it is mended.');
  expect(certificateProblem({ problem: 'x', problemReason: { is: 'expired', untilMs: Date.UTC(2026, 10, 29), path: null } })).toContain('The certificate expired on ');
  expect(discoveryProblem({ problem: 'x', problemReason: { is: 'tooManyMachines' } })).toContain('More machines announce themselves');
});

test('where the code is none, or of a newer machine, the message stands', () => {
  expect(sharingProblem({ problem: 'the moon is full' })).toBe('The moon is full.');
  expect(told({ is: 'moon' } as unknown as SharingProblem)).toBe('X.');
  expect(told({ is: 'notEncrypted', certificate: { is: 'moon' } as unknown as CertificateProblem })).toBe('X.');
});
