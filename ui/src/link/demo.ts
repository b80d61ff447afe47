/** Development only (`?replay`): a made-up machine, so that the page can be drawn without one. */
import { ReplayLink } from './replay';

export class DemoLink extends ReplayLink {}
