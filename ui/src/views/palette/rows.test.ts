import { describe, expect, test } from 'vitest';
import { MachineState } from '../../state/machines/machine-state.svelte';
import type { MachineFindings } from '../../state/machines/find.svelte';
import { parseFind } from '../../text/query/find';
import type { Node } from '../../text/query/parse';
import type { Findings, KnownMachine } from '../../wire/wire';
import { answeredMessage, silentMessages, spokenCount, type Asked } from './answer-messages';
import { keepPlaces, LATER, paletteGroups, questionTo, rowsOf, type DoRow, type Group } from './rows';

const known = (name: string, tags: string[] = []): KnownMachine => ({ id: `id-${name}`, name, tags, addresses: ['10.0.0.1:7444'], secure: false, scope: 'view', family: 'linux', os: '', addedAtMs: 0, lastSeenMs: null, lastGoodbye: null });
const machine = (name: string, ...tags: string[]) => new MachineState(known(name, tags));
const NOTHING: Findings = { machine: false, processes: [], more: 0, disks: [], tableAgeMs: 0 };
const process = (name: string, cpuRatio: number, pid = 1) => ({ pid, startedAtMs: 5, name, user: null, cpuRatio, memoryBytes: 1 });
const found = (of: MachineState, findings: Partial<Findings>): MachineFindings => ({ machine: of, findings: { ...NOTHING, ...findings } });
const terms = (text: string): Node => {
  const query = parseFind(text);
  if (!query.ok) throw new Error(query.error.message);
  if (query.root === null) throw new Error('asks for nothing');
  return query.root;
};
const doing: DoRow[] = [{ kind: 'do', id: 'do x', icon: 'plus', title: 'Do', about: '', run: () => undefined }];
const ids = (groups: readonly Group[]) => groups.map(({ title, rows }) => `${title}: ${rows.map(({ id }) => id).join(', ')}`);

const media = machine('media', 'house');
const nas = machine('nas-01', 'rack');
const forge = machine('forge', 'rack');
const ALL = [forge, media, nas];

test('processes of all machines are sorted by load, disks by how full they are', () => {
  const answers = [
    found(media, { processes: [process('ffmpeg', 0.2)], disks: [{ mount: '/', usedRatio: 0.91 }] }),
    found(nas, { processes: [process('ffmpeg', 1.8), process('ffprobe', 0.1, 2)], disks: [{ mount: '/tank', usedRatio: 0.97 }], more: 3 }),
  ];
  const groups = paletteGroups(ALL, answers, terms('ff'), doing);
  expect(ids(groups)).toEqual([
    'Running now: process id-nas-01 1:5, process id-media 1:5, process id-nas-01 2:5',
    'Filesystems: disk id-nas-01 /tank, disk id-media /',
    'Do: do x',
  ]);
  expect(groups[0]?.more).toBe(3);
});

test('a machine that claims all load and all full disks leaves the rows of the others', () => {
  const liar = found(forge, { processes: Array.from({ length: 20 }, (_, pid) => process('x', 9e15, pid)), disks: Array.from({ length: 50 }, (_, at) => ({ mount: `/${at}`, usedRatio: 9e15 })) });
  const honest = [found(media, { processes: [process('ffmpeg', 0.2)], disks: [{ mount: '/', usedRatio: 0.91 }] }), found(nas, { processes: [process('ffmpeg', 0.1)] })];
  const [running, filesystems] = paletteGroups(ALL, [liar, ...honest], terms('ff'), []);
  expect(running?.rows.map(({ id }) => id).slice(-2)).toEqual(['process id-media 1:5', 'process id-nas-01 1:5']);
  expect([running?.rows.length, running?.more, filesystems?.rows.length, filesystems?.more]).toEqual([12, 10, 8, 43]);
  expect(filesystems?.rows.at(-1)?.id).toBe('disk id-media /');
});

test('machines are found by name and tag, those that begin so first, and those that say they match', () => {
  const list = (text: string, answers: MachineFindings[] = []) => paletteGroups([machine('the-nas'), ...ALL], answers, terms(text), [])[0]?.rows.map(({ id }) => id);
  expect(list('nas')).toEqual(['machine id-nas-01', 'machine id-the-nas']);
  expect(list('rack')).toEqual(['machine id-forge', 'machine id-nas-01']);
  expect(list('host:nas')).toEqual(['machine id-the-nas', 'machine id-nas-01'].sort((a) => (a.endsWith('nas-01') ? -1 : 1)));
  expect(list('cpu>50', [found(forge, { machine: true })])).toEqual(['machine id-forge']);
  expect(list('cpu>50')).toBeUndefined();
});

