import { describe, expect, it } from 'vitest';
import { closeMessage } from './close-messages';

describe('close codes', () => {
  const check = (code: number, opened: boolean, name: string) => expect(closeMessage(code, opened).name).toBe(name);

  it('have a name each', () => {
    check(1000, true, 'normal');
    check(1001, true, 'going away');
    check(1009, true, 'too large');
    check(1013, true, 'try again later');
    check(3333, true, 'registered');
    check(4001, true, 'private');
    check(2999, true, 'unknown');
  });

  it('distinguish a lost connection from one that never opened', () => {
    check(1006, true, 'lost');
    check(1006, false, 'not connected');
  });
});
