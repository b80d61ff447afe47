/** Why the list of machines was not changed, read from a file or written to one, as a sentence. Pure. */
import type { ListReason } from '../wire/wire';
import { count } from './format';
import { visible } from './visible';

export function listMessage(reason: ListReason): string {
  switch (reason.is) {
    case 'notKept':
      return `The list of machines could not be written: ${visible(reason.detail)}. Nothing was changed.`;
    case 'fileNotWritten':
      return `${visible(reason.path)} could not be written: ${visible(reason.detail)}.`;
    case 'fileNotRead':
      return `${visible(reason.path)} could not be read: ${visible(reason.detail)}.`;
    case 'fileTooLarge':
      return `The file is larger than ${reason.mebibytes} MiB, the most that is read.`;
    case 'noList':
      return 'This is no list of machines of Sightline.';
    case 'newerFile':
      return `A newer Sightline wrote this file (version ${reason.version}; this one reads ${reason.known}). Update this one.`;
    case 'badFile':
      return `The file does not say what a list of machines has to say: ${visible(reason.detail)}.`;
    case 'inFile':
      return `${visible(reason.file)}: ${listMessage(reason.why)} Nothing was added.`;
    case 'ofMachine':
      return `Machine ${reason.number} of the file: ${listMessage(reason.why)}`;
    case 'badId':
      return 'A machine has no id that could be one.';
    case 'noName':
      return 'A machine needs a name.';
    case 'nameTooLong':
      return `A name of ${count(reason.length, 'character', 'characters')} is too long; ${reason.most} is the most.`;
    case 'tagTooLong':
      return `A tag of ${count(reason.length, 'character', 'characters')} is too long; ${reason.most} is the most.`;
    case 'tooManyTags':
      return `${visible(reason.name)} has ${count(reason.count, 'tag', 'tags')}; ${reason.most} is the most.`;
    case 'badAddress':
      return `${visible(reason.name)}: an address looks like 192.168.1.20:7444.`;
    case 'noAddress':
      return `${visible(reason.name)} needs an address, as in 192.168.1.20:7444.`;
    case 'notListed':
      return `${visible(reason.name)} is not one of your machines; pair with it to add it.`;
    case 'twice':
      return `${visible(reason.name)} stands in the list twice.`;
    case 'tooManyMachines':
      return `That would be ${count(reason.count, 'machine', 'machines')}; ${reason.most} is the most.`;
  }
}
