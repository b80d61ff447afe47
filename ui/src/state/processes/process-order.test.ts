import { describe, expect, test } from 'vitest';
import { arrange, hold, keepingSame, sortAfterClick, sorted, type Arrangement, type Line, type Sort } from './process-order';
import { familyOf, type Process } from './process-table';

function process(pid: number, over: Partial<Process> = {}): Process {
  return {
    key: `${pid}:1`, pid, startedAtMs: 1, parentPid: null, name: `p${pid}`, state: 'sleeping', cpuRatio: 0, memoryBytes: 0,
    readBytesPerS: 0, writeBytesPerS: 0, threads: 1, user: 'ana', command: '', ...over,
  };
}

const map = (...all: Process[]): Map<string, Process> => new Map(all.map((one) => [one.key, one]));
const FLAT: Arrangement = { sort: { column: 'cpu', descending: true }, tree: false, collapsed: new Set(), matches: null };
const lines = (processes: Map<string, Process>, how: Partial<Arrangement> = {}): Line[] => arrange(processes, familyOf(processes), { ...FLAT, ...how });
const pids = (all: readonly Line[]): number[] => all.map((line) => line.process.pid);
/** Tree as text: a dash a level, + where folded. */
const drawn = (all: readonly Line[]): string => all.map((line) => `${'-'.repeat(line.depth)}${line.process.pid}${line.open === false ? '+' : ''}${line.aside ? '.' : ''}`).join(' ');

describe('sorting', () => {
  test.each<[Sort['column'], boolean, number[]]>([
    ['cpu', true, [2, 4, 1, 3]], ['cpu', false, [1, 4, 2, 3]], ['pid', false, [1, 2, 3, 4]], ['pid', true, [4, 3, 2, 1]],
    ['name', false, [3, 1, 2, 4]], ['user', false, [2, 4, 1, 3]], ['read', true, [2, 1, 3, 4]], ['memory', true, [4, 1, 2, 3]],
  ])('by %s, descending %s', (column, descending, expected) => {
    const all = [
      process(1, { name: 'b', user: 'root', cpuRatio: 0.1, memoryBytes: 5, readBytesPerS: 1 }),
      process(2, { name: 'C', user: 'ana', cpuRatio: 0.5, memoryBytes: 2, readBytesPerS: 9 }),
      process(3, { name: 'A', user: null, cpuRatio: null, memoryBytes: 1, readBytesPerS: null }),
      process(4, { name: 'd', user: 'Ana', cpuRatio: 0.5, memoryBytes: 1, readBytesPerS: null }),
    ];
    if (column === 'cpu') all[3] = process(4, { cpuRatio: 0.5, memoryBytes: 1 });
    if (column === 'memory') all[3] = process(4, { memoryBytes: 50 });
    expect(sorted(all, { column, descending }).map((one) => one.pid)).toEqual(expected);
  });

  test('equals keep their order whichever way they arrive', () => {
    const all = Array.from({ length: 300 }, (_, index) => process(index + 1, { cpuRatio: (index % 3) / 100, memoryBytes: index % 2 }));
    const sort: Sort = { column: 'cpu', descending: true };
    const expected = sorted(all, sort).map((one) => one.pid);
    for (let turn = 1; turn < 300; turn += 37) {
      expect(sorted([...all.slice(turn), ...all.slice(0, turn)], sort).map((one) => one.pid)).toEqual(expected);
    }
  });

  test('a difference in CPU that is not shown moves nothing', () => {
    const all = [process(1, { cpuRatio: 0.01001 }), process(2, { cpuRatio: 0.01002 })];
    expect(sorted(all, { column: 'cpu', descending: true }).map((one) => one.pid)).toEqual([1, 2]);
  });

  test('of 2000 rows each is read once, however often they are compared', () => {
    for (const column of ['name', 'cpu'] as const) {
      let read = 0;
      const count = <T>(value: T): T => ((read += 1), value);
      const all = Array.from({ length: 2000 }, (_, index) => ({
        ...process(index),
        get name() {
          return count(`name ${(index * 7919) % 2000}`);
        },
        get cpuRatio() {
          return count(((index * 7919) % 2000) / 1000);
        },
      }));
      expect(sorted(all, { column, descending: true })).toHaveLength(2000);
      // The ratio is read once more, to see whether there is one.
      expect(read / 2000).toBe(column === 'name' ? 1 : 2);
    }
  });

  test('a click sorts by that column, a second one turns it round', () => {
    const cpu: Sort = { column: 'cpu', descending: true };
    expect(sortAfterClick(cpu, 'cpu')).toEqual({ column: 'cpu', descending: false });
    expect(sortAfterClick(cpu, 'name')).toEqual({ column: 'name', descending: false });
    expect(sortAfterClick(cpu, 'memory')).toEqual({ column: 'memory', descending: true });
  });
});

