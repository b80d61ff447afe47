/** Words for what a machine is. */
import type { Machine, Scope } from '../../wire/wire';

/** Name and kernel as the head shows them: without the code name, and the kernel without what the distribution added. */
export function osName(machine: Machine | null): { name: string; kernel: string } {
  if (!machine) return { name: '–', kernel: '' };
  const name = machine.os.replace(/\s*\([^)]*\)\s*$/, '').replace(/\bGNU\/Linux\b/, '').replace(/\bLinux\b/, '').replace(/\s+/g, ' ').trim();
  const release = machine.kernel?.match(/^\d+(\.\d+)*/)?.[0] ?? machine.kernel ?? '';
  const kernel = machine.family === 'linux' && release ? `Linux ${release}` : release;
  return { name: name === '' ? machine.os : name, kernel };
}

export function scopeWords(scope: Scope): string {
  return { view: 'View', processes: 'View + processes', control: 'Control' }[scope];
}
