/** Adding a machine, step by step: which one, the digits on both screens, the approval there. Start reading at `step`.
 *
 *  Announcements are not authenticated: a name is only a claim until the digits or the link have proven it. */
import { machines } from '../../state/machines/machines.svelte';
import type { MachineState } from '../../state/machines/machine-state.svelte';
import { RequestError } from '../../state/machines/requests';
import { typedAddress } from '../../text/address';
import { pairLinkHost, pairLinkIn } from '../../text/pair-link-text';
import { visible } from '../../text/visible';
import type { Comparing, FoundMachine } from '../../wire/wire';
import { probeOutcome } from './probe-messages';

export type Step =
  /** Which machine. */
  | { readonly kind: 'choose' }
  /** It is asked for digits, or the link is being used. */
  | { readonly kind: 'asking'; readonly name: string; readonly by: 'digits' | 'link' }
  /** Both screens show digits. `untilMs`: this viewer's clock. */
  | { readonly kind: 'compare'; readonly comparing: Comparing; readonly name: string; readonly untilMs: number }
  /** This person confirmed the digits; somebody there has to confirm them, too. */
  | { readonly kind: 'waiting'; readonly comparing: Comparing; readonly name: string; readonly untilMs: number }
  /** Nothing was paired, and why. */
  | { readonly kind: 'failed'; readonly text: string; readonly remedy: string; readonly again: (() => void) | null };

/** Remedy after a refusal, by the way of pairing that was tried; empty where the message says it. */
function remedyOf(error: unknown, name: string, by: 'digits' | 'link'): string {
  if (error instanceof RequestError && error.reason !== undefined) return '';
  const code = error instanceof RequestError ? error.code : 'internal';
  switch (code) {
    case 'forbidden':
      return by === 'digits' ? `Ask whoever sits at ${name}, then begin again; or use its pairing link.` : `Make a new link on ${name}, under Settings, Sharing.`;
    case 'unauthorized':
    case 'notFound':
      return by === 'digits' ? 'Begin again: there are new digits then.' : `Make a new link on ${name}, under Settings, Sharing. Each pairs one device, and is valid for 5 minutes.`;
    case 'badParams':
      return by === 'digits' ? 'Check the address.' : 'Copy it again: “Copy pairing link” under Settings, Sharing on that machine.';
    case 'tooMany':
      return 'Wait a little, then try again.';
    default:
      return `See whether ${name} is on, on this network, and shares (Settings, Sharing).`;
  }
}

export class Adding {
  step = $state.raw<Step>({ kind: 'choose' });
  /** Why what was typed cannot be tried; a sentence. */
  addressProblem = $state.raw<string | null>(null);
  linkProblem = $state.raw<string | null>(null);

  readonly #onPaired: (paired: MachineState) => void;
  /** Answers to an earlier attempt are ignored. */
  #attempt = 0;
  #ticket: string | null = null;

  /** `onPaired`: the machine is in the list, and its link is connecting. */
  constructor(onPaired: (paired: MachineState) => void) {
    this.#onPaired = onPaired;
  }

