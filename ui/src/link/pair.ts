/** Pairing over HTTP with the machine that served this page, and revoking this browser's own access. */
import { PAIRING_ANSWER_MS } from '../wire/contract';
import { errorMessage } from '../text/error-messages';
import { foreignBody } from '../wire/foreign';
import { fitsPairAnswer } from '../wire/shape';
import type { PairAnswer, PairRequest, Reason } from '../wire/wire';

/** A machine that takes longer to answer is treated as unreachable. */
const ANSWER_WITHIN_MS = 10_000;
/** The machine holds the question what became of a request open for up to 20 s. */
const DECISION_WITHIN_MS = PAIRING_ANSWER_MS + ANSWER_WITHIN_MS;

/** The machine refused; `message` is its sentence for people. */
export class PairRefused extends Error {
  /** HTTP status. */
  readonly status: number;
  /** After a wrong code: how often this device may still try. */
  readonly triesLeft: number | null;
  /** How long it refuses further tries. */
  readonly retryAfterMs: number | null;

  constructor(status: number, message: string, triesLeft: number | null, retryAfterMs: number | null) {
    super(message);
    this.name = 'PairRefused';
    this.status = status;
    this.triesLeft = triesLeft;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What a browser is answered; the other states belong to programs that pair by proof or by comparison. */
export type BrowserPairAnswer = Extract<PairAnswer, { state: 'paired' | 'waiting' }>;

/** Asks to be paired, or what became of an earlier request. Rejects with `PairRefused`, or with
 *  another error where no answer came. */
export async function askToPair(request: PairRequest, signal: AbortSignal): Promise<BrowserPairAnswer> {
  const withinMs = request.with === 'request' ? DECISION_WITHIN_MS : ANSWER_WITHIN_MS;
  const response = await fetch(new URL('api/v1/pair', document.baseURI), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
  });
  const body: unknown = await foreignBody(response).catch(() => null);
  if (!response.ok) throw refusal(response, body);
  if (fitsPairAnswer(body) && (body.state === 'paired' || body.state === 'waiting')) return body;
  throw new PairRefused(response.status, 'The answer could not be read. Load this page again.', null, null);
}

/** Revokes the access of this browser. Rejects with `PairRefused`, or with another error where no answer came. */
export async function revokeOwnAccess(): Promise<void> {
  const response = await fetch(new URL('api/v1/session', document.baseURI), {
    method: 'DELETE',
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (!response.ok) throw refusal(response, await foreignBody(response).catch(() => null));
}

function refusal(response: Response, body: unknown): PairRefused {
  const error = field(body, 'error');
  const message = field(error, 'message');
  const reason = field(error, 'reason') as Reason | undefined;
  const triesLeft = field(error, 'triesLeft');
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return new PairRefused(
    response.status,
    typeof message === 'string' && message !== '' ? (reason === undefined ? message : errorMessage({ message, reason })) : `The machine says no and does not say why (${response.status}).`,
    typeof triesLeft === 'number' ? triesLeft : null,
    Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