describe('the tree', () => {
  const family = map(process(1), process(2, { parentPid: 1, cpuRatio: 0.1 }), process(3, { parentPid: 1, cpuRatio: 0.9 }), process(4, { parentPid: 2 }), process(9, { parentPid: 77, cpuRatio: 0.5 }));
  test('goes by parents, siblings sorted, orphans at the root', () => {
    expect(drawn(lines(family, { tree: true }))).toBe('9 1 -3 -2 --4');
  });
  test('folds', () => {
    expect(drawn(lines(family, { tree: true, collapsed: new Set(['2:1']) }))).toBe('9 1 -3 -2+');
    expect(drawn(lines(family, { tree: true, collapsed: new Set(['1:1']) }))).toBe('9 1+');
  });
  test('a filter shows what matches with those above it, even where folded', () => {
    expect(drawn(lines(family, { tree: true, collapsed: new Set(['2:1']), matches: (one) => one.pid === 4 }))).toBe('1. -2. --4');
  });
  test('a cycle of parents hides no process', () => {
    const circle = map(process(5, { parentPid: 6 }), process(6, { parentPid: 5 }), process(7, { parentPid: 6 }));
    expect(pids(lines(circle, { tree: true })).sort()).toEqual([5, 6, 7]);
    expect(pids(lines(circle, { tree: true, collapsed: new Set(['5:1', '6:1']) }))).toContain(5);
  });
});

describe('a held order', () => {
  const before = map(process(1, { cpuRatio: 0.9 }), process(2, { cpuRatio: 0.5 }), process(3, { cpuRatio: 0.1 }));
  const after = map(process(1, { cpuRatio: 0 }), process(3, { cpuRatio: 2 }), process(4, { cpuRatio: 0.2 }), process(5, { cpuRatio: 3 }));
  test('keeps places, updates values, marks ended processes, puts new ones below', () => {
    const held = hold(lines(before), after, familyOf(after), lines(after));
    expect(pids(held)).toEqual([1, 2, 3, 5, 4]);
    expect(held.map((line) => line.gone)).toEqual([false, true, false, false, false]);
    expect(held.map((line) => line.process.cpuRatio)).toEqual([0, 0.5, 2, 3, 0.2]);
  });
  test('ended processes stay, and new ones stay below, for as long as it is held', () => {
    const once = hold(lines(before), after, familyOf(after), lines(after));
    const later = map(process(5, { cpuRatio: 1 }), process(6));
    expect(pids(hold(once, later, familyOf(later), lines(later)))).toEqual([1, 2, 3, 5, 4, 6]);
  });
  test('the same PID with another start time is another process', () => {
    const again = map({ ...process(2), startedAtMs: 50, key: '2:50' });
    const held = hold(lines(before), again, familyOf(again), lines(again));
    expect(held.map((line) => [line.key, line.gone])).toEqual([['1:1', true], ['2:1', true], ['3:1', true], ['2:50', false]]);
  });
  test('unchanged lines keep their object', () => {
    const first = lines(before);
    const same = keepingSame(first, lines(before));
    expect(same.every((line, index) => line === first[index])).toBe(true);
    const [line] = keepingSame(first, lines(map(process(1, { cpuRatio: 0.9 }))));
    expect(line).not.toBe(first[0]);
  });
});
