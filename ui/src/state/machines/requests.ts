/** Requests to the machine that wait for an answer, each with a time limit. */
import { errorMessage } from '../../text/error-messages';
import { sentence } from '../../text/sentence';
import type { Methods } from '../../wire/contract';
import { fitsResult } from '../../wire/shape';
import type { ErrorBody, Method, Response } from '../../wire/wire';

/** An answer that takes longer is given up. */
const ANSWER_WITHIN_MS = 15_000;

/** What went wrong with a request: a code for programs, a sentence for people. */
export class RequestError extends Error {
  readonly code: ErrorBody['code'];
  /** The error of a query, where the machine sent one. */
  readonly query: ErrorBody['query'];
  /** Why, where the machine sent a code for it: the message says what to do, too. */
  readonly reason: ErrorBody['reason'];

  constructor(body: ErrorBody) {
    super(body.reason === undefined && body.window === undefined ? body.message : errorMessage(body));
    this.name = 'RequestError';
    this.code = body.code;
    this.query = body.query;
    this.reason = body.reason;
  }
}

/** Why something did not work, as a sentence: what the window's program rejects with is an `ErrorBody`, not an `Error`. */
export function sentenceOf(error: unknown): string {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Partial<ErrorBody>;
  return typeof said.message === 'string' ? errorMessage(said as ErrorBody) : sentence(String(error));
}

/** What the window's program rejected with, as an error that a view can show. */
export function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as Partial<ErrorBody>;
  return new RequestError({ code: code ?? 'internal', message: sentenceOf(error) });
}

interface Waiting {
  method: Method;
  resolve: (value: unknown) => void;
  reject: (error: RequestError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export class Requests {
  #nextId = 1;
  readonly #waiting = new Map<number, Waiting>();

  /** Resolves with the result of `method`, if it has the right shape. */
  open<M extends Method>(method: M, send: (id: number) => void): Promise<Methods[M]['result']> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, { code: 'unavailable', message: 'the machine did not answer' }), ANSWER_WITHIN_MS);
      this.#waiting.set(id, { method, resolve: resolve as (value: unknown) => void, reject, timer });
      send(id);
    });
  }

  settle(response: Response): void {
    if (response.error) {
      // What only the window says is not checked, and no business of a machine.
      const { window: _, ...error } = response.error;
      this.#fail(response.id, error);
      return;
    }
    const waiting = this.#take(response.id);
    if (!waiting) return;
    if (fitsResult(waiting.method, response.result)) waiting.resolve(response.result);
    else waiting.reject(new RequestError({ code: 'badMessage', message: 'the answer of the machine is invalid' }));
  }

  /** The connection is lost: rejects all pending requests. */
  abandon(): void {
    for (const id of [...this.#waiting.keys()]) this.#fail(id, { code: 'unavailable', message: 'the connection broke' });
  }

  #fail(id: number, error: ErrorBody): void {
    this.#take(id)?.reject(new RequestError(error));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}

/** Sends a request and resolves with its answer. */
export type Ask = <M extends Method>(method: M, params?: Methods[M]['params']) => Promise<Methods[M]['result']>;

/** Whether the same request may succeed later: not where the machine does not know the method or rejects the parameters. */
export function worthRetrying(error: unknown): boolean {
  return !(error instanceof RequestError) || (error.code !== 'unknownMethod' && error.code !== 'badParams');
}
