import { expect, test } from 'vitest';
import type { SnapshotBody } from '../wire/wire';
import { framesOf, summaryOf } from './snapshot';

const series = (...list: [metric: string, device: string, value: number | null][]) => ({
  series: list.map(([metric, device]) => ({ id: device === '' ? metric : metric.replace('.', `.${device}.`), metric, device, label: '', unit: 'count' })),
  values: list.map(([, , value]) => value),
});
const body = (change: object) =>
  ({ seq: 1, sampledAtMs: 9, machine: { id: 'm' }, top: null, gen: 3, faults: [], facts: { intervalMs: 1_000, disks: [], filesystems: [], interfaces: [], sensors: [] }, series: [], values: [], ...change }) as unknown as SnapshotBody;

test('the summary is reckoned as the machine does it', () => {
  const whole = body({
    facts: {
      intervalMs: 1_000,
      disks: [{ device: 'A', kind: 'nvme' }, { device: 'V', kind: 'virtual' }],
      filesystems: [{ mount: '/', device: '/' }, { mount: '/home', device: '/home' }, { mount: '/far', device: '/far' }],
      interfaces: [{ device: 'eth', kind: 'ethernet' }, { device: 'lo', kind: 'loopback' }],
      sensors: [{ device: 's1', kind: 'temperature' }, { device: 's2', kind: 'temperature' }, { device: 'f', kind: 'fan' }],
    },
    ...series(
      ['cpu.busy', '', 0.25], ['memory.used', '', 3], ['memory.total', '', 4],
      ['fs.used', '/', 1], ['fs.total', '/', 4], ['fs.used', '/home', 9], ['fs.total', '/home', 10],
      ['net.rx', 'eth', 5], ['net.tx', 'eth', 7], ['net.rx', 'lo', 1000],
      ['disk.read', 'A', 2], ['disk.write', 'A', null], ['disk.read', 'V', 1000],
      ['sensor.temperature', 's1', 41], ['sensor.temperature', 's2', 63],
    ),
  });
  expect(summaryOf(whole)).toEqual({ cpuRatio: 0.25, memoryRatio: 0.75, fullestDisk: { mount: '/home', usedRatio: 0.9 }, rxBytesPerS: 5, txBytesPerS: 7, diskBytesPerS: 2, temperatureCelsius: 63, worstAlert: null });
});

test('what is unknown stays unknown', () => {
  expect(summaryOf(body({}))).toEqual({ cpuRatio: null, memoryRatio: null, fullestDisk: null, rxBytesPerS: null, txBytesPerS: null, diskBytesPerS: null, temperatureCelsius: null, worstAlert: null });
});

test('frames are key frames, at the rhythm in which they are asked for', () => {
  const frames = framesOf(body(series(['cpu.busy', '', 0.5])), 5_000);
  expect(frames).toMatchObject([
    { type: 'frame', channel: 'overview', key: true, sampledAtMs: 9, data: { gen: 3, values: [0.5], facts: { intervalMs: 5_000 } } },
    { type: 'frame', channel: 'summary', key: true, data: { cpuRatio: 0.5 } },
  ]);
});
