import type { Agent } from './agent.d.mts';

/** A session that may change who looks. */
export interface Owner {
  /** Asks a method; rejects with the machine's own words. */
  ask<T>(method: string, params?: unknown): Promise<T>;
  close(): void;
}
export function ownerOf(agent: Agent): Promise<Owner>;
