/** Development only (`?replay=fleet`): a window whose other machines are simulated, in every state a machine can be in.
 *  `fleet` is twelve machines, this one among them; `fleet-200` is two hundred; `fleet-empty` is none yet, and three nearby.
 *  Pairing takes the time it takes; a link with `wrong` in it is refused. */
import type { Cause } from '../text/cause';
import type { AlertEvent, FoundMachine, KnownMachine, Machine, MachineList, Probe, Severity, SnapshotBody, Summary } from '../wire/wire';
import { burst, DemoLink, noise, smooth } from './demo-link';
import type { ConnectionState, Host, Link, MachineHost } from '../link/link';
import type { Opened } from '../link/open';

/** How a simulated machine behaves. */
type Scenario = 'live' | 'warning' | 'critical' | 'asleep' | 'offline' | 'reconnecting' | 'stale' | 'polling' | 'toPair' | 'incompatible' | 'wrongMachine';

interface Profile {
  name: string;
  family: string;
  os: string;
  tag: string;
  scenario: Scenario;
  /** Shares of the whole: CPU at rest, CPU in a burst, memory, the fullest disk. */
  cpu: number;
  busy: number;
  memory: number;
  full: number;
  /** MB/s at rest and in a burst: disks, network. */
  disk: readonly [number, number];
  net: readonly [number, number];
  celsius: number | null;
  alert?: string;
}

const NOTHING: readonly [number, number] = [0.2, 0];
const machine = (name: string, tag: string, family: string, os: string, scenario: Scenario, rest: Partial<Profile> = {}): Profile => ({ name, tag, family, os, scenario, cpu: 0.06, busy: 0, memory: 0.4, full: 0.5, disk: NOTHING, net: NOTHING, celsius: 48, ...rest });

const TWELVE: readonly Profile[] = [
  machine('studio-pc', 'desk', 'windows', 'Windows 11', 'live', { cpu: 0.28, busy: 0.14, memory: 0.62, full: 0.71, disk: [2, 2], net: [1.2, 1], celsius: 61 }),
  machine('work-mbp', 'desk', 'macos', 'macOS 26', 'asleep'),
  machine('old-thinkpad', 'desk', 'linux', 'Debian GNU/Linux 12 (bookworm)', 'offline'),
  machine('nas-01', 'rack', 'linux', 'Debian GNU/Linux 13 (trixie)', 'critical', { cpu: 0.19, busy: 0.1, memory: 0.71, full: 0.966, disk: [38, 60], net: [46, 40], celsius: 44, alert: '/tank 97 % full' }),
  machine('forge', 'rack', 'linux', 'Ubuntu 24.04.3 LTS', 'warning', { cpu: 0.62, memory: 0.58, full: 0.34, disk: [150, 40], net: [0.8, 0.4], celsius: 84, alert: 'GPU 0 at 84 °C' }),
  machine('build-2', 'rack', 'linux', 'Fedora Linux 43 (Server Edition)', 'live', { cpu: 0.12, busy: 0.73, memory: 0.3, full: 0.62, disk: [4, 96], net: [0.4, 30], celsius: null }),
  machine('backup-nas', 'rack', 'linux', 'Debian GNU/Linux 13 (trixie)', 'live', { cpu: 0.04, busy: 0.2, memory: 0.35, full: 0.88, disk: [1, 70], net: [0.3, 60], celsius: 39 }),
  machine('pi-hole', 'house', 'linux', 'Raspberry Pi OS', 'live', { cpu: 0.065, memory: 0.38, full: 0.21, net: [0.06, 0], celsius: 52 }),
  machine('media', 'house', 'linux', 'Debian GNU/Linux 13 (trixie)', 'live', { cpu: 0.14, busy: 0.3, memory: 0.52, full: 0.79, disk: [3, 8], net: [1.2, 9], celsius: 55 }),
  machine('pi-garage', 'house', 'linux', 'Raspberry Pi OS', 'reconnecting', { cpu: 0.22, memory: 0.61, full: 0.43, celsius: 58 }),
];

