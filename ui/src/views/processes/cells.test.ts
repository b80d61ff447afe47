import { describe, expect, test } from 'vitest';
import { cellText, cpuBar, cpuText, letterOf, midnightBefore, startedText } from './cells';
import { detailLines } from './details';
import type { Process } from '../../state/processes/process-table';

const NOW = new Date(2026, 10, 21, 17, 8, 42).getTime();
const TODAY = midnightBefore(NOW);
const PROCESS: Process = {
  key: '1:1', pid: 4121, startedAtMs: new Date(2026, 10, 21, 9, 2, 7).getTime(), parentPid: 1, name: 'firefox', state: 'sleeping', cpuRatio: 0.0772,
  memoryBytes: 1887 * 2 ** 20, readBytesPerS: null, writeBytesPerS: 2e5, threads: 214, user: 'ana', command: '',
};

describe('cells', () => {
  test('say what the mock says', () => {
    const text = (column: Parameters<typeof cellText>[1]) => cellText(PROCESS, column, { cpuWhole: 1, todayMs: TODAY });
    expect([text('pid'), text('user'), text('cpu'), text('memory'), text('read'), text('write'), text('threads'), text('started'), text('command')]).toEqual([
      '4121', 'ana', '7.7', '1\u2009887', '–', '0.2', '214', '09:02', '[firefox]',
    ]);
  });

  test('a start is shown in the viewer\'s time', () => {
    const ahead = { ...PROCESS, startedAtMs: PROCESS.startedAtMs + 3_600_000 };
    expect(cellText(ahead, 'started', { cpuWhole: 1, todayMs: TODAY, clockOffsetMs: 3_600_000 })).toBe('09:02');
    expect(detailLines(ahead, null, NOW, 3_600_000)[0]).toEqual(detailLines(PROCESS, null, NOW)[0]);
  });

  test.each([[null, '–'], [0, '0'], [0.0004, '0'], [0.0006, '0.1'], [1.982, '198.2'], [12.34, '1\u2009234']])('CPU %s is %s', (ratio, expected) => {
    expect(cpuText(ratio, 1)).toBe(expected);
  });

  test('CPU of all cores', () => {
    expect(cpuText(2, 16)).toBe('12.5');
    expect([cpuBar(0, 1, 36), cpuBar(0.003, 1, 36), cpuBar(0.5, 1, 36), cpuBar(9, 1, 36), cpuBar(null, 1, 36)]).toEqual([0, 1, 18, 36, 0]);
  });

  test.each([
    [new Date(2026, 10, 21, 0, 0, 0), '00:00'], [new Date(2026, 10, 20, 23, 59, 59), 'Fri'], [new Date(2026, 10, 9), '9 Nov'], [new Date(2024, 5, 1), 'Jun 2024'],
  ])('started %s is %s', (at, expected) => {
    expect(startedText(at.getTime(), TODAY)).toBe(expected);
  });

  test.each([['firefox', 'F'], ['(sd-pam)', 'S'], ['[]', '·'], ['', '·'], ['ß', 'S'], ['7z', '7']])('letter of %s', (name, expected) => {
    expect(letterOf(name)).toBe(expected);
  });

  test('details leave out what is unknown', () => {
    expect(detailLines(PROCESS, null, NOW).map(({ name, text }) => `${name}: ${text}`)).toEqual(['Started: today 09:02:07, 8 h 6 min ago', 'Threads: 214']);
    const detail = { pid: 4121, startedAtMs: 1, sampledAtMs: NOW, gone: false, openFiles: 61, openFilesLimit: 1_048_576, nice: 0, cpuTimeMs: 154_000, cgroup: '/user.slice/app.scope', executable: null, workingDirectory: null, virtualBytes: null, swapBytes: 0 };
    expect(detailLines(PROCESS, detail, NOW).slice(2).map(({ name, text }) => `${name}: ${text}`)).toEqual(['Open files: 61 of 1\u2009048\u2009576', 'Priority: nice 0', 'CPU time: 2 min 34 s', 'Cgroup: app.scope']);
  });
});
