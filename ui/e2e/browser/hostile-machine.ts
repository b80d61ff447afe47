/** A machine whose every name is meant to do harm: its own, that of a network interface and of a mount, processes with
 *  their command lines. It is this one, in namespaces of its own; names that this system does not allow are left out, and reported. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What runs if a name is taken for markup or for script. */
const RUN = 'window.__pwned=1';
export const MACHINE = `<img src=x onerror=${RUN}>`;
/** The kernel allows 15 bytes, without spaces and slashes. */
export const INTERFACE = '<iframe>&quot;"';
export const MOUNT = `<svg onload=${RUN}>`;

/** Gives this namespace its names. `$HOLD` is an empty folder. */
const NAMES = `
ip link set lo up && mount -t sysfs none /sys || exit 9
{ printf %s '${MACHINE}' > /proc/sys/kernel/hostname; } 2>/dev/null ||
  python3 -c 'import ctypes, sys; name = sys.argv[1].encode(); sys.exit(ctypes.CDLL(None).sethostname(name, len(name)))' '${MACHINE}' || exit 9
ip link add name '${INTERFACE}' type veth peer name far0 && ip address add 192.168.78.2/24 dev '${INTERFACE}' &&
  ip link set far0 up && ip link set '${INTERFACE}' up || { export NO_INTERFACE=1; echo 'left out: the interface, this kernel makes none of that name'; }
truncate -s 2M "$HOLD/disk" && mkfs.ext4 -q -F "$HOLD/disk" && mkdir "$HOLD/${MOUNT}" && mount -o loop "$HOLD/disk" "$HOLD/${MOUNT}" ||
  { export NO_MOUNT=1; echo 'left out: the mount, which needs an administrator and mkfs.ext4'; }
exec "$@"`;

/** Runs a command on such a machine; its exit code and output. */
export async function onHostileMachine(command: string, ...args: string[]): Promise<{ code: number | null; text: string }> {
  const hold = await mkdtemp(join(tmpdir(), 'sightline-hostile-'));
  const env = { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TEST_|PW_|PLAYWRIGHT_|FORCE_COLOR)/.test(name))), HOLD: hold };
  // A user without root rights is root in the namespace only, and may not mount a disk.
  const mapped = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const child = spawn('unshare', [...mapped, '--uts', '--net', '--mount', 'sh', '-c', NAMES, 'sh', command, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => resolve(((text += error.message), null)));
    child.once('exit', resolve);
  });
  await rm(hold, { recursive: true, force: true });
  return { code, text };
}

/** A process: its name as the kernel has it, and its arguments; in the escapes of `printf`, for not all are text. */
export interface Hostile {
  name: string;
  arguments: string[];
  /** The text that the table has to show unchanged. */
  shown: string;
}

export const PROCESSES: readonly Hostile[] = [
  { name: '<img src=x onerror=1>', arguments: [MACHINE, `<script>${RUN}</script>`, `"><svg onload=${RUN}>`, `javascript:${RUN}`, `{{constructor.constructor("${RUN}")()}}`], shown: '<img src=x oner' },
  { name: '"><b title=x>', arguments: ['</style><style>*{display:none}</style>', '</td></tr></table>'], shown: '"><b title=x>' },
  { name: 'right\\342\\200\\256gnp.exe', arguments: ['\\342\\200\\256txt.daolyap', '\\342\\201\\246x\\342\\201\\251'], shown: 'gnp' },
  { name: 'no\\342\\200\\213width\\357\\273\\277', arguments: ['a\\342\\200\\213b\\342\\200\\215c'], shown: 'width' },
  { name: 'two\\nlines\\ttab', arguments: ['one\\ntwo\\r\\nthree\\033[31mred\\007'], shown: 'lines' },
  { name: 'bytes\\377\\376\\200', arguments: ['\\377\\376', '\\300\\257', '\\355\\240\\200'], shown: 'bytes' },
  { name: 'x) R 1 1 (y', arguments: ['', '', 'after two of no length', ''], shown: 'x) R 1 1 (y' },
  { name: 'long', arguments: [`<b>${'A<i>'.repeat(2_600)}`], shown: 'long' },
];

/** A shell under another name that waits for its input to end, which is when this program does. */
const DISGUISED = `
file="$HOLD/$(printf "$1")"; shift
cp "$(readlink -f /bin/sh)" "$file" || exit 1
for text; do shift; set -- "$@" "$(printf "$text")"; done
exec "$file" -c 'read rest' "$@"`;

/** Starts them; each waits until it is ended. */
export const startHostile = (): { of: Hostile; child: ChildProcess }[] => PROCESSES.map((of) => ({ of, child: spawn('sh', ['-c', DISGUISED, 'sh', of.name, ...of.arguments], { stdio: ['pipe', 'ignore', 'inherit'] }) }));
