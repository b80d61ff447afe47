import { expect, test } from 'vitest';
import { checkedPort, nameProblem, scopeChoices, sharedLabel, spokenDigits, timeLeft } from './sharing';

test('the sidebar shows exposure and number of viewers', () => {
  const said = (reach: 'off' | 'local' | 'lan', viewing: number, open = false) => {
    const { how, who } = sharedLabel({ reach, viewing, open });
    return `${how}|${who}`;
  };
  expect(said('off', 0)).toBe('Not shared|');
  expect(said('local', 0)).toBe('Shared on this computer|');
  expect(said('local', 1)).toBe('Shared on this computer|1');
  expect(sharedLabel({ reach: 'local', viewing: 1, open: false }).inFull).toBe('Shared on this computer, 1 viewer');
  expect(said('lan', 2)).toBe('Shared on LAN|2 viewers');
  expect(said('lan', 0)).toBe('Shared on LAN|no viewers');
  expect(said('lan', 1, true)).toBe('Open to LAN|1 viewer');
});

test.each(['0', '65536', '-1', '74.5', '7e3', '', 'http', ' 1 2 '])('%j is no port', (text) => expect(checkedPort(text)).toHaveProperty('problem'));
test('ends of the range are ports', () => {
  expect(checkedPort('1')).toEqual({ port: 1 });
  expect(checkedPort(' 65535 ')).toEqual({ port: 65_535 });
});

test('a name is counted in characters, not in units', () => {
  expect(nameProblem('   ')).not.toBeNull();
  expect(nameProblem('🖥'.repeat(64))).toBeNull();
  expect(nameProblem('x'.repeat(65))).not.toBeNull();
});

test('time left is rounded up', () => {
  expect([192_000, 60_000, 59_001, 1, 0, -5].map(timeLeft)).toEqual(['3 min 12 s', '1 min 0 s', '1 min 0 s', '1 s', '0 s', '0 s']);
});

test('digits are read one by one', () => expect(spokenDigits('417902')).toBe('4 1 7, 9 0 2'));

test('control says that it needs an encrypted link', () => {
  expect(scopeChoices(false)[2]?.text).toBe('Control (over https only)');
  expect(scopeChoices(true)[2]?.text).toBe('Control');
});
