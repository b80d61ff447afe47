/** WebSocket paths of this server that a client may connect to, and the messages of each. */
import { HISTORY_SPAN_MS, SUBPROTOCOL } from '../../wire/contract';
import type { Channel, Method } from '../../wire/wire';

export type Say = 'subscribe' | 'unsubscribe' | 'ping' | 'request' | 'text' | 'binary';

export interface Target {
  id: string;
  family: string;
  name: string;
  /** `{uuid}` stands for the machine's id. */
  path: string;
  protocol: string;
  about: string;
  channels: readonly string[];
  /** One message names one channel, or several. */
  channelField: 'channel' | 'channels';
  says: readonly Say[];
}

const NATIVE: readonly Channel[] = ['overview', 'top', 'processes', 'summary', 'system-info', 'network-interfaces', 'alerts', 'sessions'];
const DEVICE = ['system-info', 'processes', 'history', 'network-interfaces', 'metrics'];
const CONTAINER = ['metrics', 'containers', 'sessions', 'alerts'];

const CLIENT: Pick<Target, 'protocol' | 'channelField'> = { protocol: '', channelField: 'channels' };

export const TARGETS: readonly Target[] = [
  { id: 'native', family: 'Sightline', name: 'Native stream', path: 'api/v1/stream', protocol: SUBPROTOCOL, about: 'Starts with “connected”, then sends what you subscribe to: first a key frame, then changes.', channels: NATIVE, channelField: 'channels', says: ['subscribe', 'unsubscribe', 'ping', 'request', 'text', 'binary'] },
  { ...CLIENT, id: 'applications', family: 'Application manager', name: 'Metrics', path: 'ws/metrics', about: 'Subscribed from the start; figures at once, then every 5 s.', channels: ['metrics'], channelField: 'channel', says: ['subscribe', 'unsubscribe', 'ping', 'text', 'binary'] },
  { ...CLIENT, id: 'devices', family: 'Device dashboard', name: 'Device', path: 'api/v1/devices/{uuid}/ws', about: 'Silent until you subscribe. Each channel has an interval of its own, 5 to 60 s.', channels: DEVICE, says: ['subscribe', 'unsubscribe', 'ping', 'text', 'binary'] },
  { ...CLIENT, id: 'dashboard', family: 'Metrics dashboard', name: 'Metrics', path: 'api/ws/ws', about: 'Figures at once, then every 5 s. It only sends: there is nothing to subscribe to.', channels: [], says: ['text', 'binary'] },
  { ...CLIENT, id: 'dashboard-alerts', family: 'Metrics dashboard', name: 'Alerts', path: 'api/ws/ws/alerts', about: 'Alerts as they happen, a heartbeat every 30 s. It only sends.', channels: [], says: ['text', 'binary'] },
  { ...CLIENT, id: 'containers', family: 'Container dashboard', name: 'Updates', path: 'ws', about: 'Everything every 3 s, until the first “subscribe” names what is wanted.', channels: CONTAINER, says: ['subscribe', 'unsubscribe', 'text', 'binary'] },
  { ...CLIENT, id: 'containers-legacy', family: 'Container dashboard', name: 'Old format', path: 'ws?format=legacy', about: 'The same figures as “metrics_update”, for clients from before.', channels: CONTAINER, says: ['subscribe', 'unsubscribe', 'text', 'binary'] },
  { ...CLIENT, id: 'free', family: 'Other', name: 'A path of your own', path: '', about: 'Any WebSocket path of this server, with any subprotocol.', channels: [], says: ['text', 'binary'] },
];

export interface KnownMethod {
  name: Method;
  about: string;
  params: (nowMs: number) => unknown;
}

const KEPT_MIN = HISTORY_SPAN_MS / 60_000;

/** Methods of the native stream, with parameters that work. */
export const METHODS: readonly KnownMethod[] = [
  { name: 'snapshot', about: 'The last sample, whole.', params: () => undefined },
  { name: 'series.list', about: 'Every series, and what it means.', params: () => undefined },
  { name: 'history.query', about: `The past of some series; ${KEPT_MIN} min are kept.`, params: (nowMs) => ({ series: ['cpu.busy', 'memory.used'], fromMs: nowMs - 300_000, toMs: nowMs, maxPoints: 60 }) },
  { name: 'summary.history', about: `The past of channel summary; ${KEPT_MIN} min are kept.`, params: (nowMs) => ({ fromMs: nowMs - 300_000, toMs: nowMs, maxPoints: 60 }) },
  { name: 'find', about: 'What matches words and comparisons, combined with and, or, not: ffmpeg, cpu>50, mem>2GB, disk>90, host:nas.', params: () => ({ query: 'cpu>50', limit: 10 }) },
  { name: 'process.detail', about: 'One process in full. Take pid and startedAtMs from channel processes.', params: () => ({ pid: 1, startedAtMs: 0 }) },
  { name: 'alerts.list', about: 'The events that are kept, oldest first.', params: () => undefined },
];

/** What a form is filled in with. */
export interface Form {
  channels: readonly string[];
  /** 0: the interval of the channel. */
  intervalMs: number;
  /** Empty: as before. */
  encoding: '' | 'json' | 'msgpack';
  method: string;
  /** Comes back in the answer. */
  id: number;
}

/** The message as text, which can be edited. */
export function template(target: Target, say: Say, form: Form, nowMs: number): string {
  switch (say) {
    case 'subscribe': {
      const native = target.id === 'native';
      const more = { ...(native && form.intervalMs > 0 ? { intervalMs: form.intervalMs } : {}), ...(native && form.encoding !== '' ? { encoding: form.encoding } : {}) };
      return pretty({ type: 'subscribe', ...named(target, form.channels), ...more });
    }
    case 'unsubscribe':
      return pretty({ type: 'unsubscribe', ...named(target, form.channels) });
    case 'ping':
      return pretty({ type: 'ping', ...(target.id === 'native' ? { id: form.id } : {}) });
    case 'request': {
      const params = METHODS.find((method) => method.name === form.method)?.params(nowMs);
      return pretty({ type: 'request', id: form.id, method: form.method, ...(params === undefined ? {} : { params }) });
    }
    case 'text':
    case 'binary':
      return '';
  }
}

function named(target: Target, channels: readonly string[]): Record<string, unknown> {
  return target.channelField === 'channel' ? { channel: channels[0] ?? '' } : { channels };
}

/** Fields on lines of their own, lists on one. */
function pretty(value: Record<string, unknown>): string {
  const inline = (item: unknown): string => (Array.isArray(item) ? `[${item.map(inline).join(', ')}]` : typeof item === 'object' && item !== null ? `{ ${fields(item as Record<string, unknown>).join(', ')} }` : JSON.stringify(item));
  const fields = (of: Record<string, unknown>) => Object.entries(of).map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`);
  return `{\n  ${fields(value).join(',\n  ')}\n}`;
}
