/** Text of the polite live region (ARIA): connection, alerts, results of actions. Never values. */
import type { AlertEvent, Severity } from '../../wire/wire';

class Status {
  text = $state('');

  say(text: string): void {
    this.text = text;
  }
}

export const severityWord = (severity: Severity): string => ({ info: 'Note', warning: 'Warning', critical: 'Critical' })[severity] ?? 'Alert';

/** `Warning: disk nearly full. Free 4 GB.` */
export function alertMessage({ severity, title, message }: AlertEvent): string {
  return `${severityWord(severity)}: ${title}${message === '' ? '' : `. ${message}`}`;
}

export const status = new Status();
