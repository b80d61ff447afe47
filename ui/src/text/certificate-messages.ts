/** What is wrong with the certificate by which a machine encrypts its links, as a sentence. Pure. */
import type { CertificateProblem } from '../wire/wire';
import { day } from './time';
import { visible } from './visible';

/** `null`: a newer machine's. */
export function certificateMessage(problem: CertificateProblem): string | null {
  switch (problem.is) {
    case 'unreadable':
      return `${visible(problem.path)} cannot be read: ${visible(problem.detail)}. Give the path of a file that this program may read.`;
    case 'noCertificate':
      return `${visible(problem.path)} holds no certificate in PEM. It has to begin with -----BEGIN CERTIFICATE-----.`;
    case 'noKey':
      return `${visible(problem.path)} holds no private key in PEM, or one with a password. It has to begin with -----BEGIN PRIVATE KEY-----, -----BEGIN EC PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----.`;
    case 'badCertificate':
      return `The certificate in ${visible(problem.path)} cannot be used: it is damaged, or not of X.509 version 3. Have a new one issued.`;
    case 'badKey':
      return `The key in ${visible(problem.path)} cannot be used. Take one of ECDSA (P-256, P-384), Ed25519, or RSA of 2048 bits or more.`;
    case 'mismatch':
      return `The key in ${visible(problem.key)} does not belong to the certificate in ${visible(problem.certificate)}. Give the two that were made together.`;
    case 'notKept':
      return `${visible(problem.path)} cannot be written: ${visible(problem.detail)}. A certificate is made in a directory that this program may write to.`;
    case 'notMade':
      return `No certificate could be made: ${visible(problem.detail)}.`;
    case 'expired':
      return `${which(problem.path)} expired on ${day(problem.untilMs)}. Put a new one in its place; it is taken within 30 s.`;
    case 'notYetValid':
      return `${which(problem.path)} is good from ${day(problem.fromMs)} only. Check the clock of this machine.`;
    default:
      return null;
  }
}

const which = (path: string | null): string => (path === null ? 'The certificate' : `The certificate in ${visible(path)}`);
