/** Addresses of a machine: those that worked, the last of them first, and those that are announced. */
import { ADDRESSES } from '../wire/contract';

export interface AddressBook {
  readonly known: readonly string[];
  /** Announced lately and never proven; gone with the next announcement. */
  readonly announced: readonly string[];
}

export function addressBook(known: readonly string[]): AddressBook {
  return { known: known.slice(0, ADDRESSES), announced: [] };
}

/** Each once, in the order in which to try them: where it has proven itself first; where it is only announced last, since
 *  anybody can announce it anywhere. */
export function roundOf({ known, announced }: AddressBook): string[] {
  const unknown = announced.filter((address) => !known.includes(address));
  const alive = known.filter((address) => announced.includes(address));
  const others = known.filter((address) => !announced.includes(address));
  return [...alive, ...others, ...unknown];
}

/** It authenticated at `address`. */
export function workedAt(book: AddressBook, address: string): AddressBook {
  return { ...book, known: [address, ...book.known.filter((other) => other !== address)].slice(0, ADDRESSES) };
}

/** An announcement names these addresses. */
export function announcedAt(book: AddressBook, addresses: readonly string[]): AddressBook {
  return addresses.length > 0 ? { ...book, announced: addresses.slice(0, ADDRESSES) } : book;
}
