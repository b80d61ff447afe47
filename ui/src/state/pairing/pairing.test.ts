// @vitest-environment jsdom
import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pairLink } from '../../link/pair-link';
import type { ConnectionState } from '../../link/link';
import type { PairRequest } from '../../wire/wire';
import { machine } from '../machines/machine.svelte';
import { machines } from '../machines/machines.svelte';
import { PairingState } from './pairing.svelte';

const CODE = 'AbCdEfGhIjKlMnOpQrSt-_';
const PAIRED = { state: 'paired', machineId: 'm', machineName: 'atlas', scope: 'view' };
const WAITING = { state: 'waiting', request: 'secret', leftMs: 300_000 };

type Answer = [status: number, body: unknown, headers?: Record<string, string>] | 'away' | 'held';

let asked: PairRequest[];
let answers: Answer[];
let pairing: PairingState;
let visibility: DocumentVisibilityState;
const retry = vi.fn();

const refused = (message: string, more = {}) => ({ error: { code: 'unauthorized', message, ...more } });

/** Opens a link in this page. */
function openLink(code: string): void {
  history.replaceState(null, '', `/#p=${code}`);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function show(now: DocumentVisibilityState): void {
  visibility = now;
  document.dispatchEvent(new Event('visibilitychange'));
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const toPair = (): ConnectionState => ({ kind: 'toPair' });

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  asked = [];
  answers = [];
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  vi.spyOn(navigator, 'cookieEnabled', 'get').mockReturnValue(true);
  vi.spyOn(machine, 'retryNow').mockImplementation(retry);
  vi.stubGlobal('fetch', (_: URL, init: RequestInit) => {
    asked.push(JSON.parse(String(init.body)) as PairRequest);
    const answer = answers.shift() ?? 'held';
    return new Promise<Response>((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
      if (answer === 'away') reject(new TypeError('Failed to fetch'));
      else if (answer !== 'held') resolve(new Response(JSON.stringify(answer[1]), { status: answer[0], headers: answer[2] ?? {} }));
    });
  });
  pairing = new PairingState();
  pairing.name = 'iPhone';
});
afterEach(() => {
  pairing.cancel();
  pairLink.forget();
  retry.mockReset();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('by a link', () => {
  test('the code is sent once the machine asks who this is, and the stream is tried again', async () => {
    openLink(CODE);
    answers = [[200, PAIRED]];
    pairing.notice({ kind: 'connecting' });
    expect(asked).toEqual([]);
    pairing.notice(toPair());
    expect(pairing.phase).toEqual({ kind: 'asking', with: 'code' });
    await settled();
    expect(asked).toEqual([{ with: 'code', code: CODE, name: 'iPhone' }]);
    expect(pairing.phase.kind).toBe('paired');
    expect(retry).toHaveBeenCalledOnce();
    expect(pairLink.held).toBeNull();
    expect(localStorage.getItem('sightline.paired')).toBe('{"name":"atlas"}');
  });

  test('a browser that has access already sends nothing', async () => {
    openLink(CODE);
    pairing.notice({ kind: 'live' });
    await settled();
    expect(asked).toEqual([]);
  });

  test('a revoked browser that is invited again is paired by the link', async () => {
    openLink(CODE);
    answers = [[200, PAIRED]];
    pairing.notice({ kind: 'ended', reason: 'revoked' });
    await settled();
    expect(pairing.phase.kind).toBe('paired');
  });

  test('an incomplete link is not sent', async () => {
    openLink('AbC');
    pairing.notice(toPair());
    await settled();
    expect(asked).toEqual([]);
    expect(pairing.problem?.text).toContain('not whole');
    expect(pairLink.held).toBeNull();
  });

  test.each([
    [401, 'This is not the code that is shown.'],
    [403, 'It was refused there.'],
    [404, 'No code is shown now.'],
    [410, 'This code was used already.'],
  ])('%i: its message is shown, and the code is discarded', async (status, message) => {
    openLink(CODE);
    answers = [[status, refused(message)]];
    pairing.notice(toPair());
    await settled();
    expect(pairing.phase.kind).toBe('form');
    expect(pairing.problem?.text).toBe(message);
    expect([pairLink.held, pairing.canRepeat]).toEqual([null, false]);
    pairing.notice(toPair());
    await settled();
    expect(asked.length).toBe(1);
  });

  test.each([['away' as const], [[503, refused('It starts.')] as Answer], [[429, refused('Wait.'), { 'retry-after': '900' }] as Answer]])(
    'a code that was not checked is kept for another try: %j',
    async (answer) => {
      openLink(CODE);
      answers = [answer, [200, PAIRED]];
      pairing.notice(toPair());
      await settled();
      expect(pairing.problem?.text).not.toBe('');
      expect(pairing.canRepeat).toBe(true);
      pairing.followLink();
      await settled();
      expect(pairing.phase.kind).toBe('paired');
    },
  );

  test('a machine that does not answer while the link is opened is reported', () => {
    openLink(CODE);
    pairing.notice({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
    expect(pairing.problem?.text).toContain('does not answer');
    expect(asked).toEqual([]);
  });
});

describe('by digits', () => {
  test('after a wrong code the number of tries left is shown', async () => {
    answers = [[401, refused('Wrong.', { triesLeft: 4 })]];
    pairing.type('417902');
    await settled();
    expect(asked).toEqual([{ with: 'digits', digits: '417902', name: 'iPhone' }]);
    expect([pairing.phase.kind, pairing.triesLeft]).toEqual(['form', 4]);
  });

  test('too many: it waits as long as the machine asks', async () => {
    answers = [[429, refused('Too many.'), { 'retry-after': '900' }]];
    pairing.type('417902');
    await settled();
    expect(pairing.blockedUntilMs - Date.now()).toBe(900_000);
  });

  test('an answer that is not of the protocol has a message', async () => {
    answers = [[502, '<html>'], [200, '<html>']];
    pairing.type('417902');
    await settled();
    expect(pairing.problem?.text).toContain('502');
    pairing.type('417902');
    await settled();
    expect(pairing.problem?.text).toContain('could not be read');
  });

  test.each([
    ['paired, and no name of the machine', { state: 'paired', machineId: 'm', scope: 'view' }],
    ['a time that is text', { ...WAITING, leftMs: 'soon' }],
    ['a state that is not for browsers', { state: 'withdrawn' }],
    ['a state of a newer machine', { ...PAIRED, state: 'teleported' }],
    ['a list', [PAIRED]],
  ])('%s: the answer could not be read', async (_, answer) => {
    answers = [[200, answer]];
    pairing.type('417902');
    await settled();
    expect([pairing.phase.kind, pairing.problem?.text]).toEqual(['form', 'The answer could not be read. Load this page again.']);
  });

  test('the message of the machine is shown as it is, as a sentence', async () => {
    answers = [[410, refused('this code has ended; <b>one</b> is good for five minutes')]];
    pairing.type('417902');
    await settled();
    expect(pairing.problem?.text).toBe('This code has ended; <b>one</b> is good for five minutes.');
  });

  test('it asks until it is approved', async () => {
    answers = [[202, WAITING], [202, { ...WAITING, leftMs: 280_000 }], 'away', [200, PAIRED]];
    pairing.type('417902');
    await settled();
    expect(pairing.phase).toEqual({ kind: 'waiting', untilMs: Date.now() + 280_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(pairing.phase.kind).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(pairing.phase.kind).toBe('paired');
    expect(asked.slice(1)).toEqual(Array(3).fill({ with: 'request', request: 'secret' }));
  });

  test('a refusal there ends the waiting', async () => {
    answers = [[202, WAITING], [403, refused('It was refused there.')]];
    pairing.type('417902');
    await settled();
    expect([pairing.phase.kind, pairing.problem?.text]).toEqual(['form', 'It was refused there.']);
  });

  test('a cancelled one is not asked about any more', async () => {
    answers = [[202, WAITING], [202, WAITING]];
    pairing.type('417902');
    await settled();
    pairing.cancel();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(asked.length).toBe(2);
    expect([pairing.phase.kind, pairing.problem]).toEqual(['form', null]);
  });

  test('a held answer that comes after Cancel changes nothing', async () => {
    answers = [[202, WAITING], 'held'];
    pairing.type('417902');
    await settled();
    pairing.cancel();
    await settled();
    expect([pairing.phase.kind, pairing.problem, retry.mock.calls.length]).toEqual(['form', null, 0]);
  });

  test('a hidden page does not ask; visible again, it asks at once', async () => {
    answers = [[202, WAITING], [202, WAITING], [200, PAIRED]];
    pairing.type('417902');
    await settled();
    show('hidden');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(asked.length).toBe(2);
    show('visible');
    await settled();
    expect(asked.length).toBe(3);
    expect(pairing.phase.kind).toBe('paired');
  });

  test('a page that is hidden while it waits for an answer closes the request, and asks again', async () => {
    answers = [[202, WAITING], 'held', [200, PAIRED]];
    pairing.type('417902');
    await settled();
    show('hidden');
    await vi.advanceTimersByTimeAsync(600_000);
    expect([asked.length, pairing.phase.kind]).toEqual([2, 'waiting']);
    show('visible');
    await settled();
    expect([asked.length, pairing.phase.kind]).toEqual([3, 'paired']);
  });

  test('an unreachable machine is not asked for ever', async () => {
    answers = [[202, { ...WAITING, leftMs: 10_000 }], ...Array<Answer>(60).fill('away')];
    pairing.type('417902');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBeLessThan(20);
    expect([pairing.phase.kind, pairing.problem?.text]).toEqual(['form', 'Nobody approved it in time.']);
  });
});

describe('cookies', () => {
  test('a browser that was paired and is asked to pair again keeps none', async () => {
    answers = [[200, PAIRED]];
    pairing.type('417902');
    await settled();
    pairing.notice(toPair());
    expect([pairing.phase.kind, pairing.problem?.text]).toEqual(['form', 'atlas paired this browser, but the browser keeps no cookies of this page.']);
    expect(pairing.problem?.next).toContain('Allow cookies');
  });

  test('where they are off no code is used up', async () => {
    vi.spyOn(navigator, 'cookieEnabled', 'get').mockReturnValue(false);
    openLink(CODE);
    pairing.notice(toPair());
    pairing.type('417902');
    await settled();
    expect(asked).toEqual([]);
    expect(pairing.problem?.text).toContain('cookies');
    expect(pairLink.held).toBe(CODE);
  });

  test('what is remembered of a pairing is no secret, and is removed when the access is revoked here', async () => {
    answers = [[200, PAIRED]];
    pairing.type('417902');
    await settled();
    expect(new PairingState().before).toEqual({ name: 'atlas' });
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 204 })));
    await pairing.revokeOwnAccess();
    expect([pairing.before, pairing.revokedHere, localStorage.getItem('sightline.paired')]).toEqual([null, true, null]);
  });

  test('an access that could not be revoked is still there', async () => {
    pairing.before = { name: 'atlas' };
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(pairing.revokeOwnAccess()).rejects.toThrow('does not answer');
    expect([pairing.before, pairing.revokedHere]).toEqual([{ name: 'atlas' }, false]);
  });
});

test('the connection is followed while nothing of this is shown: a browser that was live and is revoked kept its cookie', async () => {
  answers = [[200, PAIRED]];
  const undo = pairing.follow();
  pairing.type('417902');
  await settled();
  machines.here.link.connection = { kind: 'live' };
  flushSync();
  machines.here.link.connection = { kind: 'ended', reason: 'revoked' };
  flushSync();
  expect([pairing.phase.kind, pairing.problem]).toEqual(['form', null]);
  undo();
});

test('checking again without access shows a message', () => {
  pairing.notice(toPair());
  expect(pairing.problem).toBeNull();
  pairing.checkAgain();
  expect(retry).toHaveBeenCalledOnce();
  pairing.notice(toPair());
  expect(pairing.problem?.text).toContain('still does not know');
});

test('once it is live the next pairing starts over', async () => {
  answers = [[200, PAIRED]];
  pairing.type('417902');
  await settled();
  pairing.notice({ kind: 'live' });
  pairing.notice(toPair());
  expect([pairing.phase.kind, pairing.problem]).toEqual(['form', null]);
});
