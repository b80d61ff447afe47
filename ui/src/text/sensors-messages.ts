/** Why a machine shows no sensors, as a sentence. Pure. */
import type { Facts, SensorsAbsent } from '../wire/wire';
import { sentence } from './sentence';
import { visible } from './visible';

/** Of the machine called `name`; `null`: it has sensors. */
export function sensorsAbsentMessage({ sensorsAbsent, sensorsAbsentBecause }: Pick<Facts, 'sensorsAbsent' | 'sensorsAbsentBecause'>, name: string): string | null {
  if (sensorsAbsentBecause === null) return null;
  return (sensorsAbsent === undefined ? null : message(sensorsAbsent, visible(name))) ?? sentence(sensorsAbsentBecause);
}

/** `null`: a newer machine's. */
function message(absent: SensorsAbsent, name: string): string | null {
  switch (absent) {
    case 'wsl':
      return `${name} runs in WSL; Windows keeps the sensors to itself.`;
    case 'container':
      return `${name} is a container; the sensors of its host are not shown to it.`;
    case 'virtualMachine':
      return `${name} is a virtual machine; guests rarely see the sensors of their host.`;
    case 'notOffered':
      return 'This kernel offers no temperature sensors.';
    case 'needsRights':
      return 'This system shows no temperature sensors to programs without administrator rights.';
    case 'notRecorded':
      return 'The recording has no temperature sensors.';
    default:
      return null;
  }
}
