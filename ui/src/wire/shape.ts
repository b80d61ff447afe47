/** Validation of what a machine sends against the types of the protocol. Another machine is not trusted: data of the wrong
 *  shape would break the rendering of all machines, so it is rejected here, before it is used. The validators are
 *  generated from the Rust types. Unknown fields, channels and names are no error, since a newer machine may send more. */
import { FRAMES, MESSAGES, PAIR_ANSWER, RESULTS } from './validators';
import type { Frame, Method, PairAnswer, ServerMessage } from './wire';

/** Whether `message` has the shape of its type. */
export function fits(message: ServerMessage): boolean {
  return MESSAGES[message.type](message) && (message.type !== 'frame' || fitsFrame(message));
}

function fitsFrame({ channel, key, data }: Frame): boolean {
  const checks = Object.hasOwn(FRAMES, channel) ? FRAMES[channel] : null;
  return checks === null || (key ? checks.key : checks.change)(data);
}

/** Whether `result` has the shape of a result of `method`. */
export function fitsResult(method: Method, result: unknown): boolean {
  return RESULTS[method](result);
}

/** Whether `body` is an answer of `POST /api/v1/pair`. */
export function fitsPairAnswer(body: unknown): body is PairAnswer {
  return PAIR_ANSWER(body);
}
