import { describe, expect, test } from 'vitest';
import { arrange, byHurt, sameOrder, sameSet, type Choice } from './arrange';
import type { FleetRow } from './filter';

const row = (key: string, mark: FleetRow['mark'], tag: string, cpu: number | null = null): FleetRow => ({ key, name: key, tags: tag === '' ? [] : [tag], family: 'linux', os: '', addresses: [], mark, cpu, memory: null, memoryTotalBytes: null, diskFull: null, disk: null, net: null, temperature: null });
const ROWS = [row('', 'live', '', 0.3), row('a', 'live', 'desk', 0.9), row('b', 'critical', 'rack', 0.1), row('c', 'offline', 'desk'), row('d', 'live', 'rack', 0.2), row('e', 'warning', 'rack', 0.5)];
const ALL: Choice = { group: 'tag', sort: 'own', filter: null, marks: new Set() };
const written = (choice: Partial<Choice>, rows: readonly FleetRow[] = ROWS) => arrange(rows, { ...ALL, ...choice }).map(({ title, keys }) => `${title}: ${keys.map((key) => key || '*').join(' ')}`);

describe('arrange', () => {
  test('by tag, this machine above', () => expect(written({})).toEqual(['This machine: *', 'Desk: a c', 'Rack: b d e']));
  test('this machine stands with the others where nobody is tagged', () => expect(written({}, [row('', 'live', ''), row('x', 'live', '')])).toEqual(['Machines: * x']));
  test('what is found nearby stands beside this machine', () => {
    const found = { ...row('found', 'toPair', ''), nearby: true };
    expect(written({}, [...ROWS, found])[0]).toBe('Here and nearby: * found');
    expect(written({}, [row('', 'live', ''), row('x', 'live', ''), found])).toEqual(['Machines: * x', 'Found nearby: found']);
  });
  test('by state, worst first', () => expect(written({ group: 'state' })).toEqual(['Critical: b', 'Warning: e', 'Offline: c', 'Live: * a d']));
  test('as one', () => expect(written({ group: 'none' })).toEqual([': * a b c d e']));
  test('worst state first, then highest load', () => {
    expect(byHurt(ROWS).map(({ key }) => key || '*')).toEqual(['b', 'e', 'c', 'a', '*', 'd']);
    expect(written({ sort: 'hurt' })).toEqual(['This machine: *', 'Rack: b e d', 'Desk: c a']);
  });
  test('chips and the filter narrow it', () => {
    expect(written({ group: 'none', marks: new Set(['offline', 'warning']) })).toEqual([': c e']);
    expect(written({ group: 'none', marks: new Set(['live']), filter: ({ cpu }) => (cpu ?? 0) > 0.25 })).toEqual([': * a']);
    expect(written({ filter: () => false })).toEqual([]);
  });
});

test('another order is distinguished from another set', () => {
  const a = [{ fold: 'x', title: 'X', keys: ['1', '2'] }];
  const b = [{ fold: 'x', title: 'X', keys: ['2', '1'] }];
  expect(sameSet(a, b)).toBe(true);
  expect(sameOrder(a, b)).toBe(false);
  expect(sameSet(a, [{ fold: 'x', title: 'X', keys: ['1', '3'] }])).toBe(false);
  expect(sameOrder(a, [{ fold: 'x', title: 'X', keys: ['1', '2'] }])).toBe(true);
});
