/** Why a machine is not shared, found or encrypted as it should be, as sentences: made here from the code and its
 *  parameters; where a machine gives none, or one that this page does not know, its own message stands. Pure. */
import type { CertificateInfo, DiscoveryFailure, FoundMachines, Sharing, SharingProblem } from '../wire/wire';
import { certificateMessage } from './certificate-messages';
import { sentence } from './sentence';
import { visible } from './visible';

/** What is said where `sharedBy` is there: who shares the machine instead is always the same. */
export const SHARED_ELSEWHERE = 'Another Sightline of this machine, the agent or a window, shares it already. Change it there.';

/** What is said where `usersUntold` is set. */
export const USERS_UNTOLD = 'This system does not tell whose programs connect from this computer: all of them see what View shows, and so does who comes through a proxy that does not say it is one.';

/** Why it is not shared as it should be; `null`: it is. */
export function sharingProblem({ problem, problemReason }: Pick<Sharing, 'problem' | 'problemReason'>): string | null {
  if (problem === null) return null;
  return (problemReason === undefined ? null : sharingMessage(problemReason)) ?? sentence(problem);
}

/** What was taken away and is not in the file yet; `null`: all is. */
export function notKept({ notKept: why }: Pick<Sharing, 'notKept'>): string | null {
  return why === undefined ? null : `What was taken away is gone now, and comes back with a restart: it could not be written to access.json (${visible(why)}). It is tried again each minute.`;
}

/** What is wrong with the certificate in use, or with newer files; `null`: nothing. */
export function certificateProblem({ problem, problemReason }: Pick<CertificateInfo, 'problem' | 'problemReason'>): string | null {
  if (problem === null) return null;
  return (problemReason === undefined ? null : certificateMessage(problemReason)) ?? sentence(problem);
}

/** Why other machines are not found; `null`: they are. */
export function discoveryProblem({ problem, problemReason }: Pick<FoundMachines, 'problem' | 'problemReason'>): string | null {
  if (problem === null) return null;
  return (problemReason === undefined ? null : discoveryMessage(problemReason)) ?? sentence(problem);
}

/** `null`: a newer machine's. */
export function sharingMessage(problem: SharingProblem): string | null {
  switch (problem.is) {
    case 'portTaken': {
      const by = problem.holder === null ? '' : ` by ${visible(problem.holder.name ?? 'a process')} (pid ${problem.holder.pid})`;
      return `Port ${problem.port} is taken${by}. Choose another port, or end that program.`;
    }
    case 'portNeedsRoot':
      return `Port ${problem.port} needs root. Choose one above 1023.`;
    case 'notOurAddress':
      return `${visible(problem.address)} is not an address of this machine. Listen on one of its own, or on 127.0.0.1.`;
    case 'notBound':
      return `${visible(problem.address)} could not be listened on: ${visible(problem.detail)}.`;
    case 'notEncrypted': {
      const why = certificateMessage(problem.certificate);
      return why === null ? null : `Links cannot be encrypted as they should be, so nothing is open on the network. ${why}`;
    }
    case 'sharedElsewhere':
      return 'Another Sightline of this user, the agent or a window, writes who has access to this machine, so this one answers its own computer only. Share it there, or end it first.';
    case 'notUnderstood':
      return `${visible(problem.file)} is not understood, so only this computer is answered until it is mended.`;
    default:
      return null;
  }
}

/** `null`: a newer program's. */
export function discoveryMessage(failure: DiscoveryFailure): string | null {
  switch (failure.is) {
    case 'portTaken':
      return `UDP port ${failure.port}, by which machines find each other, cannot be opened: ${visible(failure.detail)}. End the program that keeps it for itself, or add machines by their address.`;
    case 'tooManyMachines':
      return 'More machines announce themselves on this network than are shown here. Add others by address.';
    case 'other':
      return `Machines cannot find each other on this network: ${visible(failure.detail)}.`;
    default:
      return null;
  }
}