test('`host` is evaluated here: the other machines are not queried, and no query contains it', () => {
  const questions = (text: string) => ALL.map((machine) => questionTo(machine, terms(text)));
  expect(questions('host:nas ffmpeg')).toEqual([null, null, 'ffmpeg']);
  expect(questions('ffmpeg')).toEqual(['ffmpeg', 'ffmpeg', 'ffmpeg']);
  expect(questions('host:nas or cpu>50')).toEqual(['cpu>50', 'cpu>50', null]);
  expect(questions('not host:rack ffmpeg')).toEqual([null, 'ffmpeg', null]);
});

test('hundreds of rows are counted, not listed', () => {
  const many = Array.from({ length: 60 }, (_, index) => process('x', 1, index));
  const [running] = paletteGroups([], [found(nas, { processes: many, more: 5 })], terms('x'), []);
  expect([running?.rows.length, running?.more]).toEqual([12, 53]);
});

describe('once a person moves', () => {
  const before = paletteGroups(ALL, [found(media, { processes: [process('ffmpeg', 0.2)] })], terms('ffm'), doing);
  const next = paletteGroups(ALL, [found(media, { processes: [process('ffmpeg', 0.4)] }), found(nas, { processes: [process('ffmpeg', 1.8)], disks: [{ mount: '/', usedRatio: 0.5 }] })], terms('ffm'), doing);

  test('rows keep their places, their figures update, and late rows are below them', () => {
    expect(next[0]?.rows[0]?.id).toBe('process id-nas-01 1:5');
    const kept = keepPlaces(before, next);
    expect(ids(kept)).toEqual(['Running now: process id-media 1:5', 'Do: do x', `${LATER}: process id-nas-01 1:5, disk id-nas-01 /`]);
    expect(rowsOf(kept)[0]).toMatchObject({ process: { cpuRatio: 0.4 } });
  });

  test('rows that came even later are below those', () => {
    const last = paletteGroups(ALL, [found(nas, { processes: [process('ffmpeg', 1.8)] }), found(forge, { processes: [process('ffmpeg', 9)] })], terms('ffm'), doing);
    expect(ids(keepPlaces(keepPlaces(before, next), last))).toEqual(['Running now: process id-media 1:5', 'Do: do x', `${LATER}: process id-nas-01 1:5, disk id-nas-01 /, process id-forge 1:5`]);
  });
});

describe('who answered', () => {
  const asked: Asked = { asked: 8, answered: 8, tookMs: 90.4, done: true, silent: [], offline: [], older: [], refused: [] };

  test('is shown with how long it took', () => {
    expect(answeredMessage(asked, null)).toBe('8 of 8 machines answered in 90 ms');
    expect(answeredMessage({ ...asked, answered: 6, done: false }, null)).toBe('6 of 8 machines answered');
    expect(answeredMessage({ ...asked, asked: 1, answered: 1, tookMs: 12 }, 'atlas')).toBe('atlas answered in 12 ms');
    expect(answeredMessage({ ...asked, asked: 0, answered: 0 }, null)).toBe('No machine could be asked');
    expect(spokenCount(2, asked)).toBe('2 results. 8 of 8 machines answered.');
    expect(spokenCount(0, null)).toBe('Nothing found');
  });

  test('who did not, and who could not be asked, is named with the reason', () => {
    const away = (name: string, connection: MachineState['connection']) => {
      const state = machine(name);
      state.link.connection = connection;
      return state;
    };
    const offline = [
      away('work-mbp', { kind: 'ended', reason: 'suspend', atMs: 1 }),
      away('old-thinkpad', { kind: 'offline', sinceMs: null, retryAtMs: null, why: { code: 'noAnswer' } }),
      away('pi-garage', { kind: 'offline', sinceMs: 1, retryAtMs: null, why: { code: 'noAnswer' } }),
      away('mini-m2', { kind: 'toPair' }),
      away('behind-proxy', { kind: 'polling' }),
    ];
    expect(silentMessages({ ...asked, silent: [forge], offline, older: [nas] })).toEqual([
      'forge did not answer.',
      'work-mbp is asleep.',
      'old-thinkpad and pi-garage are offline.',
      'mini-m2 is not paired.',
      'behind-proxy is only asked now and then, and cannot be searched.',
      'nas-01 runs an older Sightline that cannot search.',
    ]);
    const refused = [forge, nas].map((it) => ({ machine: it, message: '16 requests wait for an answer already.' }));
    expect(silentMessages({ ...asked, refused })).toEqual(['forge and nas-01 rejected it: 16 requests wait for an answer already.']);
    expect(silentMessages({ ...asked, silent: [forge, media, nas, machine('a'), machine('b')] })).toEqual(['forge, media, nas-01 and 2 more did not answer.']);
  });
});
