/** Development only (`?replay`): a simulated machine, so that the page can be shown without a real one.
 *  `?replay=sharing` shows it to its owner (`sharing-new`, `-plain`, `-remote`, `-full`: see `demo-sharing.ts`).
 *  `?replay=fleet` is a window with eleven other machines (`fleet-200`, `fleet-empty`: see `demo-fleet.ts`).
 *  `?replay=bare` has no sensors, `?replay=huge` 128 threads, `?replay=gap` slept for a while, `?replay=lost` stops answering. */
import { CHANNELS } from '../wire/contract';
import type { AlertEvent, Channel, ClientMessage, Facts, Findings, FindQuery, FoundProcess, HistoryQuery, Machine, Series, Summary, SummaryHistory, SummaryQuery, Top, TopProcess, Unit } from '../wire/wire';
import { DemoSharing } from './demo-sharing';
import { fieldsOf, holds, type Subject } from '../text/query/evaluate';
import { parseFind } from '../text/query/find';
import { ReplayLink } from '../testing/replay-link';

const GIB = 2 ** 30;
const NAMES = ['firefox', 'gnome-shell', 'code', 'rust-analyzer', 'pipewire', 'spotify', 'signal-desktop', 'Xwayland', 'tailscaled', 'dockerd', 'postgres', 'systemd', 'blender', 'kworker/u65:3'];

/** Interval of summaries without a requested interval. */
const SUMMARY_MS = CHANNELS.summary.intervalMs;

/** The same noise for the same moment: history and live frames agree. */
export function noise(seed: number, at: number): number {
  const x = Math.sin(seed * 127.1 + at * 311.7) * 43758.5453;
  return x - Math.floor(x);
}
export const smooth = (seed: number, s: number, period: number) => {
  const at = s / period;
  const k = Math.floor(at);
  const f = at - k;
  return noise(seed, k) * (1 - f) + noise(seed, k + 1) * f;
};
/** 1 between two seconds of a cycle, 0 outside. */
export const burst = (s: number, cycle: number, from: number, to: number) => {
  const at = s % cycle;
  return Math.max(0, Math.min(1, (at - from) / 4, (to - at) / 6));
};

export class DemoLink extends ReplayLink {
  readonly #kind = new URLSearchParams(location.search).get('replay') ?? '';
  readonly #cores = this.#kind === 'huge' ? 128 : 16;
  readonly #series = this.#makeSeries();
  readonly #subscribed = new Set<Channel>();
  readonly #startedMs = Date.now();
  readonly #about: Partial<Machine>;
  #summaryEveryMs = SUMMARY_MS;
  /** Sharing settings, for its owner; `null` for another viewer. */
  readonly #sharing = this.#kind.startsWith('sharing') ? new DemoSharing(this.#kind, () => this.#frame('sharing', true)) : null;
  #seq = 1;

