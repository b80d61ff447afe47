// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDemoFleet } from './demo/demo-fleet';
import { ReplayLink } from './testing/replay-link';
import { machines } from './state/machines/machines.svelte';
import { processes } from './state/processes/processes.svelte';
import { Finder } from './views/palette/finder.svelte';

/** The machine that served the page, with a link whose messages are recorded. */
let link: ReplayLink;
let stop: () => void;
const asked = () => link.sent.flatMap((message) => (message.type === 'request' && message.method === 'find' ? [(message.params as { query: string }).query] : []));
const titles = (finder: Finder) => finder.groups.map(({ title }) => title);

beforeEach(() => {
  vi.useFakeTimers();
  link = new ReplayLink();
  stop = machines.start(link);
  link.become({ kind: 'live' });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

test('machines are queried once the person pauses, and only with a valid query', () => {
  const finder = new Finder();
  for (const text of ['f', 'ff', 'ffm']) finder.type(text);
  vi.advanceTimersByTime(100);
  expect(asked()).toEqual(['ffm']);
  finder.type('nmae=ffm');
  expect(finder.error?.message).toBe('“nmae” is not a field. Did you mean name?');
  vi.advanceTimersByTime(100);
  finder.type('14:32');
  vi.advanceTimersByTime(100);
  expect(asked()).toEqual(['ffm']);
  // `host` is evaluated here; only the rest is sent.
  finder.type('host:nowhere');
  vi.advanceTimersByTime(100);
  expect(asked()).toEqual(['ffm']);
});

test('an incomplete query keeps the results', () => {
  const finder = new Finder();
  finder.type('settings');
  const before = finder.groups;
  expect(titles(finder)).toEqual(['Do']);
  finder.type('settings cpu>');
  expect(finder.groups).toBe(before);
  expect(finder.error?.unfinished).toBe(true);
});

test('the chosen row stays when answers come', () => {
  const finder = new Finder();
  finder.type('over');
  vi.advanceTimersByTime(100);
  expect(finder.rows.map(({ id }) => id)).toEqual(['do overview', 'do filter']);
  finder.move(1);
  expect(finder.chosen?.id).toBe('do filter');
  finder.move(1);
  expect(finder.chosen?.id).toBe('do overview');
  const request = link.sent.find((message) => message.type === 'request' && message.method === 'find');
  link.play({ type: 'response', id: request?.type === 'request' ? request.id : -1, result: { machine: false, processes: [{ pid: 7, startedAtMs: 1, name: 'overlord', user: null, cpuRatio: 2, memoryBytes: 1 }], more: 0, disks: [], tableAgeMs: 0 } });
  return vi.advanceTimersByTimeAsync(0).then(() => {
    finder.answered();
    expect(finder.chosen?.id).toBe('do overview');
    expect(finder.rows.map(({ id }) => id)).toEqual(['do overview', 'do filter', 'process  7:1']);
  });
});

test('a moment outside the history has a message', () => {
  vi.setSystemTime(new Date(2026, 10, 21, 14, 40));
  const finder = new Finder();
  finder.type('14:32');
  expect(finder.rows.map((row) => row.kind === 'do' && row.title)).toEqual(['Go to 14:32:00']);
  finder.type('9:05');
  expect([finder.noMoment, finder.rows.length]).toEqual(['09:05:00 is not kept. The last 15 min are kept.', 0]);
  finder.type('14:32 yesterday');
  expect(finder.noMoment).toBe('14:32:00 yesterday is not kept. The last 15 min are kept.');
});

test('a process of another machine is selected once that machine is in view, and deselected with it', async () => {
  stop();
  const opened = openDemoFleet('fleet');
  stop = machines.start(opened.link, opened.host, opened.openOther);
  await machines.load();
  const [first, second] = machines.others.map(({ key }) => key) as [string, string];
  processes.showOn(first, '1:5');
  expect(processes.selectedKey).toBeNull();
  machines.show(first);
  expect([processes.selectedKey, processes.open]).toEqual(['1:5', true]);
  machines.show(second);
  expect([processes.selectedKey, processes.open]).toEqual([null, false]);
});
