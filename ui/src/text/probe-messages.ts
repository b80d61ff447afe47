/** Messages for what a probe found at a machine's address: the finding, and what to do about it. Pure. */
import { PROTOCOL } from '../wire/contract';
import type { Goodbye, Probe, TlsFault } from '../wire/wire';
import { visible } from './visible';

export interface Found {
  readonly text: string;
  /** Empty: nothing has to be done. */
  readonly remedy: string;
}

const AGAIN = 'It is tried again automatically.';
const PAIR = 'Pair with it: on that machine under Settings, Sharing, or with sightline-agent share.';
const REVOKED = 'Its owner can pair this computer again.';

/** Why a machine ended a session, as a predicate. */
const LEFT: Readonly<Record<Goodbye, string>> = {
  revoked: "revoked this computer's access",
  unauthorized: 'does not know this computer any more',
  suspend: 'goes to sleep',
  shutdown: 'ended its Sightline',
  update: 'updates its Sightline',
  changed: 'changed what may be seen',
  slow: 'found the connection too slow',
  tooMany: 'has no room for another viewer now',
  protocol: 'rejected the request',
  tooLarge: 'rejected the request',
};

export function probeMessage({ address, diagnosis, protocol }: Probe): Found {
  switch (diagnosis.code) {
    case 'answers':
      return { text: `${visible(diagnosis.name)} answers at ${address}.`, remedy: '' };
    case 'nameNotFound':
      return { text: `No machine called ${diagnosis.host} is known on this network.`, remedy: "Check the name, or use the machine's address." };
    case 'refused':
      return { text: `${diagnosis.host} is there, and nothing listens at its port ${diagnosis.port}.`, remedy: 'Start Sightline there and share it: Settings, Sharing, or sightline-agent share.' };
    case 'noAnswer':
      return { text: `Nothing answers at ${address}.`, remedy: 'Is the machine on, on the same network, and does a firewall let this port through?' };
    case 'silent':
      return { text: `${address} takes the connection and says nothing.`, remedy: 'The machine may be overloaded, or a firewall may stand between.' };
    case 'noAddress':
      return { text: 'No address of this machine is known.', remedy: 'Give its address, or look for it on the network.' };
    case 'wentSilent':
      return { text: `${address} went silent.`, remedy: AGAIN };
    case 'lost':
      return { text: `The session with ${address} was lost: ${diagnosis.detail}.`, remedy: AGAIN };
    case 'ended':
      return { text: `The machine at ${address} ${LEFT[diagnosis.reason]}.`, remedy: diagnosis.reason === 'revoked' ? REVOKED : diagnosis.reason === 'unauthorized' ? PAIR : AGAIN };
    case 'wrongPort':
      return { text: `No Sightline answers at port ${diagnosis.port}; one does at ${diagnosis.usual}.`, remedy: `Use ${diagnosis.usual}.` };
    case 'notSightline':
      return { text: `What answers at ${address} is not Sightline.`, remedy: 'Check the address and the port.' };
    case 'noLongerEncrypted':
      return { text: `The Sightline at ${address} does not encrypt its links.`, remedy: 'Settings, Sharing there says why it has no key. An older Sightline does not encrypt by itself: update it.' };
    case 'encryptedOnly':
      return { text: `${address} answers encrypted only, and was asked without encryption.`, remedy: 'Leave http:// out.' };
    case 'otherKey':
      return { text: `The machine at ${address} shows another key than when it was paired. Nothing was sent to it.`, remedy: 'Was its certificate replaced? Then pair with it again. Otherwise the connection may be intercepted.' };
    case 'notEncrypted':
      return { text: `What answers at ${address} does not encrypt.`, remedy: 'Check the address and the port.' };
    case 'tlsFailed':
      return { text: `The connection to ${address} cannot be encrypted: ${tls(diagnosis.fault)}.`, remedy: 'Check its certificate: sightline-agent encrypt shows it there.' };
    case 'unknownName':
      return { text: `The machine at ${address} does not accept the name ${diagnosis.host}.`, remedy: `Use its address, or add the name there: sightline-agent names add ${diagnosis.host}` };
    case 'noWebSocket':
      return { text: `${address} answers in HTTP (${diagnosis.status}), and accepts no WebSocket.`, remedy: 'Check the port. A proxy between has to let WebSockets through.' };
    case 'blocked':
      return { text: `The machine at ${address} answers, and something between blocks its WebSocket.`, remedy: 'It is polled every 5 s meanwhile. A proxy between has to let WebSockets through.' };
    case 'full':
      return { text: `${address} has no room for another viewer now.`, remedy: AGAIN };
    case 'notPaired':
      return { text: `The machine at ${address} gives access to paired devices only.`, remedy: PAIR };
    case 'forgotten':
      return { text: `The machine at ${address} does not know this computer any more.`, remedy: PAIR };
    case 'revoked':
      return { text: `The machine at ${address} revoked this computer's access.`, remedy: REVOKED };
    case 'older':
      return { text: `The machine at ${address} runs an older Sightline${versions(protocol)}.`, remedy: 'Update it there to see it.' };
    case 'newer':
      return { text: `The machine at ${address} runs a newer Sightline${versions(protocol)}.`, remedy: 'Update this one to see it.' };
    case 'anotherMachine':
      return { text: `Another machine answers at ${address}. Nothing was sent to it.`, remedy: 'Addresses may have moved: look for the machine on the network, or give its new address.' };
    case 'impostor':
      return { text: `What answers at ${address} claims to be the machine, and cannot prove it. Nothing was sent to it.`, remedy: 'Was Sightline set up again there? Then pair with it again. Otherwise another machine poses as it.' };
  }
}

function tls(fault: TlsFault): string {
  switch (fault.code) {
    case 'badName':
      return 'its name cannot be in a certificate';
    case 'timedOut':
      return 'it did not answer within five seconds';
    case 'badCertificate':
      return 'its certificate cannot be read';
    case 'other':
      return fault.detail;
  }
}

/** Both versions of the protocol, where the other one is known. */
function versions(theirs: number | null): string {
  return theirs === null ? '' : ` (protocol ${theirs}, this is ${PROTOCOL})`;
}
