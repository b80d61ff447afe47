/** The machine's owner, who has its token: as a page, and as a program of this computer. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import WebSocket from 'ws';
import type { ErrorBody, Goodbye } from '../../src/wire/wire';
import type { Agent } from '../agent.mjs';

/** The owner's token, as the agent keeps it. */
export const ownerToken = async (agent: Agent): Promise<string> => (await readFile(join(agent.dataDir, 'owner.token'), 'utf8')).trim();

const stream = (agent: Agent, token: string): WebSocket => new WebSocket(`${agent.url.replace('http', 'ws')}/api/v1/stream`, 'sightline.v1', { headers: { authorization: `Bearer ${token}` } });

/** Relays the page's stream with the owner's token, so that the page has the rights of the window's session. */
export async function asOwner(page: Page, agent: Agent): Promise<void> {
  const token = await ownerToken(agent);
  await page.routeWebSocket(/\/api\/v1\/stream$/, (route) => {
    const upstream = stream(agent, token);
    const early: (string | Buffer)[] = [];
    upstream.on('open', () => early.splice(0).forEach((message) => upstream.send(message)));
    upstream.on('message', (data) => route.send((data as Buffer).toString()));
    upstream.on('close', () => void route.close());
    // An agent that has ended refuses; the page tries again until the test is over.
    upstream.on('error', () => upstream.terminate());
    route.onMessage((message) => (upstream.readyState === WebSocket.OPEN ? upstream.send(message) : void early.push(message)));
    route.onClose(() => upstream.close());
  });
}

/** A program with a token: its scope, the close reason of its session, and requests. */
export class Program {
  /** Its scope. */
  scope = '';
  /** The close reason; resolves when the connection is closed. */
  ended: Promise<Goodbye | null>;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: { result?: unknown; error?: ErrorBody }) => void>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    let reason: Goodbye | null = null;
    this.ended = new Promise((resolve) => socket.on('close', () => resolve(reason)));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString());
      if (message.type === 'connected') this.scope = message.scope;
      else if (message.type === 'goodbye') reason = message.reason;
      else if (message.type === 'response') this.#waiting.get(message.id)?.(message);
    });
  }

  /** Connects; rejects where the machine refuses. */
  static async connect(agent: Agent, token: string): Promise<Program> {
    const socket = stream(agent, token);
    const program = new Program(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('message', () => resolve());
      socket.once('close', () => reject(new Error('the machine refused this program')));
    });
    return program;
  }

  async ask<T>(method: string, params: unknown): Promise<T> {
    const id = (this.#id += 1);
    const { result, error } = await new Promise<{ result?: unknown; error?: ErrorBody }>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ type: 'request', id, method, params }));
    });
    if (error) throw new Error(error.message);
    return result as T;
  }

  close(): void {
    this.#socket.close();
  }
}
