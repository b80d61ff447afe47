/** The one polite live region: connection, results of actions. Never values. */

class Status {
  text = $state('');

  say(text: string): void {
    this.text = text;
  }
}

export const status = new Status();
