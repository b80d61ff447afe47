/** Development only: what `?replay=<kind>` opens in place of a machine. `demo-link.ts` lists the kinds. */
import type { Opened } from '../link/open';
import { openDemoFleet } from './demo-fleet';
import { DemoLink } from './demo-link';

export function openDemo(kind: string): Opened {
  return kind.startsWith('fleet') ? openDemoFleet(kind) : { link: new DemoLink(), host: null };
}
