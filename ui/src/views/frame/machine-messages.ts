/** Short names of a machine's operating system. */
import type { Machine } from '../../wire/wire';

/** Name and kernel as the head shows them: without the code name, and the kernel without what the distribution added. */
export function osName(machine: Machine | null): { name: string; kernel: string } {
  if (!machine) return { name: '–', kernel: '' };
  const release = machine.kernel?.match(/^\d+(\.\d+)*/)?.[0] ?? machine.kernel ?? '';
  const kernel = machine.family === 'linux' && release ? `Linux ${release}` : release;
  return { name: osShort(machine.os), kernel };
}

/** An operating system without the code name, and without what goes without saying: `Debian 13`. */
export function osShort(os: string): string {
  const name = os.replace(/\s*\([^)]*\)\s*$/, '').replace(/\bGNU\/Linux\b/, '').replace(/\bLinux\b/, '').replace(/\s+/g, ' ').trim();
  return name === '' ? os : name;
}
