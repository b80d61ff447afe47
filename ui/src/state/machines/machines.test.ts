// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Host, MachineHost } from '../../link/link';
import { ReplayLink } from '../../testing/replay-link';
import type { FoundMachine, FoundMachines, KnownMachine, MachineList, ServerMessage, WatchedMachine } from '../../wire/wire';
import { Machines } from './machines.svelte';
import { preferences } from '../page/preferences.svelte';

const known = (id: string, change: Partial<KnownMachine> = {}): KnownMachine => ({ id, name: id, tags: [], addresses: [`${id}:1`], secure: false, scope: 'view', family: '', os: '', addedAtMs: 0, lastSeenMs: null, lastGoodbye: null, ...change });
const found = (id: string, ...addresses: string[]): FoundMachine => ({ id, name: id, addresses, family: 'linux', foundAtMs: 0 });
const connected = (id: string): ServerMessage => ({ type: 'connected', protocol: 1, clientId: 'c', serverTimeMs: Date.now(), scope: 'processes', machine: { id, name: id, os: 'Debian 13', family: 'linux' }, channels: [] }) as unknown as ServerMessage;
const settle = () => vi.advanceTimersByTimeAsync(0);

/** A stand-in for the part of the window's program that stores machines. */
class Program {
  list: KnownMachine[] = [known('nas'), known('ci'), known('pi')];
  watched: WatchedMachine[] = [];
  saved: KnownMachine[][] = [];
  fails = false;
  /** Pending requests of discovery. */
  waiting: { after: number; answer: (found: FoundMachines) => void }[] = [];
  asked: string[] = [];
  version = 0;

  readonly machines = {
    read: () => this.#say('read', { machines: this.list, demo: false }),
    take: () => this.#say('take', this.watched),
    save: (machines: KnownMachine[]) => {
      if (this.fails) return Promise.reject({ code: 'internal', message: 'the disk is full' });
      this.saved.push(machines);
      this.list = machines;
      return this.#say('save', { machines, demo: false });
    },
    pair: (link: string) => (link === 'wrong' ? Promise.reject({ code: 'unauthorized', message: 'the code was used already' }) : this.#say('pair', known(link))),
    compare: (address: string) => this.#say('compare', { ticket: address, digits: '418302', machineName: 'forge', leftMs: 1 }),
    compareEnd: (ticket: string, same: boolean) => this.#say('end', same ? known(ticket) : null),
    importList: () => this.#say('import', { machines: [...this.list, known('new')], demo: false } as MachineList | null),
    exportList: () => this.#say('export', '/tmp/list'),
    found: (after: number) => new Promise<FoundMachines>((resolve) => this.waiting.push({ after, answer: resolve })),
  };

  /** The network changed. */
  async announce(machines: FoundMachine[], announced: string[] = machines.map(({ id }) => id)): Promise<void> {
    this.version += 1;
    for (const { answer } of this.waiting.splice(0)) answer({ version: this.version, machines, announced, problem: null });
    await settle();
  }

  #say<T>(what: string, answer: T): Promise<T> {
    this.asked.push(what);
    return Promise.resolve(answer);
  }
}

let program: Program;
let machines: Machines;
let links: Map<string, ReplayLink[]>;
let stop: () => void;
let visibility: DocumentVisibilityState;
const link = (id: string) => links.get(id)?.at(-1) as ReplayLink;
const names = () => machines.others.map(({ key }) => key).join(' ');
const state = (id: string) => machines.byKey(id) ?? machines.here;

async function begin(): Promise<void> {
  stop = machines.start(new ReplayLink(), program as unknown as Host & { machines: MachineHost }, (other) => {
    const replay = new ReplayLink();
    links.set(other.id, [...(links.get(other.id) ?? []), replay]);
    return replay;
  });
  await machines.load();
}

