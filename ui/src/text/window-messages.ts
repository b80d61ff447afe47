/** Why the window's program did not do what its page asked, as a sentence. Pure. */
import type { PairingReason, WindowReason } from '../wire/wire';
import { count } from './format';
import { listMessage } from './list-messages';
import { probeMessage } from './probe-messages';
import { signalMessage } from './signal-messages';
import { visible } from './visible';

export function windowMessage(reason: WindowReason): string {
  switch (reason.is) {
    case 'signal':
      return signalMessage(reason.why);
    case 'list':
      return listMessage(reason.why);
    case 'pairing':
      return pairingMessage(reason.why);
    case 'notReached':
      return probeMessage(reason.probe).text;
    case 'noAnswer':
      return `${visible(reason.name)} does not answer.`;
    case 'notPaired':
      return `${visible(reason.name)} has to be paired with this computer first.`;
    case 'notListed':
      return 'This is not one of your machines.';
    case 'notKnownAt':
      return `${visible(reason.name)} is not known to be at ${visible(reason.address)}.`;
    case 'badAddress':
      return `“${visible(reason.text)}” is no address with a port, as in 192.168.1.20:7444.`;
    case 'tokenNotKept':
      return `The token of this machine could not be saved: ${visible(reason.detail)}.`;
    case 'dialogOpen':
      return 'A dialog for a file is open already.';
    case 'noSuchFile':
      return `No such file: ${visible(reason.detail)}.`;
    case 'preferencesTooLarge':
      return `Preferences of ${count(reason.bytes, 'byte', 'bytes')} are too large; ${reason.most} is the most.`;
    case 'preferencesNotKept':
      return `What you chose lasts until the window closes: ${visible(reason.detail)}.`;
    case 'ending':
      return 'Sightline is ending.';
  }
}

function pairingMessage(reason: PairingReason): string {
  switch (reason.is) {
    case 'noLink':
      return 'This is no link of Sightline; it looks like http://192.168.1.20:7444/#p=… and is to be pasted whole.';
    case 'ownLink':
      return 'This link is of this computer, which is watched without one.';
    case 'unreachable':
      return `Connect to ${reason.address}: ${visible(reason.detail)}. Is the machine on, on the same network, and does it share?`;
    case 'notReached':
      return probeMessage(reason.probe).text;
    case 'notAccepted':
      return `${visible(reason.said)}. If the link is the newest one, something between decrypts the connection to ${reason.address}: a proxy, or an attacker.`;
    case 'impostor':
      return `What answers at ${reason.address} is not the machine that you pair with: the connection is intercepted.`;
    case 'claimed': {
      const name = visible(reason.name);
      return `What answers at ${reason.address} says that it is ${name}, which is known at ${reason.known}, and cannot prove it. Nothing was changed. If ${name} was set up anew, remove it from your machines, then pair with it again.`;
    }
    case 'unanswered':
      return `Nobody answered at ${reason.address}. Somebody there has to compare the digits and allow it, within five minutes.`;
    case 'digitsGone':
      return 'These digits are not valid any more. Begin again.';
  }
}
