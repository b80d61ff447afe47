/** Whether what a machine says has the shape it has to have. Another machine may be of any mind: what is of the wrong
 *  shape would break the drawing of all the others, so it is found out here, before anything is made of it. The rules
 *  are generated from the Rust types; fields, channels and names that this page does not know are no fault, since a
 *  newer machine may say more. */
import { FRAMES, MESSAGES, RESULTS } from './validators';
import type { Frame, Method, ServerMessage } from './wire';

/** Whether `message` is what its type says. */
export function fits(message: ServerMessage): boolean {
  return MESSAGES[message.type](message) && (message.type !== 'frame' || fitsFrame(message));
}

function fitsFrame({ channel, key, data }: Frame): boolean {
  const checks = Object.hasOwn(FRAMES, channel) ? FRAMES[channel] : null;
  return checks === null || (key ? checks.key : checks.change)(data);
}

/** Whether `result` is what `method` answers with. */
export function fitsResult(method: Method, result: unknown): boolean {
  return RESULTS[method](result);
}
