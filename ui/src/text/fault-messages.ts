/** What a machine could not read, or what is wrong around its monitor, as sentences: made here from the code and its
 *  parameters; where a machine gives none, or one that this page does not know, its own message stands. Pure. */
import type { BadSetting, Fault, FaultReason, FileProblem, ReadFailure, UnreadableFile } from '../wire/wire';
import { sentence } from './sentence';
import { discoveryMessage, sharingMessage } from './sharing-messages';
import { visible } from './visible';

/** What a source reads. */
const NUMBERS: Readonly<Record<string, string>> = {
  cpu: 'CPU time',
  memory: 'Memory use',
  disks: 'Disk activity',
  load: 'The load average',
  network: 'Network activity',
  pressure: 'Pressure',
  processes: 'The list of processes',
};

/** By which a fault is known again that was put away: its code where it has one, so that other words do not bring it back. */
export function faultId({ source, message, reason }: Fault): string {
  return reason === undefined ? message : JSON.stringify({ source, ...reason });
}

export function faultMessage({ source, message, reason }: Fault): string {
  return (reason === undefined ? null : reasonMessage(source, reason)) ?? sentence(message);
}

/** `null`: a newer machine's. */
function reasonMessage(source: string, reason: FaultReason): string | null {
  switch (reason.is) {
    case 'notRead':
      return notRead(Object.hasOwn(NUMBERS, source) ? (NUMBERS[source] ?? source) : visible(source), reason.cause);
    case 'failed':
      return `Reading the ${visible(source)} failed inside Sightline; this is a bug. It is tried again after ${reason.againS} s.`;
    case 'filesystemSilent':
      return reason.mount === null ? 'A filesystem does not answer; the last numbers are shown.' : `${visible(reason.mount)} does not answer; its last numbers are shown.`;
    case 'diskUseHidden':
      return "Disk use of other users' processes is hidden; Sightline would have to run as root to see it.";
    case 'processesHidden':
      return 'Only processes of this user can be seen: /proc is mounted with hidepid.';
    case 'fileUnreadable':
      return unreadable(reason.file);
    case 'fileUnclear': {
      const why = unclear(visible(reason.file), reason.problem);
      const until = reason.before ? 'What it said before stays in use until then.' : 'Until then nothing is open that it would have to allow.';
      return why === null ? null : `${why} It is read again within a minute. ${until}`;
    }
    case 'identityNotKept':
      return `This machine's id lasts until the next start only: ${visible(reason.detail)}.`;
    case 'badSettings': {
      const all = reason.settings.map(badSetting);
      return all.includes(null) ? null : all.join(' ');
    }
    case 'notShared': {
      const why = sharingMessage(reason.problem);
      return why === null ? null : `Not shared as it should be: ${why.charAt(0).toLowerCase()}${why.slice(1)}`;
    }
    case 'notAdvertised': {
      const why = discoveryMessage(reason.cause);
      return why === null ? null : `Other devices do not find this machine by themselves. ${why}`;
    }
    case 'noOwnerSocket':
      return sentence(`Commands of this computer, such as sightline-agent share, do not reach this program: ${visible(reason.detail)}`);
    default:
      return null;
  }
}

function notRead(what: string, cause: ReadFailure): string | null {
  switch (cause.is) {
    case 'notOnThisSystem':
      return `${what} cannot be read on this system.`;
    case 'notOffered':
      return `${what} cannot be read: this kernel does not offer it.`;
    case 'notPermitted':
      return `${what} cannot be read: the user that Sightline runs as may not.`;
    case 'other':
      return `${what} cannot be read: ${visible(cause.detail)}.`;
    default:
      return null;
  }
}

function unreadable({ path, detail, aside, backup }: UnreadableFile): string {
  const kept = aside.is === 'moved' ? `It is kept as ${visible(aside.path)}` : `It could not be moved aside (${visible(aside.detail)})`;
  return `${visible(path)} could not be read: ${visible(detail)}. ${kept}; ${backup ? 'the version before it is used' : 'defaults are used'}.`;
}

/** Why a file cannot be used as it is, and what to do. `null`: a newer machine's. */
function unclear(file: string, problem: FileProblem): string | null {
  switch (problem.is) {
    case 'malformed':
      return `${file} is not understood in line ${problem.line}, column ${problem.column}: ${visible(problem.detail)}. Mend it there.`;
    case 'foreign':
      return `${file} belongs to another user (id ${problem.owner}), so it is not used. If it is yours, run: chown ${problem.ours} ${file}.`;
    case 'exposed':
      return `Other users can read or change ${file} (mode ${visible(problem.mode)}), so it is not used. Run: chmod 600 ${file}.`;
    case 'irregular':
      return `${file} is a link or no ordinary file, so it is not used. Put an ordinary one in its place.`;
    case 'notRead':
      return `${file} cannot be read: ${visible(problem.detail)}.`;
    default:
      return null;
  }
}

/** `null`: a newer machine's. */
function badSetting(setting: BadSetting): string | null {
  if (setting.is === 'newerFile') {
    return `A newer Sightline wrote ${visible(setting.file)} (version ${setting.version}; this one knows ${setting.known}). What it does not know is not used; update this one.`;
  }
  const name = visible(setting.name);
  switch (setting.is) {
    case 'notUnderstood':
      return `${name} in ${visible(setting.file)} is not understood${setting.used === null ? ', and left out until it is mended.' : `; ${visible(setting.used)} is used until it is mended.`}`;
    case 'givenTwice':
      return `${name} is there twice in ${visible(setting.file)}${setting.used === null ? ', and left out' : `; ${visible(setting.used)} is used`} until one of them is removed.`;
    case 'outOfBounds':
      return `${name} ${setting.value} in settings.json is not within ${setting.least} to ${setting.most}; ${setting.used} is used.`;
    case 'intervalOutOfBounds':
      return `${name} ${setting.valueMs} is not within ${setting.leastMs} to ${setting.mostMs} milliseconds; ${setting.usedMs} is used.`;
    case 'notASwitch':
      return `${name} is “${visible(setting.value)}”, which is neither true nor false; ${setting.used ? 'true' : 'false'} is used.`;
    case 'notAnInterval':
      return `${name} is “${visible(setting.value)}”, which is no number of milliseconds; ${setting.usedMs} is used.`;
    default:
      return null;
  }
}
