/** Why an HTTP request was refused, as a sentence. Pure. */
import type { HttpReason } from '../wire/wire';
import { visible } from './visible';

/** `null`: a newer machine's. */
export function httpMessage(reason: HttpReason): string | null {
  switch (reason.is) {
    case 'noSingleHost':
      return 'Exactly one Host header is needed.';
    case 'hostNotText':
      return 'The Host header is not text.';
    case 'hostsDiffer':
      return 'The address and the Host header differ.';
    case 'notOurName':
      return "This name is not one of that machine's; open it by its address, or add the name there under Settings, Sharing.";
    case 'unknown':
      return 'That machine does not know this computer; pair with it.';
    case 'proofNeeded':
      return 'That machine asks for a proof that this computer knows its token.';
    case 'revoked':
      return "This computer's access to that machine was revoked; its owner can pair it again.";
    case 'accessUnclear':
      return 'That machine cannot tell whether this computer has access: a file that says so is not understood. Its owner has to mend that; this computer stays paired.';
    case 'foreignPage':
      return 'Other web pages may not read that machine; its owner can add their origin under Settings, Sharing.';
    case 'tooManyWrongTokens':
      return 'Too many wrong tokens came from this computer. Wait, then try again.';
    case 'nothingHere':
      return 'There is nothing at this address.';
    case 'methodNotAllowed':
      return `This address does not answer ${visible(reason.method)}.`;
    case 'notJson':
      return 'JSON has to be sent, with the header Content-Type: application/json.';
    case 'bodyTooLarge':
      return `At most ${reason.most} bytes may be sent here.`;
    case 'bodySlow':
      return 'The request did not arrive in time.';
    case 'bodyCutOff':
      return 'The request did not arrive as a whole.';
    case 'badWebSocketKey':
      return 'A WebSocket needs one Sec-WebSocket-Key: 16 bytes in base64.';
    case 'webSocketOnly':
      return `This address speaks WebSocket; connect with ${reason.encrypted ? 'wss' : 'ws'}://.`;
    default:
      return null;
  }
}
