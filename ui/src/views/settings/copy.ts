/** Copies text to the clipboard and announces the result. */
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
