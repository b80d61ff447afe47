import { describe, expect, test } from 'vitest';
import type { ProcessesChange, ProcessesKey } from '../../wire/wire';
import { familyOf, ProcessTable, type Process } from './process-table';

/** A machine that sends key frames and changes of its table, as the server does. */
type Row = [pid: number, startedAtMs: number, parentPid: number | null, name: string, state: string, cpu: number | null, memory: number, read: number | null, write: number | null, threads: number, user: string, command: string];
const COLUMNS = ['pid', 'startedAtMs', 'parentPid', 'name', 'state', 'cpuRatio', 'memoryBytes', 'readBytesPerS', 'writeBytesPerS', 'threads', 'user', 'command'];
const CHANGING = ['state', 'cpuRatio', 'memoryBytes', 'readBytesPerS', 'writeBytesPerS', 'threads'];

function keyFrame(rows: readonly Row[]): ProcessesKey {
  return { columns: COLUMNS, changing: CHANGING, rows: rows.map((row) => [...row]) };
}

function changeBetween(before: readonly Row[], after: readonly Row[]): ProcessesChange {
  const key = (row: Row): string => `${row[0]}:${row[1]}`;
  const old = new Map(before.map((row) => [key(row), row]));
  const change: ProcessesChange = { added: [], changed: [], gone: [] };
  for (const row of after) {
    const was = old.get(key(row));
    old.delete(key(row));
    const text = (r: Row): string => JSON.stringify([r[2], r[3], r[10], r[11]]);
    const numbers = (r: Row): string => JSON.stringify(r.slice(4, 10));
    if (!was || text(was) !== text(row)) change.added.push([...row]);
    else if (numbers(was) !== numbers(row)) change.changed.push([row[0], row[1], ...row.slice(4, 10)]);
  }
  change.gone = [...old.values()].map((row) => [row[0], row[1]]);
  return change;
}

let seed = 1;
function random(below: number): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((seed / 2 ** 31) * below);
}

function randomRow(pid: number, startedAtMs: number): Row {
  return [pid, startedAtMs, random(3) ? random(40) : null, `p${random(5)}`, 'sleeping', random(4) ? random(100) / 100 : null, random(9), random(2) ? random(9) : null, null, 1 + random(3), 'ana', ''];
}

function mutated(rows: readonly Row[], tick: number): Row[] {
  const next: Row[] = [];
  for (const row of rows) {
    const luck = random(10);
    if (luck === 0) continue;
    // The same PID, taken at once by another process.
    if (luck === 1) next.push(randomRow(row[0], tick));
    else if (luck === 2) next.push([...row.slice(0, 3), 'renamed', ...row.slice(4)] as Row);
    else if (luck < 6) next.push([...row.slice(0, 5), random(100) / 100, ...row.slice(6)] as Row);
    else next.push(row);
  }
  const free = [...Array(40).keys()].filter((pid) => !next.some((row) => row[0] === pid));
  for (let n = random(5); n > 0; n -= 1) {
    const pid = free[random(free.length)];
    if (pid !== undefined && !next.some((row) => row[0] === pid)) next.push(randomRow(pid, tick));
  }
  return next.sort((a, b) => a[0] - b[0]);
}

function contents(table: ProcessTable): unknown[] {
  const text = (p: Process): unknown[] => [p.pid, p.startedAtMs, p.parentPid, p.name, p.state, p.cpuRatio, p.memoryBytes, p.readBytesPerS, p.writeBytesPerS, p.threads, p.user, p.command];
  return [...table.processes.values()].map(text).sort((a, b) => Number(a[0]) - Number(b[0]));
}

describe('the table', () => {
  test('equals the server’s, whatever processes start and end', () => {
    for (let run = 0; run < 60; run += 1) {
      let rows = mutated([], 1);
      const table = new ProcessTable();
      table.replace(keyFrame(rows));
      for (let tick = 2; tick < 30; tick += 1) {
        const after = mutated(rows, tick);
        if (random(8) === 0) table.replace(keyFrame(after));
        else table.change(JSON.parse(JSON.stringify(changeBetween(rows, after))) as ProcessesChange);
        rows = after;
        expect(contents(table)).toEqual(rows);
      }
    }
  });

  const ROWS: Row[] = [[1, 5, null, 'systemd', 'sleeping', 0, 16, 0, 0, 1, 'root', '/sbin/init'], [7, 9, 1, 'fish', 'sleeping', null, 14, null, null, 3, 'ana', 'fish']];

  test('keeps the object of a process that did not change', () => {
    const table = new ProcessTable();
    table.replace(keyFrame(ROWS));
    const [one, seven] = table.processes.values();
    table.change({ added: [], changed: [[7, 9, 'running', 0.5, 15, 1, 2, 4]], gone: [] });
    expect(table.processes.get('1:5')).toBe(one);
    expect(table.processes.get('7:9')).toEqual({ ...seven, state: 'running', cpuRatio: 0.5, memoryBytes: 15, readBytesPerS: 1, writeBytesPerS: 2, threads: 4 });
    table.replace(keyFrame(ROWS));
    expect(table.processes.get('1:5')).toBe(one);
  });

  test('knows when its shape changed', () => {
    const table = new ProcessTable();
    table.replace(keyFrame(ROWS));
    const before = table.shape;
    table.change({ added: [], changed: [[7, 9, 'running', 0.5, 15, 1, 2, 4]], gone: [] });
    table.replace(keyFrame(ROWS));
    expect(table.shape).toBe(before);
    table.change({ added: [], changed: [], gone: [[7, 9]] });
    expect(table.shape).toBeGreaterThan(before);
  });

  test('ignores changes before a key frame', () => {
    expect(new ProcessTable().change({ added: [], changed: [], gone: [] })).toBe(false);
  });

  test('reads columns by name: unknown ones are passed over, hidden ones are null', () => {
    const table = new ProcessTable();
    table.replace({ columns: ['later', 'startedAtMs', 'pid', 'name'], changing: ['later', 'threads'], rows: [['x', 5, 1, 'init']] });
    expect(table.hasOwners).toBe(false);
    table.change({ added: [], changed: [[1, 5, 'y', 12]], gone: [] });
    const process = table.processes.get('1:5');
    expect(process).toMatchObject({ pid: 1, name: 'init', user: null, command: null, threads: 12, state: 'unknown' });
    expect(process && 'later' in process).toBe(false);
  });
});

describe('parents and children', () => {
  const of = (...rows: Row[]) => {
    const table = new ProcessTable();
    table.replace(keyFrame(rows));
    return familyOf(table.processes);
  };
  const row = (pid: number, startedAtMs: number, parentPid: number | null): Row => [pid, startedAtMs, parentPid, '', 'sleeping', 0, 0, 0, 0, 1, '', ''];

  test('leaves orphans at the root', () => {
    const family = of(row(1, 0, null), row(2, 5, 1), row(3, 9, 2), row(4, 9, 99), row(5, 9, 5));
    expect([...family.parentOf]).toEqual([['2:5', '1:0'], ['3:9', '2:5']]);
  });

  test('a younger process is not the parent: its PID was reused', () => {
    expect(of(row(2, 90_000, null), row(3, 5_000, 2)).parentOf.size).toBe(0);
  });
});
