import type { Agent } from './agent.d.mts';

/** A session that may change who has access. */
export interface Owner {
  /** Calls a method; rejects with the machine's own message. */
  ask<T>(method: string, params?: unknown): Promise<T>;
  close(): void;
}
export function ownerOf(agent: Agent): Promise<Owner>;