const FOUND: readonly [name: string, family: string][] = [['mini-m2', 'macos'], ['nas-01', 'linux'], ['forge', 'linux'], ['pi-hole', 'linux']];
const SCENARIOS: readonly Scenario[] = ['asleep', 'offline', 'reconnecting', 'stale', 'polling', 'toPair', 'incompatible', 'wrongMachine', 'critical', 'warning'];
const TAGS = ['edge', 'render', 'office', 'lab', 'shop', ''];

/** Two hundred with this one: the twelve, then racks of them. */
function twoHundred(): Profile[] {
  const more = Array.from({ length: 189 }, (_, index) => {
    const scenario = index % 9 === 4 ? (SCENARIOS[Math.floor(index / 9) % SCENARIOS.length] ?? 'live') : 'live';
    const tag = TAGS[Math.floor(index / 33)] ?? '';
    return machine(`${tag === '' ? 'spare' : tag}-${String(index + 1).padStart(3, '0')}`, tag, index % 7 === 3 ? 'windows' : index % 11 === 5 ? 'macos' : 'linux', index % 7 === 3 ? 'Windows Server 2025' : index % 11 === 5 ? 'macOS 26' : 'Debian GNU/Linux 13 (trixie)', scenario, { cpu: 0.04 + 0.5 * noise(index, 1) ** 2, busy: index % 5 === 0 ? 0.4 : 0, memory: 0.2 + 0.6 * noise(index, 2), full: 0.2 + 0.7 * noise(index, 3), disk: [10 * noise(index, 4), 40], net: [6 * noise(index, 5), 12], celsius: 38 + 30 * noise(index, 6), ...(scenario === 'critical' || scenario === 'warning' ? { alert: `/srv ${scenario === 'critical' ? 97 : 91} % full` } : {}) });
  });
  return [...TWELVE, ...more];
}

const DAY_MS = 86_400_000;
/** Today at a time of day, or yesterday where that is still to come. */
function lastAt(hours: number, minutes: number): number {
  const at = new Date();
  at.setHours(hours, minutes, 0, 0);
  return at.getTime() > Date.now() ? at.getTime() - DAY_MS : at.getTime();
}

function known(profile: Profile, index: number): KnownMachine {
  const { name, tag, family, os, scenario } = profile;
  const lastSeenMs = scenario === 'asleep' ? lastAt(1, 12) : scenario === 'offline' ? lastAt(19, 4) - 2 * DAY_MS : scenario === 'toPair' ? null : Date.now();
  return { id: `demo-${index}-${name}`, name, tags: tag === '' ? [] : [tag], addresses: [`192.168.1.${(index % 200) + 21}:7444`], secure: false, scope: 'processes', family, os, addedAtMs: Date.now() - 90 * DAY_MS, lastSeenMs, lastGoodbye: scenario === 'asleep' ? 'suspend' : null };
}

/** The link of a simulated machine. */
class FleetLink extends DemoLink {
  readonly #profile: Profile;
  readonly #seed: number;
  #tries = 3;
  #closed = false;
  #state: ConnectionState = { kind: 'connecting' };

  constructor(profile: Profile, id: string, seed: number) {
    const { name, os, family } = profile;
    const about: Partial<Machine> = { id, name, os, family };
    super(about);
    this.#profile = profile;
    this.#seed = seed;
  }

