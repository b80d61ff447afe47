/** Sharing of this machine: who has access and who is connected. Subscribed by viewers with scope `control`, while the page is visible.
 *
 *  `follow` once, where the page begins; everything else reads `current`. Each change is a request to the machine, whose
 *  answer is the new state; nothing is shown before that. */
import { untrack } from 'svelte';
import { requestMessage } from '../../text/sharing';
import { visible } from '../../text/visible';
import type { Methods } from '../../wire/contract';
import type { AccessLog, Encryption, Method, Scope, Sharing, SharingChange } from '../../wire/wire';
import { machines } from '../machines/machines.svelte';
import { RequestError } from '../machines/requests';
import { nextCode, type ShownCode } from './sharing-code';
import { status } from '../page/status.svelte';

/** Methods whose result is the sharing state. */
type SharingMethod = { [M in Method]: Methods[M]['result'] extends Sharing ? M : never }[Method];

export class SharingState {
  /** `null` until the first answer, and where this page may not see it. */
  current = $state.raw<Sharing | null>(null);
  /** The code that is shown, or was shown last. */
  code = $state.raw<ShownCode | null>(null);
  /** The machine does not know this method: it is older, or has no server. */
  absent = $state.raw(false);

  /** Whether this page may change how the machine is shared: the window may, and a program of its owner on it; a
   *  device that was paired may not, whatever its scope. `null` until it is known. */
  get mayChange(): boolean | null {
    return this.current?.mayChange ?? null;
  }

  /** Follows what `scope` allows; returns the undo. */
  follow(scope: Scope | null): () => void {
    if (scope !== 'control') {
      this.current = this.code = null;
      return () => undefined;
    }
    this.absent = false;
    return untrack(() => {
      const undo = machines.here.use('sharing', (frame) => this.#take(frame.data as Sharing));
      void this.#read();
      return undo;
    });
  }

  set(change: SharingChange): Promise<void> {
    return this.#ask('sharing.set', change);
  }

  encrypt(encryption: Encryption): Promise<void> {
    return this.set({ encryption });
  }

  answerNetwork(id: string, allow: boolean): Promise<void> {
    return this.#ask('sharing.network', { id, allow });
  }

  log(): Promise<AccessLog> {
    return machines.here.request('sharing.log');
  }

  invite(scope: Scope, withArguments: boolean): Promise<void> {
    return this.#ask('pairing.invite', { scope, arguments: withArguments });
  }

  /** Removes a code that is not valid any more, so that the next one can be requested. */
  dismissCode(): void {
    if (this.code?.gone) this.code = null;
  }

  /** Approves or refuses a device that waits; with something else than it has, where that is given. */
  async answerDevice(id: string, allow: boolean, chosen: { scope?: Scope; arguments?: boolean } = {}): Promise<void> {
    const name = visible(this.current?.requests.find((request) => request.id === id)?.name ?? 'The device');
    await this.#ask('pairing.answer', { id, allow, ...(allow ? chosen : {}) });
    status.say(allow ? `${name} is paired.` : `${name} was refused.`);
  }

  rename(id: string, name: string): Promise<void> {
    return this.#ask('viewers.change', { id, name });
  }

  setScope(id: string, scope: Scope): Promise<void> {
    return this.#ask('viewers.change', { id, scope });
  }

  setArguments(id: string, withArguments: boolean): Promise<void> {
    return this.#ask('viewers.change', { id, arguments: withArguments });
  }

  async revoke(id: string): Promise<void> {
    const name = visible(this.current?.viewers.find((viewer) => viewer.id === id)?.name ?? 'The device');
    await this.#ask('viewers.revoke', { id });
    status.say(`Revoked. ${name} sees nothing any more.`);
  }

  async addToken(name: string, scope: Scope, withArguments: boolean): Promise<string> {
    return (await machines.here.request('viewers.add', { name, scope, arguments: withArguments })).token;
  }

  async #ask<M extends SharingMethod>(method: M, params: Methods[M]['params']): Promise<void> {
    this.#take(await machines.here.request(method, params));
  }

  #take(sharing: Sharing): void {
    const known = new Set(this.current?.requests.map(({ id }) => id));
    this.current = sharing;
    this.code = nextCode(this.code, sharing, Date.now());
    const fresh = sharing.requests.filter(({ id }) => !known.has(id));
    if (fresh.length > 0) status.say(fresh.map(requestMessage).join(' '));
  }

  /** The channel may be missing; a request is answered in any case. */
  async #read(): Promise<void> {
    try {
      this.#take(await machines.here.request('sharing.read'));
    } catch (error) {
      if (error instanceof RequestError && error.code === 'unknownMethod') this.absent = true;
    }
  }
}

export const sharing = new SharingState();
