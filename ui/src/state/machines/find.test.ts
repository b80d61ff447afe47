// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReplayLink } from '../../testing/replay-link';
import type { ErrorBody, Findings, KnownMachine, QueryError } from '../../wire/wire';
import { FIND_WITHIN_MS, FindAnywhere } from './find.svelte';
import { MachineState } from './machine-state.svelte';

const NOTHING: Findings = { machine: false, processes: [], more: 0, disks: [], tableAgeMs: 0 };
const FFMPEG: Findings = { ...NOTHING, processes: [{ pid: 7, startedAtMs: 1, name: 'ffmpeg', user: null, cpuRatio: 2, memoryBytes: 5 }] };
let stops: (() => void)[];

/** A live machine that answers `find` after `ms`; `null`: never. */
function machine(name: string, answer: Findings | ErrorBody | null, ms = 0): MachineState {
  const link = new ReplayLink();
  const state = new MachineState({ id: name, name, tags: [] } as unknown as KnownMachine);
  stops.push(state.start(link));
  link.become({ kind: 'live' });
  link.onSend = (message) => {
    if (message.type !== 'request' || message.method !== 'find' || !answer) return;
    setTimeout(() => link.play({ type: 'response', id: message.id, ...('code' in answer ? { error: answer } : { result: answer }) }), ms);
  };
  return state;
}
const ask = (machines: readonly MachineState[], query: string, signal: AbortSignal) => new FindAnywhere(machines.map((machine) => ({ machine, query })), signal);
const names = (machines: readonly MachineState[]) => machines.map(({ name }) => name);

beforeEach(() => {
  vi.useFakeTimers();
  stops = [];
});
afterEach(() => {
  for (const stop of stops) stop();
  vi.useRealTimers();
});

test('answers are collected in the order of the machines, and silent ones are listed after a second', async () => {
  const offline = machine('off', null);
  offline.link.connection = { kind: 'polling' };
  const all = [machine('slow', FFMPEG, 300), machine('quick', FFMPEG, 10), machine('none', NOTHING, 20), machine('mute', null), machine('late', FFMPEG, FIND_WITHIN_MS + 50), machine('old', { code: 'unknownMethod', message: 'no' }, 5), offline];
  const found = ask(all, 'ffmpeg', new AbortController().signal);
  expect([found.asked, names(found.offline)]).toEqual([6, ['off']]);
  await vi.advanceTimersByTimeAsync(50);
  expect([found.answered, found.results.map(({ machine: { name } }) => name), names(found.older)]).toEqual([3, ['quick'], ['old']]);
  await vi.advanceTimersByTimeAsync(300);
  expect(found.results.map(({ machine: { name } }) => name)).toEqual(['slow', 'quick']);
  expect([found.done, found.silent]).toEqual([false, []]);
  await vi.advanceTimersByTimeAsync(FIND_WITHIN_MS);
  expect([found.done, names(found.silent), found.answered, found.results.length]).toEqual([true, ['mute', 'late'], 4, 2]);
  expect(Math.round(found.tookMs)).toBe(FIND_WITHIN_MS);
});

