import { describe, expect, test } from 'vitest';
import type { Methods } from './contract';
import { fitsResult } from './shape';
import { RESULTS } from './validators';
import type { Method, Sharing } from './wire';

const sharing: Sharing = {
  reach: 'lan',
  open: false,
  port: 7444,
  listening: [],
  links: [],
  problem: null,
  sharedBy: null,
  usersUntold: false,
  mayChange: true,
  interfaces: null,
  networks: [],
  encryption: { mode: 'off' },
  certificate: null,
  hostNames: [],
  origins: [],
  invitation: null,
  requests: [],
  viewers: [],
  viewing: 0,
  recent: [],
};

/** A result of each method. It compiles where the method has this result in `contract.ts`, and fits where it has it in
 *  `validators.ts`: the two are written by different generators. */
const SAMPLES: { readonly [M in Method]: Methods[M]['result'] } = {
  snapshot: {
    seq: 1,
    sampledAtMs: 1,
    machine: { id: 'm', name: 'nas', os: 'Linux', family: 'linux', kernel: null, arch: 'x86_64', cores: 1, physicalCores: null, cpuModel: null, memoryTotalBytes: 1, bootedAtMs: 1, virtualization: null, version: '1' },
    top: null,
    summary: null,
    gen: 1,
    series: [],
    values: [],
    facts: { intervalMs: 1, disks: [], filesystems: [], interfaces: [], sensors: [], sensorsAbsentBecause: null, undervolted: null },
    faults: [{ source: 'disks', message: 'x', reason: { is: 'failed', againS: 1 } }],
  },
  'series.list': [{ about: 'x', id: 'cpu.busy', metric: 'cpu.busy', device: '', label: 'CPU', unit: 'ratio' }],
  'history.query': { stepMs: 1, t: [1], columns: { 'cpu.busy': { min: [null], avg: [0.5], max: [1] } } },
  'summary.history': { stepMs: 1, t: [1], cpuRatio: [0.5], memoryRatio: [null], diskRatio: [null], diskBytesPerS: [null], netBytesPerS: [null], temperatureCelsius: [null] },
  find: { machine: true, processes: [], more: 0, disks: [], tableAgeMs: null },
  'alerts.list': { events: [{ id: 1, atMs: 1, severity: 'info', title: 'x', message: 'y', source: 'z' }] },
  'process.detail': { pid: 1, startedAtMs: 1, sampledAtMs: 1, gone: false, openFiles: null, openFilesLimit: null, nice: null, cpuTimeMs: null, cgroup: null, executable: null, workingDirectory: null, virtualBytes: null, swapBytes: null },
  'sharing.read': sharing,
  'sharing.set': sharing,
  'sharing.network': sharing,
  'sharing.log': { events: [{ atMs: 1, what: 'opened', count: 1 }] },
  'pairing.invite': sharing,
  'pairing.cancel': sharing,
  'pairing.answer': sharing,
  'viewers.list': [{ id: 'v', name: 'Phone', kind: 'browser', client: 'Safari', address: null, scope: 'view', arguments: false, pairedAtMs: 1, lastSeenAtMs: null, connected: 0 }],
  'viewers.change': sharing,
  'viewers.revoke': sharing,
  'viewers.add': { token: 'a.b' },
};

describe('the types of results and what checks them are of the same', () => {
  const methods = Object.keys(RESULTS) as Method[];

  test.each(methods)('%s', (method) => {
    expect(fitsResult(method, SAMPLES[method])).toBe(true);
    const others = methods.filter((other) => RESULTS[other] !== RESULTS[method]);
    expect(others.length).toBeGreaterThan(5);
    expect(others.filter((other) => fitsResult(method, SAMPLES[other]))).toEqual([]);
  });
});
