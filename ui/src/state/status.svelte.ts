/** The one polite live region: connection, alerts, results of actions. Never values. */
import type { AlertEvent } from '../wire/wire';

class Status {
  text = $state('');

  say(text: string): void {
    this.text = text;
  }
}

/** `Warning: disk nearly full. Free 4 GB.` */
export function alertWords({ severity, title, message }: AlertEvent): string {
  const grave = { info: 'Note', warning: 'Warning', critical: 'Critical' }[severity] ?? 'Alert';
  return `${grave}: ${title}${message === '' ? '' : `. ${message}`}`;
}

export const status = new Status();
