/** Messages for refusals, made from the reason and its parameters. Where a machine sends no reason, or one that this page
 *  does not know, its own message is shown. Pure. */
import type { ErrorBody, Reason } from '../wire/wire';
import { certificateMessage } from './certificate-messages';
import { count } from './format';
import { httpMessage } from './http-messages';
import { sentence } from './sentence';
import { streamMessage } from './stream-messages';
import { visible } from './visible';
import { windowMessage } from './window-messages';

const NEW_CODE = 'Make a new one on that machine: Settings, Sharing, or sightline-agent pair.';

export function errorMessage({ message, reason, window }: Pick<ErrorBody, 'message' | 'reason' | 'window'>): string {
  if (window !== undefined) return windowMessage(window);
  return (reason === undefined ? null : reasonMessage(reason)) ?? sentence(message);
}

/** `null`: a reason of a newer machine. */
function reasonMessage(reason: Reason): string | null {
  switch (reason.is) {
    case 'ownerOnly':
      return "Who has access is shown to this machine's owner only; this needs the scope “control”.";
    case 'atTheMachineOnly':
      return 'Sharing of a machine is changed at that machine: in its window, or with sightline-agent.';
    case 'viewersFull':
      return `${count(reason.most, 'device is', 'devices are')} paired, which is the most; revoke one first.`;
    case 'pairingBusy':
      return `${reason.most} devices wait for an answer at that machine already. Try again in a few minutes, or open a link of it.`;
    case 'viewerUnknown':
      return 'This device is not paired any more; the list shows who is.';
    case 'sentInClear':
      return 'Its token crossed the network in clear, where others may have read it, so it gets no control any more. Revoke it, and pair the device again over https.';
    case 'badName':
      return `A name has 1 to ${reason.most} visible characters.`;
    case 'notKept':
      return `This could not be saved, so nothing was changed: ${visible(reason.detail)}.`;
    case 'noRandom':
      return 'This system gives no random numbers now.';
    case 'requestGone':
      return 'This device does not wait any more; it can ask again.';
    case 'networkGone':
      return 'This machine is not on that network any more.';
    case 'portFixed':
      return 'The port was set where this program was started, with --port; change it there.';
    case 'badPort':
      return 'A port is a number from 1 to 65535.';
    case 'tooManyEntries':
      return `${reason.count} entries; ${reason.most} fit. Remove some first.`;
    case 'badHost':
      return `“${visible(reason.text)}” is no host name. One looks like nas.example.org.`;
    case 'badOrigin':
      return `“${visible(reason.text)}” is no origin. One looks like https://dash.example.org or http://192.168.1.5:3000, without a path.`;
    case 'noCode':
      return `That machine shows no code now. ${NEW_CODE}`;
    case 'codeUsed':
      return `This code was used already; one is good for one device. ${NEW_CODE}`;
    case 'codeExpired':
      return `This code has ended; one is good for five minutes. ${NEW_CODE}`;
    case 'wrongCode':
      return `Wrong code. ${count(reason.left, 'try', 'tries')} left, then this device waits 15 min.`;
    case 'locked':
      return `Too many wrong codes. This device waits ${reason.minutes} min, or opens the link instead.`;
    case 'wrongLink':
      return `This link is not the one that machine shows now. ${NEW_CODE}`;
    case 'digitsPaused':
      return `Too many wrong codes were tried on that machine’s network. Digits are not accepted for ${reason.minutes} min; open the link or its QR code instead.`;
    case 'brokenCommitment':
      return 'What was revealed is not what was committed to. Begin again.';
    case 'notShared':
      return 'That machine is not shared on the network. Share it there: Settings, Sharing, or sightline-agent share.';
    case 'refused':
      return 'Somebody at that machine said no. Ask its owner, and try again.';
    case 'unanswered':
      return 'Nobody answered in time, or that machine was restarted. Begin again.';
    case 'nothingToGiveBack':
      return 'You have no token of your own: there is no access to revoke.';
    case 'sharedElsewhere':
      return 'Another Sightline of this user, the agent or a window, shares this machine; change it there, or end it first.';
    case 'certificate':
      return certificateMessage(reason.problem);
    case 'stream':
      return streamMessage(reason.why);
    case 'http':
      return httpMessage(reason.why);
    default:
      return null;
  }
}
