// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from 'vitest';
import type { Frame, KnownMachine, ProcessesChange, ProcessesKey } from '../../wire/wire';
import { MachineState } from '../machines/machine-state.svelte';
import { machines } from '../machines/machines.svelte';
import { preferences } from '../page/preferences.svelte';
import { ProcessesState } from './processes.svelte';

const COLUMNS = ['pid', 'startedAtMs', 'parentPid', 'name', 'state', 'cpuRatio', 'memoryBytes', 'readBytesPerS', 'writeBytesPerS', 'threads', 'user', 'command'];
const CHANGING = ['state', 'cpuRatio', 'memoryBytes', 'readBytesPerS', 'writeBytesPerS', 'threads'];
const row = (pid: number, parentPid: number | null, name: string, cpu: number | null): (number | string | null)[] => [pid, 1000, parentPid, name, 'sleeping', cpu, pid, 0, 0, 1, pid % 2 ? 'ana' : 'root', name];

let state: ProcessesState;
let atMs = 0;
function key(...rows: (number | string | null)[][]): void {
  const data: ProcessesKey = { columns: COLUMNS, changing: CHANGING, rows };
  state.take({ channel: 'processes', seq: 1, sampledAtMs: (atMs += 1000), key: true, data } satisfies Frame);
}
function change(data: Partial<ProcessesChange>): void {
  state.take({ channel: 'processes', seq: 1, sampledAtMs: (atMs += 1000), key: false, data: { added: [], changed: [], gone: [], ...data } });
}
const names = (): string => state.lines.map((line) => line.process.name + (line.gone ? '×' : '')).join(' ');

beforeEach(() => {
  preferences.set({ processes: {} });
  state = new ProcessesState();
  key(row(1, null, 'systemd', 0.01), row(3, 1, 'firefox', 0.5), row(4, 3, 'web', 0.2));
});

describe('the view of the table', () => {
  test('is sorted by CPU at first', () => {
    expect(names()).toBe('firefox web systemd');
    expect([state.total, state.matching, state.hasOwners]).toEqual([3, 3, true]);
  });

  test('keeps the last valid filter while another is typed', () => {
    state.setQuery('name=fire');
    expect([names(), state.matching, state.marks]).toEqual(['firefox', 1, ['fire']]);
    state.setQuery('name=fire and nmae=x');
    expect([names(), state.queryError?.meant]).toEqual(['firefox', 'name']);
    state.setQuery('');
    expect([names(), state.filtered]).toEqual(['firefox web systemd', false]);
  });

  test('holds the order while there is a reason, and no longer', () => {
    state.setHold('pointer', true);
    state.setHold('menu', true);
    change({ added: [row(5, 1, 'new', 0.9)], changed: [[1, 1000, 'running', 2, 1, 0, 0, 1]], gone: [[4, 1000]] });
    expect([names(), state.held]).toEqual(['firefox web× systemd new', 'menu']);
    state.setHold('menu', false);
    expect([names(), state.held]).toEqual(['firefox web× systemd new', 'pointer']);
    state.setHold('pointer', false);
    expect([names(), state.held]).toEqual(['systemd new firefox', null]);
  });

  test('a choice sorts again even where the order is held', () => {
    state.setHold('pointer', true);
    state.sortBy('pid');
    expect(names()).toBe('systemd firefox web');
    change({ changed: [[1, 1000, 'running', 2, 1, 0, 0, 1]] });
    expect(names()).toBe('systemd firefox web');
  });

  test('lines that did not change are the same objects', () => {
    const before = state.lines;
    change({ changed: [[4, 1000, 'running', 0.2, 4, 0, 0, 1]] });
    expect(state.lines.map((line, index) => line === before[index])).toEqual([true, false, true]);
  });

  test('selects a process by PID and start, also when it has ended', () => {
    state.show('4:1000');
    expect(state.parentsOf('4:1000').map((one) => one.name)).toEqual(['systemd', 'firefox']);
    expect(state.childrenOf('3:1000').map((one) => one.name)).toEqual(['web']);
    change({ changed: [[4, 1000, 'running', 0.7, 4, 1, 2, 1]] });
    expect(state.trace.values('cpu').slice(-3)).toEqual([null, 0.2, 0.7]);
    expect(state.trace.values('disk').at(-1)).toBe(3);
    change({ gone: [[4, 1000]] });
    expect([state.selected?.name, state.selectedGone]).toEqual(['web', true]);
    change({ added: [[4, 9999, 3, 'other', 'running', 0, 0, 0, 0, 1, 'ana', '']] });
    expect([state.selected?.name, state.selectedGone]).toEqual(['web', true]);
  });

  test('folds a tree', () => {
    state.setTree(true);
    expect(names()).toBe('systemd firefox web');
    state.setOpen('3:1000', false);
    expect(names()).toBe('systemd firefox');
  });

  test('proposes the users there are', () => {
    expect(state.valuesOf('user')).toEqual(['ana', 'root']);
  });
});

test('nothing of a machine is shown under the name of another', () => {
  state.show('4:1000');
  state.setQuery('name=we');
  state.setHold('menu', true);
  machines.others = [new MachineState({ id: 'nas', name: 'nas-01', tags: [] } as unknown as KnownMachine)];
  machines.show('nas');
  expect([state.lines, state.total, state.matching, state.sampledAtMs, state.selected, state.selectedKey, state.open, state.held]).toEqual([[], 0, 0, null, null, null, false, null]);
  expect(state.trace.values('cpu').every((value) => value === null)).toBe(true);
  expect([state.query, state.process('4:1000')]).toEqual(['name=we', undefined]);
  change({ gone: [[4, 1000]] });
  expect(state.lines).toEqual([]);
  machines.inView.link.connection = { kind: 'polling' };
  expect(state.missingBecause).toContain('nas-01');
  machines.show('');
  machines.others = [];
});