  /** `about`: what differs from the default machine. */
  constructor(about: Partial<Machine> = {}) {
    super();
    this.#about = about;
    this.onSend = (message) => this.#answer(message);
    setTimeout(() => this.connect(), 50);
    setInterval(() => this.#tick(), 1000);
    if (this.#kind === 'lost') setTimeout(() => this.become({ kind: 'reconnecting', retryAtMs: Date.now() + 12_000, why: { code: 'noAnswer' } }), 6_000);
  }

  /** It sends nothing. */
  protected get silent(): boolean {
    return this.#kind === 'lost' && Date.now() - this.#startedMs > 6_000;
  }

  protected connect(): void {
    const machine: Machine = { id: '0b7c3c9e-0000-4000-8000-000000000000', name: 'atlas', os: 'Fedora Linux 43 (Workstation Edition)', family: 'linux', kernel: '6.17.8-300.fc43.x86_64', arch: 'x86_64', cores: this.#cores, physicalCores: this.#cores / 2, cpuModel: 'AMD Ryzen 7 7840HS', memoryTotalBytes: 30.7 * GIB, bootedAtMs: Date.now() - 1_051_200_000, virtualization: null, version: '0.1.0', ...this.#about };
    const channels = (['overview', 'top', 'processes'] as const).map((name) => ({ name, intervalMs: name === 'top' ? 2000 : 1000 }));
    this.play({ type: 'connected', protocol: 1, clientId: 'demo', serverTimeMs: Date.now(), scope: this.#sharing ? 'control' : 'processes', machine, channels });
  }

  #answer(message: ClientMessage): void {
    if (Date.now() - this.#startedMs < 50) return;
    if (message.type === 'subscribe') {
      for (const channel of message.channels as Channel[]) {
        if (channel === 'summary') this.#summaryEveryMs = message.intervalMs ?? SUMMARY_MS;
        this.#subscribed.add(channel);
        setTimeout(() => this.#frame(channel, true), 5);
      }
    } else if (message.type === 'unsubscribe') {
      for (const channel of message.channels as Channel[]) this.#subscribed.delete(channel);
    } else if (message.type === 'request' && this.#sharing?.knows(message.method)) {
      const answer = this.#sharing.answer(message.method, message.params);
      setTimeout(() => this.play({ type: 'response', id: message.id, ...answer }), 30);
    } else if (message.type === 'request') {
      const result = message.method === 'history.query' ? this.#history(message.params as HistoryQuery) : message.method === 'summary.history' ? this.#past(message.params as SummaryQuery) : message.method === 'series.list' ? this.#series.map((series) => ({ ...series, about: `Definition of ${series.metric}.` })) : message.method === 'alerts.list' ? { events: this.events() } : message.method === 'find' ? this.#find((message.params as FindQuery).query) : null;
      setTimeout(() => this.play({ type: 'response', id: message.id, result }), 30);
    }
  }

  #tick(): void {
    this.#seq += 1;
    for (const channel of this.#subscribed) if (channel !== 'sharing' && (channel !== 'top' || this.#seq % 2 === 0) && (channel !== 'summary' || this.#seq % Math.round(this.#summaryEveryMs / 1000) === 0)) this.#frame(channel, channel === 'processes');
  }

  #frame(channel: Channel, key: boolean): void {
    if (this.silent || channel === 'alerts' || !this.#subscribed.has(channel)) return;
    const sampledAtMs = Math.floor(Date.now() / 1000) * 1000;
    const s = sampledAtMs / 1000;
    this.play({ type: 'frame', channel, seq: this.#seq, sampledAtMs, key, data: channel === 'overview' ? this.#overview(s, key) : channel === 'top' ? this.#top(s) : channel === 'sharing' ? this.#sharing?.report() : channel === 'summary' ? this.summary(s) : this.#processes(s) });
  }

  #overview(s: number, key: boolean): unknown {
    const values = this.#series.map((series) => this.#value(series, s));
    return key ? { gen: 1, series: this.#series, values, facts: this.#facts(), faults: this.#kind === 'bare' ? [{ source: 'pressure', message: 'Pressure is not shown: this kernel was built without CONFIG_PSI.' }] : [] } : { gen: 1, values };
  }

  /** The summary of second `s`. */
  protected summary(s: number): Summary {
    const value = (metric: string, device = '') => this.#value({ id: '', metric, device, label: '', unit: 'none' }, s);
    const rx = (value('net.rx', 'wifi') ?? 0) + (value('net.rx', 'eth') ?? 0);
    return { cpuRatio: value('cpu.busy'), memoryRatio: (value('memory.used') ?? 0) / (30.7 * GIB), fullestDisk: { mount: '/mnt/vault', usedRatio: 0.91 }, rxBytesPerS: rx, txBytesPerS: value('net.tx', 'wifi'), diskBytesPerS: (value('disk.read', 'nvme') ?? 0) + (value('disk.write', 'nvme') ?? 0), temperatureCelsius: value('sensor.temperature', 'cpu package'), worstAlert: null };
  }

  /** Events, oldest first. */
  protected events(): AlertEvent[] {
    return [];
  }

  #past({ fromMs, toMs, maxPoints }: SummaryQuery): SummaryHistory {
    const stepMs = Math.max(1000, Math.ceil((toMs - fromMs) / maxPoints / 1000) * 1000);
    const t: number[] = [];
    for (let at = Math.ceil(fromMs / stepMs) * stepMs; at <= toMs; at += stepMs) t.push(at);
    const asleep = (ms: number) => ms > this.#startedMs - 520_000 && ms < this.#startedMs - 470_000;
    const rows = t.map((at) => (this.hasGap && asleep(at) ? null : this.summary(at / 1000)));
    const net = (row: Summary | null) => (row === null ? null : (row.rxBytesPerS ?? 0) + (row.txBytesPerS ?? 0));
    return { stepMs, t, cpuRatio: rows.map((row) => row?.cpuRatio ?? null), memoryRatio: rows.map((row) => row?.memoryRatio ?? null), diskRatio: rows.map((row) => row?.fullestDisk?.usedRatio ?? null), diskBytesPerS: rows.map((row) => row?.diskBytesPerS ?? null), netBytesPerS: rows.map(net), temperatureCelsius: rows.map((row) => row?.temperatureCelsius ?? null) };
  }

  /** It slept for a while, not long ago. */
  protected get hasGap(): boolean {
    return this.#kind.startsWith('fleet');
  }

  /** Matches of a query: the machine by its name and figures, processes, and the fullest disk where `disk` is compared. */
  #find(query: string): Findings {
    const read = parseFind(query);
    const nothing: Findings = { machine: false, processes: [], more: 0, disks: [], tableAgeMs: 800 };
    if (!read.ok || read.root === null) return nothing;
    const { root } = read;
    const s = Math.floor(Date.now() / 1000);
    const summary = this.summary(s);
    const disk = summary.fullestDisk;
    const all: FoundProcess[] = NAMES.map((name, index) => ({ pid: 1 + index * 37, startedAtMs: this.#startedMs - index * 1e6, name, user: index % 4 ? 'user' : 'root', cpuRatio: 1.9 * noise(index + [...(this.#about.name ?? '')].reduce((sum, c) => sum + c.charCodeAt(0), 0), Math.floor(s / 4)) ** 4, memoryBytes: Math.round(2e9 * noise(index, 1) ** 3) }));
    const machine: Subject<Summary> = {
      number: (row, measure) => (measure === 'cpuRatio' ? row.cpuRatio : measure === 'memoryRatio' ? row.memoryRatio : null),
      texts: () => null,
      words: () => [this.#about.name ?? ''],
    };
    const withDisk: Subject<Summary> = { ...machine, number: (row, measure) => (measure === 'diskRatio' ? (row.fullestDisk?.usedRatio ?? null) : machine.number(row, measure)) };
    const process: Subject<FoundProcess> = {
      number: (row, measure) => (measure === 'cpuRatio' ? row.cpuRatio : measure === 'memoryBytes' ? row.memoryBytes : measure === 'pid' ? row.pid : null),
      texts: (row, field) => (field === 'name' ? [row.name] : field === 'user' && row.user !== null ? [row.user] : null),
      words: (row) => [row.name, row.user],
    };
    const processes = all.filter((row) => holds(root, row, process)).sort((a, b) => (b.cpuRatio ?? 0) - (a.cpuRatio ?? 0));
    const matches = holds(root, summary, machine);
    return { ...nothing, machine: matches, processes, disks: disk && fieldsOf(root).has('disk') && !matches && holds(root, summary, withDisk) ? [disk] : [] };
  }

  #history({ series, fromMs, toMs }: HistoryQuery): unknown {
    const t: number[] = [];
    for (let at = Math.ceil(fromMs / 1000) * 1000; at <= toMs; at += 1000) t.push(at);
    const asleep = (ms: number) => this.#kind === 'gap' && ms > this.#startedMs - 190_000 && ms < this.#startedMs - 90_000;
    const column = (id: string) => {
      const found = this.#series.find((candidate) => candidate.id === id);
      return found ? t.map((ms) => (asleep(ms) ? null : this.#value(found, ms / 1000))) : null;
    };
    const columns = Object.fromEntries(series.map((id) => [id, column(id)] as const).flatMap(([id, values]) => (values ? [[id, { min: values, avg: values, max: values }]] : [])));
    return { stepMs: 1000, t, columns };
  }

  #value({ metric, device }: Series, s: number): number | null {
    const compile = burst(s, 420, 100, 180);
    const link = burst(s, 420, 178, 196);
    const user = Math.min(0.86, 0.05 + 0.07 * smooth(1, s, 7) + 0.02 * noise(2, s) + compile * (0.68 + 0.09 * noise(3, s)) + link * 0.1);
    const system = 0.02 + 0.02 * smooth(4, s, 5) + compile * 0.07 + link * 0.05;
    const iowait = 0.004 * noise(5, s) + compile * 0.02 * noise(6, s) + link * 0.14;
    const busy = user + system;
    const used = (13.4 + 0.4 * smooth(7, s, 40) + compile * 6 + link * 8) * GIB;
    const second = Number([...device].reduce((sum, c) => sum + c.charCodeAt(0), 0));
    switch (metric) {
      case 'cpu.busy': return busy;
      case 'cpu.user': return user;
      case 'cpu.system': return system;
      case 'cpu.iowait': return iowait;
      case 'cpu.steal': return 0;
      case 'cpu.frequency': return (2.6 + busy * 2) * 1e9;
      case 'cpu.contextSwitches': return 4200 + busy * 39_000;
      case 'cpu.throttled': return null;
      case 'cpu.core.busy': return Math.max(0, Math.min(1, busy * (0.4 + smooth(second, s, 9)) + (noise(second + 9, Math.floor(s / 3)) > 0.96 ? 0.5 : 0) + compile * 0.3));
      case 'load.1': return 1.4 + compile * 12;
      case 'load.5': return 2.2;
      case 'load.15': return 1.9;
      case 'pressure.cpu': return compile * 0.2 * (0.8 + 0.2 * smooth(31, s, 8));
      case 'pressure.io': return 0.004 + link * 0.13 + compile * 0.03;
      case 'pressure.memory': return link * 0.05;
      case 'memory.total': return 30.7 * GIB;
      case 'memory.used': return used;
      case 'memory.available': return 30.7 * GIB - used;
      case 'memory.cached': return Math.min(10.9 * GIB, 29.6 * GIB - used);
      case 'memory.free': return Math.max(0.3 * GIB, 30.7 * GIB - used - 10.9 * GIB);
      case 'swap.total': return 8 * GIB;
      case 'swap.used': return 1.4 * GIB;
      case 'disk.read': return device === 'nvme' ? 2.5e5 + (s % 37 < 3 ? 3e7 * noise(11, s) : 0) + compile * 4e7 * noise(12, s) : device === 'usb' ? 0 : 0;
      case 'disk.write': return device === 'nvme' ? 4e5 + Math.max(0, noise(13, s) - 0.6) * 9e6 + compile * 3e7 * noise(14, s) + link * 1.6e8 : device === 'usb' ? burst(s, 420, 250, 268) * 4e7 : 0;
      case 'disk.busy': return 0.03;
      case 'net.rx': return device === 'wifi' ? 8e5 + (s % 13 < 4 ? 3.4e6 * (0.7 + 0.3 * noise(15, s)) : 0) : device === 'eth' ? burst(s, 420, 248, 270) * 4.4e7 : 0;
      case 'net.tx': return device === 'wifi' ? 2e5 + 7e5 * noise(16, s) : device === 'eth' ? 1.4e4 * noise(17, s) : 0;
      case 'net.drops':
      case 'net.errors': return 0;
      case 'fs.total': return device === '/mnt/vault' ? 4e12 : device === '/boot' ? 1.02e9 : 930e9;
      case 'fs.used': return device === '/mnt/vault' ? 3.64e12 : device === '/boot' ? 3.9e8 : device === '/' ? 412e9 : 731e9;
      case 'fs.available': return device === '/mnt/vault' ? 3.6e11 : device === '/boot' ? 6.3e8 : device === '/' ? 518e9 : 199e9;
      case 'sensor.temperature': return 40 + (second % 9) + busy * 42 + noise(second, s);
      case 'sensor.fan': return 1800 + busy * 1900;
      case 'uptime': return s - (this.#startedMs / 1000 - 1_051_200);
      case 'process.count': return 312;
      case 'process.threads': return 2204;
      case 'self.cpu': return 0.006;
      case 'self.memory': return 41 * 2 ** 20;
      default: return null;
    }
  }

  #makeSeries(): Series[] {
    const list: Series[] = [];
    const add = (unit: Unit, metric: string, devices: [string, string][] = [['', '']]) => {
      const at = metric.lastIndexOf('.');
      for (const [device, label] of devices) list.push({ id: device === '' ? metric : `${metric.slice(0, at)}.${device}.${metric.slice(at + 1)}`, metric, device, label, unit });
    };
    for (const name of ['busy', 'user', 'system', 'iowait', 'steal']) add('ratio', `cpu.${name}`);
    add('hertz', 'cpu.frequency');
    add('perS', 'cpu.contextSwitches');
    add('ratio', 'cpu.core.busy', Array.from({ length: this.#cores }, (_, core) => [String(core), `core ${core}`]));
    for (const name of ['1', '5', '15']) add('none', `load.${name}`);
    if (this.#kind !== 'bare') for (const name of ['cpu', 'io', 'memory']) add('ratio', `pressure.${name}`);
    for (const name of ['total', 'used', 'available', 'free', 'cached']) add('bytes', `memory.${name}`);
    for (const name of ['total', 'used']) add('bytes', `swap.${name}`);
    for (const name of ['read', 'write']) add('bytesPerS', `disk.${name}`, [['nvme', 'nvme0n1'], ['usb', 'sda'], ['loop', 'zram0']]);
    for (const name of ['total', 'used', 'available']) add('bytes', `fs.${name}`, [['/', '/'], ['/home', '/home'], ['/mnt/vault', '/mnt/vault'], ['/boot', '/boot']]);
    for (const name of ['rx', 'tx']) add('bytesPerS', `net.${name}`, [['wifi', 'wlp1s0'], ['eth', 'enp5s0'], ['docker', 'docker0'], ['lo', 'lo']]);
    for (const name of ['errors', 'drops']) add('perS', `net.${name}`, [['wifi', 'wlp1s0'], ['eth', 'enp5s0'], ['docker', 'docker0'], ['lo', 'lo']]);
    if (this.#kind !== 'bare') {
      add('celsius', 'sensor.temperature', ['CPU package', 'GPU edge', 'GPU hotspot', 'NVMe', 'Wi-Fi', 'Mainboard'].map((label) => [label.toLowerCase(), label]));
      add('rpm', 'sensor.fan', [['left', 'Left'], ['right', 'Right']]);
    }
    add('seconds', 'uptime');
    add('count', 'process.count');
    add('count', 'process.threads');
    add('ratio', 'self.cpu');
    add('bytes', 'self.memory');
    return list;
  }

  #facts(): Facts {
    const nic = (device: string, name: string, kind: string, addresses: string[], linkBitsPerS: number | null) => ({ device, name, kind, mac: null, addresses, linkBitsPerS, up: true, defaultRoute: device === 'wifi' });
    const fs = (mount: string, disk: string | null) => ({ device: mount, mount, kind: 'ext4', source: '/dev/x', disk, stalled: false });
    const temp = (label: string, criticalCelsius: number) => ({ device: label.toLowerCase(), kind: 'temperature', label, chip: 'k10temp', highCelsius: null, criticalCelsius });
    const bare = this.#kind === 'bare';
    return {
      intervalMs: 1000,
      disks: [{ device: 'nvme', name: 'nvme0n1', model: 'Samsung SSD 990 PRO 1TB', kind: 'nvme', sizeBytes: 1e12 }, { device: 'usb', name: 'sda', model: 'WD Elements', kind: 'usb', sizeBytes: 4e12 }, { device: 'loop', name: 'zram0', model: null, kind: 'virtual', sizeBytes: 8e9 }],
      filesystems: [fs('/', 'nvme'), fs('/boot', null), fs('/home', 'nvme'), fs('/mnt/vault', 'usb')],
      interfaces: [nic('wifi', 'wlp1s0', 'wifi', ['192.168.1.20', 'fe80::1'], 866e6), nic('eth', 'enp5s0', 'ethernet', ['10.0.4.2'], 1e9), nic('docker', 'docker0', 'bridge', ['172.17.0.1'], null), nic('lo', 'lo', 'loopback', ['127.0.0.1'], null)],
      sensors: bare ? [] : [temp('CPU package', 95), temp('GPU edge', 100), temp('GPU hotspot', 110), temp('NVMe', 84), temp('Wi-Fi', 90), temp('Mainboard', 80), ...['Left', 'Right'].map((label) => ({ device: label.toLowerCase(), kind: 'fan', label, chip: 'thinkpad', highCelsius: null, criticalCelsius: null }))],
      sensorsAbsentBecause: bare ? 'atlas says it is a virtual machine (KVM); guests rarely see the sensors of their host.' : null,
      undervolted: null,
    };
  }

  #top(s: number): Top {
    const all: TopProcess[] = NAMES.map((name, index) => ({ pid: 1000 + index * 37, startedAtMs: this.#startedMs - index * 1e6, name, cpuRatio: (0.09 / (index + 1)) * (0.6 + noise(index, s)), memoryBytes: (1900 / (index + 1)) * 2 ** 20, diskBytesPerS: index % 3 === 0 ? 9e4 * noise(index + 3, s) : 0 }));
    const by = (key: (p: TopProcess) => number) => [...all].sort((a, b) => key(b) - key(a)).slice(0, 10);
    return { byCpu: by((p) => p.cpuRatio ?? 0), byMemory: by((p) => p.memoryBytes), byDisk: by((p) => p.diskBytesPerS ?? 0).filter((p) => (p.diskBytesPerS ?? 0) > 0) };
  }

  #processes(s: number): unknown {
    const columns = ['pid', 'startedAtMs', 'cpuRatio', 'memoryBytes', 'readBytesPerS', 'writeBytesPerS', 'threads', 'state', 'parentPid', 'name', 'user', 'command'];
    const rows = Array.from({ length: 312 }, (_, index) => [1 + index * 37, this.#startedMs - index * 1e6, Number((0.3 * noise(index, s) ** 6).toFixed(4)), Math.round(3e8 * noise(index, 1) ** 3), 0, Math.round(1e5 * noise(index + 5, s) ** 8), 1 + (index % 30), 'sleeping', index === 0 ? 0 : 1, NAMES[index % NAMES.length] ?? '', index % 4 ? 'user' : 'root', `/usr/bin/${NAMES[index % NAMES.length] ?? ''} --flag=${index}`]);
    return { columns, changing: columns.slice(2, 8), rows };
  }
}
