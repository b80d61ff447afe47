/** Copies for a person, and says so; where a page may not, that is said instead. */
import { status } from '../../state/page/status.svelte';

/** `what` as in "Link copied." */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    status.say(`${what} copied.`);
  } catch {
    status.say('The browser does not allow copying. Select the text instead.');
  }
}