  /** Back to the choice. A pairing that waits for this person's answer is withdrawn at the machine. */
  leave(): void {
    this.#attempt += 1;
    if (this.#ticket !== null) void machines.endCompare(this.#ticket, false).catch(() => undefined);
    this.#ticket = null;
    this.step = { kind: 'choose' };
  }

  /** A machine that announces itself. */
  pairFound({ name, addresses }: Pick<FoundMachine, 'name' | 'addresses'>): void {
    const [address] = addresses;
    if (address !== undefined) void this.#compare(address, visible(name));
  }

  /** The address that a person typed; a pairing link in its field is used as a link. */
  pairAddress(text: string): void {
    if (pairLinkIn(text) !== null) {
      this.pairLink(text);
      return;
    }
    const typed = typedAddress(text);
    this.addressProblem = 'problem' in typed ? typed.problem : null;
    if ('address' in typed) void this.#probeAndCompare(typed.address);
  }

  pairLink(text: string): void {
    const link = pairLinkIn(text);
    this.linkProblem = link === null ? 'This is no pairing link. It looks like http://192.168.1.20:7444/#p=… and ends with 22 letters and digits.' : null;
    if (link !== null) void this.#link(link, pairLinkHost(link) ?? '');
  }

  /** `same`: the person sees the same digits there. */
  answer(same: boolean): void {
    const { step } = this;
    if (step.kind !== 'compare') return;
    if (same) {
      void this.#wait(step);
      return;
    }
    this.leave();
    this.step = {
      kind: 'failed',
      text: `Nothing was paired: ${step.name} has to show the same digits.`,
      remedy: 'If it shows others, the connection may be intercepted: pair by its link instead, copied there under Settings, Sharing. If it shows none, it may be another machine.',
      again: null,
    };
  }

  /** Nobody answered in time. */
  expired(): void {
    const { step } = this;
    if (step.kind !== 'compare' && step.kind !== 'waiting') return;
    this.leave();
    this.step = { kind: 'failed', text: `Nobody at ${step.name} approved it in time. Nothing was paired.`, remedy: 'Begin again when somebody is there, or use its pairing link.', again: null };
  }

  async #probeAndCompare(address: string): Promise<void> {
    const attempt = this.#begin(address, 'digits');
    try {
      const probe = await machines.host?.machines.probe(null, address);
      if (attempt !== this.#attempt) return;
      const outcome = probe && probeOutcome(probe);
      if (outcome && !outcome.canPair) {
        this.step = { kind: 'failed', text: outcome.text, remedy: outcome.remedy, again: () => void this.#probeAndCompare(address) };
        return;
      }
    } catch {
      // Pairing is tried even where the probe fails; the answer has the reason.
    }
    if (attempt === this.#attempt) await this.#compare(address, address);
  }

  async #compare(address: string, name: string): Promise<void> {
    const attempt = this.#begin(name, 'digits');
    try {
      const comparing = await machines.compare(address);
      if (attempt !== this.#attempt) {
        void machines.endCompare(comparing.ticket, false).catch(() => undefined);
        return;
      }
      this.#ticket = comparing.ticket;
      this.step = { kind: 'compare', comparing, name: visible(comparing.machineName) || name, untilMs: Date.now() + comparing.leftMs };
    } catch (error) {
      this.#fail(attempt, error, name, 'digits', () => void this.#compare(address, name));
    }
  }

  async #wait({ comparing, name, untilMs }: Extract<Step, { kind: 'compare' }>): Promise<void> {
    const attempt = this.#attempt;
    this.step = { kind: 'waiting', comparing, name, untilMs };
    try {
      const paired = await machines.endCompare(comparing.ticket, true);
      if (attempt !== this.#attempt) return;
      this.#ticket = null;
      if (paired) this.#onPaired(paired);
      else this.leave();
    } catch (error) {
      this.#ticket = null;
      this.#fail(attempt, error, name, 'digits', null);
    }
  }

  async #link(link: string, host: string): Promise<void> {
    const attempt = this.#begin(host, 'link');
    try {
      const paired = await machines.pair(link);
      if (attempt === this.#attempt) this.#onPaired(paired);
    } catch (error) {
      // A link is used up by a try: the same one again would be refused.
      this.#fail(attempt, error, host, 'link', null);
    }
  }

  #begin(name: string, by: 'digits' | 'link'): number {
    this.#attempt += 1;
    this.step = { kind: 'asking', name, by };
    return this.#attempt;
  }

  #fail(attempt: number, error: unknown, name: string, by: 'digits' | 'link', again: (() => void) | null): void {
    if (attempt !== this.#attempt) return;
    const text = error instanceof Error ? error.message : String(error);
    this.step = { kind: 'failed', text, remedy: remedyOf(error, name, by), again };
  }
}
