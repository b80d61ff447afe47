import { expect, test } from 'vitest';
import type { SensorsAbsent } from '../wire/wire';
import { sensorsAbsentMessage } from './sensors-messages';

test('a machine says why it shows no sensors, by a code or in its own words', () => {
  expect(sensorsAbsentMessage({ sensorsAbsentBecause: null }, 'nas')).toBeNull();
  expect(sensorsAbsentMessage({ sensorsAbsentBecause: 'x', sensorsAbsent: 'container' }, 'n\u202eas')).toBe('n\\u202eas is a container; the sensors of its host are not shown to it.');
  expect(sensorsAbsentMessage({ sensorsAbsentBecause: 'they are frozen', sensorsAbsent: 'frozen' as SensorsAbsent }, 'nas')).toBe('They are frozen.');
  expect(sensorsAbsentMessage({ sensorsAbsentBecause: 'an older machine' }, 'nas')).toBe('An older machine.');
});
