/** Why a request of the stream was refused, or a session, as a sentence. Pure. */
import type { StreamReason } from '../wire/wire';
import { count } from './format';
import { sentence } from './sentence';
import { visible } from './visible';

/** `null`: a newer machine's. */
export function streamMessage(reason: StreamReason): string | null {
  switch (reason.is) {
    case 'sessionsFull':
      return `${count(reason.most, 'viewer is', 'viewers are')} connected; try again later.`;
    case 'addressFull':
      return `${count(reason.most, 'viewer is', 'viewers are')} connected from this address; close one first.`;
    case 'tokenFull':
      return `${count(reason.most, 'viewer uses', 'viewers use')} the same access; close one first, or pair each by itself.`;
    case 'ending':
      return 'Sightline is ending there.';
    case 'badMessage':
    case 'badParameters':
      return sentence(visible(reason.detail));
    case 'messageTooLarge':
      return `${count(reason.bytes, 'byte', 'bytes')} sent; a message holds ${reason.most} at most.`;
    case 'begunAlready':
      return 'This session has begun already; auth answers a challenge.';
    case 'jsonOnly':
      return 'The window takes JSON, one message a line; leave out encoding.';
    case 'tooManyChannels':
      return `${count(reason.count, 'channel', 'channels')} named; a session holds ${reason.most} at most.`;
    case 'unknownChannel':
      return `There is no channel “${visible(reason.name)}”; there are ${visible(reason.known.join(', '))}.`;
    case 'channelNeedsControl':
      return `Channel “${visible(reason.channel)}” needs the scope “control”.`;
    case 'unknownMethod':
      return `There is no method “${visible(reason.name)}”; there are ${visible(reason.known.join(', '))}.`;
    case 'needsProcesses':
      return 'Details of processes need the scope “processes”; this viewer has “view”.';
    case 'tooManySeries':
      return `${count(reason.count, 'series', 'series')} asked for; one query names ${reason.most} at most.`;
    case 'stretchReversed':
      return `fromMs ${reason.fromMs} lies after toMs ${reason.toMs}.`;
    case 'noPoints':
      return 'maxPoints must be at least 1.';
    case 'nothingSampled':
      return 'Nothing was sampled yet; ask again in a second.';
    case 'tooManyDetails':
      return 'Too many viewers ask for details; ask again.';
    case 'requestsInFlight':
      return `${count(reason.most, 'request waits', 'requests wait')} for an answer; wait for one first.`;
    case 'answersWaiting':
      return `${count(reason.most, 'request waits', 'requests wait')} for an answer already; ask again in a second.`;
    case 'noAnswer':
      return 'The request failed on that machine; its log says why.';
    default:
      return null;
  }
}