  override retryNow(): void {
    super.retryNow();
    if (this.#profile.scenario === 'reconnecting') this.#wait(2);
  }

  override become(state: ConnectionState): void {
    this.#state = state;
    super.become(state);
  }

  protected override get silent(): boolean {
    return this.#state.kind !== 'live' && this.#state.kind !== 'polling';
  }

  override close(): void {
    super.close();
    this.#closed = true;
  }

  protected override connect(): void {
    const nowMs = Date.now();
    const why: Cause = { code: 'noAnswer' };
    const states: Partial<Record<Scenario, ConnectionState>> = {
      asleep: { kind: 'ended', reason: 'suspend', atMs: lastAt(1, 12) },
      toPair: { kind: 'toPair' },
      incompatible: { kind: 'incompatible', theirs: 2 },
      wrongMachine: { kind: 'wrongMachine', foundId: 'another' },
    };
    const state = states[this.#profile.scenario];
    if (state) return this.become(state);
    super.connect();
    if (this.#profile.scenario === 'polling') this.become({ kind: 'polling', everyMs: 5000 });
    // The data that arrived before it stopped answering stays.
    if (this.#profile.scenario === 'offline') setTimeout(() => this.become({ kind: 'offline', sinceMs: lastAt(19, 4) - 2 * DAY_MS, retryAtMs: nowMs + 30_000, why }), 2_500);
    if (this.#profile.scenario === 'reconnecting') setTimeout(() => this.#wait(12), 2_500);
    if (this.#profile.scenario === 'stale') setTimeout(() => this.become({ kind: 'stale', sinceMs: nowMs - 95_000, retryAtMs: nowMs + 20_000, why }), 2_500);
  }

  /** Reconnecting goes on for ever, a try at a time. */
  #wait(seconds: number): void {
    if (this.#closed) return;
    this.#tries += 1;
    this.become({ kind: 'reconnecting', retryAtMs: Date.now() + seconds * 1000, why: { code: 'noAnswer' }, tries: this.#tries });
    setTimeout(() => this.#wait(Math.min(30, seconds + 4)), seconds * 1000 + 1500);
  }

  protected override summary(s: number): Summary {
    const { cpu, busy, memory, full, disk, net, celsius, scenario } = this.#profile;
    const seed = this.#seed;
    const MB = 1e6;
    const peak = busy > 0 ? Math.max(burst(s + seed * 37, 420, 60, 170), burst(s + seed * 91, 900, 300, 380)) : 0;
    const cpuRatio = Math.min(1, cpu * (0.75 + 0.5 * smooth(seed, s, 6)) + 0.02 * noise(seed + 1, s) + peak * busy);
    const worstAlert: Severity | null = scenario === 'critical' || scenario === 'warning' ? scenario : null;
    return {
      cpuRatio,
      memoryRatio: Math.min(1, memory + 0.02 * smooth(seed + 2, s, 60) + 0.15 * peak * busy),
      fullestDisk: { mount: scenario === 'critical' ? '/tank' : '/', usedRatio: full + (scenario === 'critical' ? ((s % 900) / 900) * 0.008 : 0) },
      rxBytesPerS: MB * (net[0] * 0.8 * (0.7 + 0.6 * noise(seed + 3, Math.floor(s / 3))) + net[1] * peak * 0.9),
      txBytesPerS: MB * net[0] * 0.2 * (0.7 + 0.6 * noise(seed + 4, Math.floor(s / 3))),
      diskBytesPerS: MB * (disk[0] * (0.5 + noise(seed + 5, Math.floor(s / 2))) + disk[1] * peak * (0.7 + 0.4 * noise(seed + 6, s))),
      temperatureCelsius: celsius === null ? null : celsius + 2 * smooth(seed + 7, s, 30) + 8 * peak,
      worstAlert,
    };
  }

  protected override events(): AlertEvent[] {
    const { alert, scenario } = this.#profile;
    return alert === undefined ? [] : [{ id: 1, atMs: Date.now() - 640_000, severity: scenario === 'critical' ? 'critical' : 'warning', title: alert, message: alert, source: 'sightline' }];
  }

  protected override get hasGap(): boolean {
    return false;
  }
}

class FleetHost implements MachineHost {
  readonly #profiles = new Map<string, [Profile, number]>();
  readonly #startedMs = Date.now();
  #list: KnownMachine[];
  #nearby: FoundMachine[];

  constructor(kind: string) {
    const profiles = kind === 'fleet-200' ? twoHundred() : kind === 'fleet-empty' ? [] : TWELVE;
    this.#list = profiles.map(known);
    this.#list.forEach(({ id }, index) => this.#profiles.set(id, [profiles[index] as Profile, index + 1]));
    const found = kind === 'fleet-empty' ? FOUND.slice(1) : FOUND.slice(0, 1);
    this.#nearby = found.map(([name, family], index) => ({ id: `found-${name}`, name, addresses: [`192.168.1.${77 + index}:7444`], family, foundAtMs: Date.now() - 1_720_000 }));
  }

  readonly open = (of: KnownMachine): Link => {
    const [profile, seed] = this.#profiles.get(of.id) ?? [machine(of.name, of.tags[0] ?? '', of.family, of.os, 'live'), 50 + this.#list.length];
    return new FleetLink(profile, of.id, seed);
  };

  async read(): Promise<MachineList> {
    return { machines: this.#list, demo: false };
  }

  async save(machines: KnownMachine[]): Promise<MachineList> {
    this.#list = machines;
    return this.read();
  }

  async take(): Promise<[]> {
    return [];
  }

  async exportList(): Promise<string> {
    return '/home/user/machines.json';
  }

  async importList(): Promise<MachineList> {
    return this.read();
  }

  async pair(link: string): Promise<KnownMachine> {
    await later(600);
    if (link.includes('wrong')) throw { code: 'unauthorized', message: 'This link was used already, or its time is over. Make a new one.' };
    return this.#add('from-a-link', '192.168.1.90:7444', 'linux');
  }

  async compare(address: string): Promise<{ ticket: string; digits: string; machineName: string; leftMs: number }> {
    await later(500);
    const found = this.#nearby.find(({ addresses }) => addresses.includes(address));
    return { ticket: address, digits: '418302', machineName: found?.name ?? address, leftMs: 60_000 };
  }

  async compareEnd(ticket: string, same: boolean): Promise<KnownMachine | null> {
    if (!same) return null;
    await later(2_500);
    const found = this.#nearby.find(({ addresses }) => addresses.includes(ticket));
    return this.#add(found?.name ?? ticket, ticket, found?.family ?? 'linux');
  }

  async probe(): Promise<Probe> {
    await later(300);
    return { kind: 'ok', address: '192.168.1.90:7444', diagnosis: { code: 'answers', name: 'from-a-link' }, retryAfterMs: null, machineId: null, protocol: null };
  }

  async poll(): Promise<SnapshotBody> {
    throw { code: 'unavailable', message: 'made-up machines are not polled' };
  }

  async found(after: number): Promise<{ version: number; machines: FoundMachine[]; announced: string[]; problem: null }> {
    // The first time nothing is found yet.
    const version = Date.now() - this.#startedMs < 400 ? 1 : 2 + this.#list.length;
    if (version === after) await later(2_000);
    else await later(200);
    return { version: 2 + this.#list.length, machines: this.#nearby, announced: [], problem: null };
  }

  #add(name: string, address: string, family: string): KnownMachine {
    const added: KnownMachine = { ...known(machine(name, '', family, family === 'macos' ? 'macOS 26' : 'Debian GNU/Linux 13 (trixie)', 'live'), 300 + this.#list.length), addresses: [address] };
    this.#list = [...this.#list, added];
    this.#nearby = this.#nearby.filter(({ addresses }) => !addresses.includes(address));
    return added;
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The simulated window's program. Its state lives as long as the page. */
export function openDemoFleet(kind: string): Opened {
  const machines = new FleetHost(kind);
  const host: Host = { readPreferences: async () => null, writePreferences: async () => undefined, signalProcess: async () => undefined, windowReady: async () => undefined, machines };
  return { link: new DemoLink(), host, openOther: machines.open };
}