beforeEach(() => {
  vi.useFakeTimers();
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  program = new Program();
  machines = new Machines();
  links = new Map();
});
afterEach(() => {
  stop();
  preferences.set({ updateEvery: 'sampled', pollOnly: false });
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('the list', () => {
  test('is taken over with all links, and with what was seen meanwhile', async () => {
    program.watched = [{ id: 'ci', live: false, lastSeenMs: 9, goodbye: 'suspend', problem: null, alerts: [{ id: 1, atMs: 1, severity: 'warning', title: 'full', message: '', source: '' }] }];
    await begin();
    expect([names(), machines.ready, program.asked]).toEqual(['nas ci pi', true, ['read', 'take']]);
    expect([state('ci').lastSeenMs, state('ci').goodbye, state('ci').alerts.length]).toEqual([9, 'suspend', 1]);
    expect([...links.keys()]).toEqual(['nas', 'ci', 'pi']);
  });

  test('that cannot be read has a message', async () => {
    program.machines.read = () => Promise.reject({ code: 'internal', message: 'the file is damaged' });
    await begin();
    expect([machines.ready, machines.problem]).toEqual([true, 'Other machines cannot be shown: The file is damaged.']);
  });

  test('is changed at once, and stored', async () => {
    await begin();
    const done = machines.rename('ci', 'Builder');
    expect(state('ci').name).toBe('Builder');
    await done;
    await machines.setTags('nas', ['home']);
    await machines.move('pi', 0);
    await machines.remove('ci');
    expect(program.saved.at(-1)?.map(({ id, tags }) => id + tags.join())).toEqual(['pi', 'nashome']);
    expect([names(), machines.tags, machines.groups.map(({ tag }) => tag)]).toEqual(['pi nas', ['home'], ['', 'home']]);
    expect(link('ci').closed).toBe(true);
  });

  test('goes back to what it was where it cannot be stored', async () => {
    await begin();
    program.fails = true;
    await expect(machines.remove('ci')).rejects.toMatchObject({ message: 'The disk is full.' });
    expect([names(), machines.problem]).toEqual(['nas ci pi', 'The list of machines could not be kept: The disk is full.']);
    expect(link('ci').closed).toBe(false);
  });

  test('when the machine in view is removed, this one is shown', async () => {
    await begin();
    machines.show('ci');
    await machines.remove('ci');
    expect(machines.inView).toBe(machines.here);
  });

  test('a file adds machines and removes none', async () => {
    await begin();
    expect(await machines.importList()).toBe(1);
    expect(names()).toBe('nas ci pi new');
    program.machines.importList = () => Promise.resolve(null);
    expect(await machines.importList()).toBeNull();
    expect(await machines.exportList()).toBe('/tmp/list');
  });
});

describe('what is learned', () => {
  test('is written after a while, once, and only if it is new', async () => {
    await begin();
    link('nas').play(connected('nas'));
    link('ci').play(connected('ci'));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(program.saved).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(program.saved.length).toBe(1);
    expect(program.saved[0]?.[0]).toMatchObject({ os: 'Debian 13', family: 'linux', scope: 'processes', lastSeenMs: expect.any(Number) as number });
    link('nas').play({ type: 'frame', channel: 'summary', seq: 1, sampledAtMs: 1, key: true, data: {} });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(program.saved.length).toBe(1);
  });

  test('is never written more than once in five seconds', async () => {
    await begin();
    for (let n = 0; n < 40; n++) {
      link('nas').play(connected('nas'), { type: 'goodbye', reason: n % 2 ? 'suspend' : 'shutdown' });
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(program.saved.length).toBeLessThanOrEqual(4);
    expect(program.saved.length).toBeGreaterThan(1);
  });

  test('an address counts when the machine was live there', async () => {
    await begin();
    link('nas').become({ kind: 'live', address: 'nas:2' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(program.saved.at(-1)?.[0]?.addresses).toEqual(['nas:2', 'nas:1']);
  });

  test('its last close reason is stored', async () => {
    await begin();
    link('nas').play(connected('nas'), { type: 'goodbye', reason: 'shutdown' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(program.saved.at(-1)?.[0]?.lastGoodbye).toBe('shutdown');
  });
});

describe('discovery', () => {
  const live = async () => {
    for (const id of links.keys()) link(id).play(connected(id));
    await program.announce([]);
    await settle();
    program.waiting = [];
  };

  test('runs while a component shows it, or a known machine does not answer', async () => {
    await begin();
    expect(program.waiting.length).toBe(1);
    await live();
    await vi.advanceTimersByTimeAsync(10_000);
    const [one, two] = [machines.lookAround(), machines.lookAround()];
    expect(program.waiting.length).toBe(1);
    one();
    one();
    await program.announce([found('forge', 'f:1'), found('nas', 'nas:1')]);
    expect([machines.found.map(({ id }) => id), program.waiting.length]).toEqual([['forge'], 1]);
    two();
    await program.announce([]);
    expect(program.waiting.length).toBe(0);
    link('pi').become({ kind: 'offline', sinceMs: null, retryAtMs: null, why: { code: 'noAnswer' } });
    expect(program.waiting.length).toBe(1);
  });

  test('sends no request while the page is hidden', async () => {
    await begin();
    visibility = 'hidden';
    await program.announce([found('x', 'x:1')]);
    expect(program.waiting.length).toBe(0);
    visibility = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    expect(program.waiting).toMatchObject([{ after: 1 }]);
  });

  test('an announcement makes the link of its machine try the announced address at once, and nothing else', async () => {
    await begin();
    await program.announce([found('nas', 'nas:9'), found('evil', 'evil:1')], ['nas', 'evil', 'pi']);
    expect([link('nas').hurries, link('ci').hurries, link('pi').hurries]).toEqual([[['nas:9']], [], [[]]]);
    expect(state('nas').known?.addresses).toEqual(['nas:1']);
  });

  test('has a message why nothing can be found, and asks again', async () => {
    program.machines.found = () => Promise.reject({ code: 'unavailable', message: 'multicast is blocked' });
    await begin();
    await settle();
    expect(machines.foundProblem).toBe('Multicast is blocked.');
    const again = vi.fn(() => new Promise<FoundMachines>(() => undefined));
    program.machines.found = again;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(again).toHaveBeenCalledTimes(1);
  });

  test('a program that answers at once with nothing new is not asked in a loop', async () => {
    const asked = vi.fn(() => Promise.resolve<FoundMachines>({ version: 0, machines: [], announced: [], problem: null }));
    program.machines.found = asked;
    await begin();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(11);
  });
});

describe('adding', () => {
  test('by a link', async () => {
    await begin();
    const added = await machines.pair('forge');
    expect([added.key, names()]).toEqual(['forge', 'nas ci pi forge']);
    await expect(machines.pair('wrong')).rejects.toMatchObject({ code: 'unauthorized', message: 'The code was used already.' });
  });

  test('by digits that are the same on both screens', async () => {
    await begin();
    const { ticket } = await machines.compare('forge');
    expect(await machines.endCompare(ticket, false)).toBeNull();
    expect(names()).toBe('nas ci pi');
    expect((await machines.endCompare(ticket, true))?.key).toBe('forge');
  });

  test('a machine that is known already is paired again, and its link starts over', async () => {
    await begin();
    const before = state('ci');
    const old = link('ci');
    expect(await machines.pair('ci')).toBe(before);
    expect([names(), old.closed, link('ci') === old, link('ci').closed]).toEqual(['nas ci pi', true, false, false]);
    link('ci').play(connected('ci'));
    expect(before.connection.kind).toBe('live');
  });

  test('keeps the list from being written without the machine that is being added', async () => {
    await begin();
    let agree: (known: KnownMachine) => void = () => undefined;
    program.machines.compareEnd = () => new Promise((resolve) => (agree = resolve));
    const added = machines.endCompare('forge', true);
    const renamed = machines.rename('ci', 'Builder');
    link('nas').play(connected('nas'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect([program.saved, state('ci').name]).toEqual([[], 'Builder']);
    agree(known('forge'));
    await added;
    await renamed;
    expect(program.saved.map((list) => list.map(({ id }) => id).join(' '))).toEqual(['nas ci pi forge']);
    expect(program.saved[0]?.[1]?.name).toBe('Builder');
  });

  test('that fails blocks nothing', async () => {
    await begin();
    await expect(machines.pair('wrong')).rejects.toThrow();
    await machines.rename('ci', 'Builder');
    expect(program.saved.length).toBe(1);
  });

  test('is not available in a browser', async () => {
    stop = machines.start(new ReplayLink());
    await machines.load();
    await expect(machines.pair('forge')).rejects.toMatchObject({ message: 'Only the window on this machine can do this.' });
    expect([machines.found, machines.ready]).toEqual([[], true]);
    machines.lookAround()();
  });
});

describe('the person\'s preferences', () => {
  test('reach every link, those that are added later too', async () => {
    await begin();
    preferences.set({ updateEvery: 30, pollOnly: true });
    expect(link('nas').pace).toEqual({ socket: false, everyMs: 30_000 });
    await machines.pair('forge');
    expect(link('forge').pace).toEqual({ socket: false, everyMs: 30_000 });
    preferences.set({ updateEvery: 'paused' });
    expect(link('forge').pace).toEqual({ socket: false, everyMs: null });
  });
});

test('counts are sorted worst first', async () => {
  await begin();
  link('nas').play(connected('nas'));
  link('ci').become({ kind: 'ended', reason: 'suspend' });
  expect(machines.counts).toEqual([{ mark: 'reconnecting', count: 2 }, { mark: 'asleep', count: 1 }, { mark: 'live', count: 1 }]);
});

test('this machine keeps its history however many others were in view', async () => {
  program.list = Array.from({ length: 12 }, (_, index) => known(`m${index}`));
  await begin();
  const forgotten = vi.spyOn(machines.here, 'forgetRing');
  const first = vi.spyOn(state('m1'), 'forgetRing');
  machines.show('m0');
  machines.show('');
  for (const { key } of machines.others) machines.show(key);
  expect([first.mock.calls.length, forgotten.mock.calls.length]).toEqual([1, 0]);
});
