import { expect, test } from 'vitest';
import type { SnapshotBody, Summary } from '../wire/wire';
import { framesOf } from './snapshot-frames';

const series = (...list: [metric: string, device: string, value: number | null][]) => ({
  series: list.map(([metric, device]) => ({ id: device === '' ? metric : metric.replace('.', `.${device}.`), metric, device, label: '', unit: 'count' })),
  values: list.map(([, , value]) => value),
});
const summary: Summary = { cpuRatio: 0.25, memoryRatio: 0.75, fullestDisk: { mount: '/home', usedRatio: 0.9 }, rxBytesPerS: 5, txBytesPerS: 7, diskBytesPerS: 2, temperatureCelsius: 63, worstAlert: 'warning' };
const body = (change: object) =>
  ({ seq: 1, sampledAtMs: 9, machine: { id: 'm' }, top: null, summary, gen: 3, faults: [], facts: { intervalMs: 1_000, disks: [], filesystems: [], interfaces: [], sensors: [] }, series: [], values: [], ...change }) as unknown as SnapshotBody;

test('the summary is the one that the machine sent, alerts included', () => {
  expect(framesOf(body(series(['cpu.busy', '', 0.5])), 5_000)).toContainEqual({ type: 'frame', channel: 'summary', seq: 1, sampledAtMs: 9, key: true, data: summary });
});

test('without one it is unknown, whatever the values are', () => {
  const [, frame] = framesOf(body({ ...series(['cpu.busy', '', 0.5]), summary: undefined }), 5_000);
  expect(frame).toMatchObject({ channel: 'summary', data: { cpuRatio: null, memoryRatio: null, fullestDisk: null, rxBytesPerS: null, txBytesPerS: null, diskBytesPerS: null, temperatureCelsius: null, worstAlert: null } });
});

test('frames are key frames, at the polling interval', () => {
  const frames = framesOf(body(series(['cpu.busy', '', 0.5])), 5_000);
  expect(frames).toMatchObject([
    { type: 'frame', channel: 'overview', key: true, sampledAtMs: 9, data: { gen: 3, values: [0.5], facts: { intervalMs: 5_000 } } },
    { type: 'frame', channel: 'summary', key: true, data: { cpuRatio: 0.25 } },
  ]);
});
