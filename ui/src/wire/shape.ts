/** Whether what a machine says has the shape it has to have. Another machine may be of any mind: what is of the wrong
 *  shape would break the drawing of all the others, so it is found out here, before anything is made of it. Fields that
 *  this page does not know are no fault: a newer machine may say more. */
import type { Channel, ServerMessage } from './wire';

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const yesOrNo: Check = (value) => typeof value === 'boolean';
const cell: Check = (value) => value === null || typeof value === 'number' || typeof value === 'string';
const orNull = (check: Check): Check => (value) => value === null || check(value);
const orAbsent = (check: Check): Check => (value) => value === undefined || check(value);
const list = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const record = (fields: Fields): Check => {
  const checks = Object.entries(fields);
  return (value) => typeof value === 'object' && value !== null && checks.every(([name, check]) => check((value as Record<string, unknown>)[name]));
};
const either = (...checks: Check[]): Check => (value) => checks.some((check) => check(value));

const values = list(orNull(number));
const disk = record({ device: text, name: text, model: orNull(text), kind: text, sizeBytes: orNull(number) });
const filesystem = record({ device: text, mount: text, kind: text, source: text, disk: orNull(text), stalled: yesOrNo });
const nic = record({ device: text, name: text, kind: text, mac: orNull(text), addresses: list(text), linkBitsPerS: orNull(number), up: orNull(yesOrNo), defaultRoute: yesOrNo });
const sensor = record({ device: text, kind: text, label: text, chip: text, highCelsius: orNull(number), criticalCelsius: orNull(number) });
const facts = record({ intervalMs: number, disks: list(disk), filesystems: list(filesystem), interfaces: list(nic), sensors: list(sensor), sensorsAbsentBecause: orNull(text), undervolted: orNull(yesOrNo) });
const series = record({ id: text, metric: text, device: text, label: text, unit: text });
const overviewKey = record({ gen: number, series: list(series), values, facts, faults: list(record({ source: text, message: text })) });
const process = record({ pid: number, startedAtMs: number, name: text, cpuRatio: orNull(number), memoryBytes: number, diskBytesPerS: orNull(number) });
const rows = list(list(cell));
const alert = record({ id: number, atMs: number, severity: text, title: text, message: text, source: text });
const said = orAbsent(orNull(text));
const counted = orAbsent(orNull(number));
const machine = record({ id: text, name: text, os: said, family: said, kernel: said, arch: said, cores: counted, physicalCores: counted, cpuModel: said, memoryTotalBytes: counted, bootedAtMs: counted, virtualization: said, version: said, demo: orAbsent(yesOrNo) });

/** What frames carry, of the channels that another machine is asked for. */
const FRAMES: Partial<Record<Channel, Check>> = {
  overview: either(overviewKey, record({ gen: number, values, series: (value) => value === undefined })),
  top: record({ byCpu: list(process), byMemory: list(process), byDisk: list(process) }),
  processes: either(record({ columns: list(text), rows }), record({ columns: (value) => value === undefined, added: rows, changed: rows, gone: list(list(number)) })),
  summary: record({ cpuRatio: orNull(number), memoryRatio: orNull(number), fullestDisk: orNull(record({ mount: text, usedRatio: orNull(number) })), rxBytesPerS: orNull(number), txBytesPerS: orNull(number), diskBytesPerS: orAbsent(orNull(number)), temperatureCelsius: orAbsent(orNull(number)), worstAlert: orNull(text) }),
};
const frame = record({ channel: text, seq: number, sampledAtMs: number, key: yesOrNo });

const MESSAGES: Readonly<Record<ServerMessage['type'], Check>> = {
  challenge: record({ machineId: text, nonce: text }),
  connected: record({ protocol: number, clientId: text, serverTimeMs: number, scope: text, machine, channels: list(record({ name: text, intervalMs: number })), mac: orAbsent(text) }),
  frame: (message) => frame(message) && (FRAMES[(message as { channel: Channel }).channel]?.((message as { data?: unknown }).data) ?? true),
  pong: record({ id: number, serverTimeMs: number }),
  response: record({ id: number, error: orAbsent(record({ code: text, message: text })) }),
  alert: record({ event: alert }),
  lagged: record({ channel: text, missed: number }),
  error: record({ code: text, message: text }),
  goodbye: record({ reason: text }),
};

/** Whether `message` is what its type says. */
export function fits(message: ServerMessage): boolean {
  return MESSAGES[message.type](message);
}

/** Whether an answer of `find` can be shown. */
export const fitsFindings: Check = record({
  machine: yesOrNo,
  processes: list(record({ pid: number, startedAtMs: number, name: text, user: orNull(text), cpuRatio: orNull(number), memoryBytes: number })),
  more: number,
  disks: list(record({ mount: text, usedRatio: orNull(number) })),
  tableAgeMs: orNull(number),
});
