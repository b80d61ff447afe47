/** The list of connections from either source: validated, with rates, sorted. */
import type { Carrier, Scope, Sessions } from '../../wire/wire';

/** One viewer. `null`: not known. */
export interface Connection {
  clientId: string;
  carrier: Carrier | null;
  address: string | null;
  scope: Scope | null;
  channels: readonly string[];
  connectedAtMs: number;
  messagesSent: number | null;
  bytesSent: number | null;
  framesSkipped: number | null;
  /** Since the update before. */
  bytesPerS: number | null;
}

export interface Attendance {
  atMs: number;
  active: number;
  /** Since this run of the monitor began. */
  total: number;
  messagesSent: number;
  bytesSent: number;
  bytesPerS: number | null;
  connections: readonly Connection[];
}

/** From channel `sessions`. */
export function fromSessions(data: Sessions, atMs: number): Attendance {
  const { active, total, messagesSent, bytesSent, sessions } = data;
  return { atMs, active, total, messagesSent, bytesSent, bytesPerS: null, connections: sessions.map((session) => ({ ...session, bytesPerS: null })) };
}

const CARRIERS: readonly Carrier[] = ['window', 'stream', 'application-manager', 'device-dashboard', 'metrics-dashboard', 'container-dashboard'];
const SCOPES: readonly Scope[] = ['view', 'processes', 'control'];

/** From `GET /api/v1/ws/stats`; `null` where the clients are kept from this page. */
export function fromStats(body: unknown, atMs: number): Attendance | null {
  const stats = fields(body);
  const active = number(stats['activeConnections']) ?? 0;
  if (!Array.isArray(stats['clients']) || (stats['clients'].length === 0 && active > 0)) return null;
  return {
    atMs,
    active,
    total: number(stats['totalConnections']) ?? stats['clients'].length,
    messagesSent: number(stats['messagesSent']) ?? 0,
    bytesSent: number(stats['bytesSent']) ?? 0,
    bytesPerS: null,
    connections: stats['clients'].map((client) => fromClient(fields(client), atMs)),
  };
}

function fromClient(client: Record<string, unknown>, atMs: number): Connection {
  const text = (key: string) => (typeof client[key] === 'string' ? client[key] : null);
  const channels = client['subscribedChannels'];
  return {
    clientId: text('clientId') ?? '',
    carrier: CARRIERS.find((carrier) => carrier === client['carrier']) ?? null,
    address: text('address'),
    scope: SCOPES.find((scope) => scope === client['scope']) ?? null,
    channels: Array.isArray(channels) ? channels.filter((channel) => typeof channel === 'string') : [],
    connectedAtMs: Date.parse(text('connectedAt') ?? '') || atMs,
    messagesSent: number(client['messagesSent']),
    bytesSent: number(client['bytesSent']),
    framesSkipped: number(client['framesSkipped']),
    bytesPerS: null,
  };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** `now` with the rates since `before`. */
export function withRates(now: Attendance, before: Attendance | null): Attendance {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
  if (before === null || seconds <= 0) return now;
  const per = (later: number | null, earlier: number | null | undefined) => (later === null || earlier === null || earlier === undefined || later < earlier ? null : (later - earlier) / seconds);
  const known = new Map(before.connections.map((connection) => [connection.clientId, connection]));
  const connections = now.connections.map((connection) => ({ ...connection, bytesPerS: per(connection.bytesSent, known.get(connection.clientId)?.bytesSent) }));
  return { ...now, bytesPerS: per(now.bytesSent, before.bytesSent), connections };
}

export type SortColumn = 'who' | 'how' | 'scope' | 'since' | 'messages' | 'bytes' | 'rate' | 'skipped';

export interface Sort {
  column: SortColumn;
  descending: boolean;
}

const KEYS: Record<SortColumn, (connection: Connection) => string | number> = {
  who: ({ address }) => address ?? '',
  how: ({ carrier }) => carrier ?? '',
  scope: ({ scope }) => (scope === null ? -1 : SCOPES.indexOf(scope)),
  since: ({ connectedAtMs }) => connectedAtMs,
  messages: ({ messagesSent }) => messagesSent ?? -1,
  bytes: ({ bytesSent }) => bytesSent ?? -1,
  rate: ({ bytesPerS }) => bytesPerS ?? -1,
  skipped: ({ framesSkipped }) => framesSkipped ?? -1,
};

/** In order; equals by when they came. */
export function sorted(connections: readonly Connection[], { column, descending }: Sort): Connection[] {
  const key = KEYS[column];
  const sign = descending ? -1 : 1;
  return [...connections].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    const order = typeof x === 'string' && typeof y === 'string' ? x.localeCompare(y, undefined, { numeric: true }) : Number(x) - Number(y);
    return sign * order || a.connectedAtMs - b.connectedAtMs || a.clientId.localeCompare(b.clientId);
  });
}