test('it is over with the last answer', async () => {
  const found = ask([machine('a', FFMPEG, 40)], 'ffmpeg', new AbortController().signal);
  await vi.advanceTimersByTimeAsync(40);
  expect([found.done, Math.round(found.tookMs), found.silent]).toEqual([true, 40, []]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a machine that rejects the query is listed with its reason, and has not answered', async () => {
  const busy = machine('busy', { code: 'tooMany', message: '16 requests wait for an answer already.' }, 5);
  const found = ask([busy, machine('a', FFMPEG, 10)], 'ffmpeg', new AbortController().signal);
  await vi.advanceTimersByTimeAsync(10);
  expect([found.done, found.answered, found.silent, found.problem]).toEqual([true, 1, [], null]);
  expect(found.refused).toEqual([{ machine: busy, message: '16 requests wait for an answer already.' }]);
});

test('after an abort nothing changes any more', async () => {
  const abort = new AbortController();
  const found = ask([machine('a', FFMPEG, 40), machine('b', FFMPEG, 5)], 'ffm', abort.signal);
  await vi.advanceTimersByTimeAsync(5);
  abort.abort();
  await vi.advanceTimersByTimeAsync(5_000);
  expect([found.answered, found.results.length, found.done, found.silent]).toEqual([1, 1, false, []]);
});

test('an invalid query has a message, a lost connection counts as no answer', async () => {
  const breaks = machine('breaks', null);
  const refusing = machine('a', { code: 'badParams', message: '“cpu>” lacks a number.' });
  const found = ask([refusing, breaks], 'cpu>', new AbortController().signal);
  await vi.advanceTimersByTimeAsync(1);
  breaks.link.connection = { kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } };
  await vi.advanceTimersByTimeAsync(FIND_WITHIN_MS);
  expect([found.problem, found.refused, names(found.silent)]).toEqual([null, [{ machine: refusing, message: '“cpu>” lacks a number.' }], ['breaks']]);
  const alone = ask([refusing], 'cpu>', new AbortController().signal);
  await vi.advanceTimersByTimeAsync(1);
  expect([alone.problem, alone.refused, alone.answered]).toEqual(['“cpu>” lacks a number.', [], 0]);
});

test('the error of a query has the page\'s own message, also from a newer machine', async () => {
  const refuses = (problem: unknown): MachineState => machine('a', { code: 'forbidden', message: 'told', query: { problem, from: 0, to: 4, unfinished: false } as QueryError });
  const said = async (problem: unknown): Promise<string | null> => {
    const found = ask([refuses(problem)], 'user:ana', new AbortController().signal);
    await vi.advanceTimersByTimeAsync(1);
    return found.problem;
  };
  expect(await said({ code: 'hidden', field: 'user' })).toBe('Asking for user needs the scope “processes”.');
  expect(await said({ code: 'unheardOf' })).toBe('told');
  expect(await said(null)).toBe('told');
});

test('one lying machine contradicts nobody but itself', async () => {
  const lies: (Findings | ErrorBody)[] = [
    { code: 'badParams', message: 'this is no query' },
    { code: 'forbidden', message: 'no', query: { problem: { code: 'wrongOperator', operator: '=', field: 'nothing' }, from: -1, to: 1e9, unfinished: false } as unknown as QueryError },
    { code: 'unknownMethod', message: 'what?' },
    { ...NOTHING, more: -1e9, processes: Array.from({ length: 500 }, () => ({ pid: 7, startedAtMs: 1, name: 'ffmpeg', user: null, cpuRatio: 9e15, memoryBytes: -5 })) },
    { ...NOTHING, more: 9e15, disks: Array.from({ length: 500 }, (_, at) => ({ mount: `/${at % 100}`, usedRatio: 9e15 })) },
    { ...NOTHING, machine: true, more: 0.5, tableAgeMs: -9e15 },
  ];
  for (const lie of lies) {
    const [honest, liar] = [machine('honest', FFMPEG, 20), machine('liar', lie, 5)];
    const found = ask([liar, honest], 'ffmpeg', new AbortController().signal);
    await vi.advanceTimersByTimeAsync(10);
    expect([found.problem, found.done]).toEqual([null, false]);
    await vi.advanceTimersByTimeAsync(20);
    expect([found.problem, found.done, found.silent]).toEqual([null, true, []]);
    expect(found.results.find(({ machine }) => machine === honest)?.findings).toEqual(FFMPEG);
    const told = found.results.find(({ machine }) => machine === liar)?.findings;
    if (told === undefined) {
      expect([...names(found.older), ...found.refused.map(({ machine: { name } }) => name)]).toEqual(['liar']);
      continue;
    }
    expect([told.processes.length <= 1, told.disks.length <= 50, Number.isInteger(told.more), told.more >= 0, told.more <= 2 ** 22]).toEqual([true, true, true, true, true]);
  }
});

test('without a live machine it is over at once', () => {
  const away = machine('away', null);
  away.link.connection = { kind: 'connecting' };
  const found = ask([away], 'x', new AbortController().signal);
  expect([found.done, found.asked, names(found.offline)]).toEqual([true, 0, ['away']]);
});
