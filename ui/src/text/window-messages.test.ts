import { expect, test } from 'vitest';
import { errorMessage } from './error-messages';
import { windowMessage } from './window-messages';

test('a signal that was not sent says whose the process is', () => {
  const signal = { pid: 9, signal: 'stop' as const };
  expect(windowMessage({ is: 'signal', why: { is: 'notOurs', ...signal, name: 'postgres', owner: 'postgres' } })).toBe('postgres belongs to postgres. Only postgres and root may pause it. Nothing was sent.');
  expect(windowMessage({ is: 'signal', why: { is: 'notOurs', ...signal, name: null, owner: 'root' } })).toBe('Process 9 belongs to root. Only root may pause it. Nothing was sent.');
  expect(windowMessage({ is: 'signal', why: { is: 'unable', ...signal, name: 'a\u202eb', cause: { is: 'oldKernel' } } })).toBe('a\\u202eb could not be paused: this needs Linux 5.3 or newer. Nothing was sent.');
});

test('what is wrong within a file is said from the outside in', () => {
  expect(windowMessage({ is: 'list', why: { is: 'inFile', file: 'machines.json', why: { is: 'ofMachine', number: 1, why: { is: 'noAddress', name: 'nas' } } } })).toBe(
    'machines.json: Machine 1 of the file: nas needs an address, as in 192.168.1.20:7444. Nothing was added.',
  );
});

test('the code of the window goes before the message', () => {
  expect(errorMessage({ message: 'x', window: { is: 'notListed' } })).toBe('This is not one of your machines.');
});
