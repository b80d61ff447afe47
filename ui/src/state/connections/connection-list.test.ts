import { describe, expect, it } from 'vitest';
import type { SessionInfo, Sessions } from '../../wire/wire';
import { fromSessions, fromStats, sorted, type SortColumn, withRates } from './connection-list';

const session = (clientId: string, change: Partial<SessionInfo> = {}): SessionInfo => ({ clientId, carrier: 'stream', address: '192.0.2.1', connectedAtMs: 1_000, scope: 'view', channels: ['overview'], messagesSent: 1, bytesSent: 100, messagesReceived: 1, framesSkipped: 0, ...change });
const sessions = (...list: SessionInfo[]): Sessions => ({ active: list.length, total: 9, messagesSent: 10, bytesSent: list.reduce((sum, { bytesSent }) => sum + bytesSent, 0), sessions: list });

describe('rates', () => {
  it('are what came since the update before, for each viewer', () => {
    const before = fromSessions(sessions(session('a', { bytesSent: 100 })), 1_000);
    const now = withRates(fromSessions(sessions(session('a', { bytesSent: 600 }), session('new')), 6_000), before);
    expect(now.connections.map(({ bytesPerS }) => bytesPerS)).toEqual([100, null]);
    expect(now.bytesPerS).toBe(120);
  });

  it('are unknown at first, and after a monitor that started again', () => {
    const now = fromSessions(sessions(session('a')), 1_000);
    expect(withRates(now, null).bytesPerS).toBeNull();
    expect(withRates({ ...now, atMs: 2_000, bytesSent: 5 }, now).bytesPerS).toBeNull();
  });
});

describe('the order', () => {
  const list = fromSessions(sessions(session('a', { address: '192.0.2.10', connectedAtMs: 3, bytesSent: 5 }), session('b', { address: '192.0.2.9', connectedAtMs: 1, bytesSent: 50 }), session('c', { address: null, carrier: 'window', connectedAtMs: 2, scope: 'control', bytesSent: 5 })), 9).connections;
  const check = (column: SortColumn, descending: boolean, expected: string) => expect(sorted(list, { column, descending }).map(({ clientId }) => clientId).join('')).toBe(expected);

  it('goes by each column', () => {
    check('since', false, 'bca');
    check('who', false, 'cba');
    check('scope', true, 'cba');
    check('bytes', true, 'bca');
  });
});

describe('the answer over HTTP', () => {
  it('is taken with whatever it lacks', () => {
    const told = fromStats({ enabled: true, activeConnections: 1, totalConnections: 4, messagesSent: 7, bytesSent: 70, clients: [{ clientId: 'x', connectedAt: '2026-01-02T03:04:05.000Z', subscribedChannels: ['metrics', 3] }] }, 5_000);
    expect(told).toMatchObject({ active: 1, total: 4, connections: [{ clientId: 'x', connectedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5), channels: ['metrics'], carrier: null, address: null, bytesSent: null }] });
  });

  it('is null where this page may not see the clients', () => {
    expect(fromStats({ enabled: true, totalConnections: 4 }, 0)).toBeNull();
    expect(fromStats({ enabled: true, activeConnections: 2, clients: [] }, 0)).toBeNull();
    expect(fromStats(null, 0)).toBeNull();
  });
});
