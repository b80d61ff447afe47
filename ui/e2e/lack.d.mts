/** Why a test is skipped; throws under CI. */
export function lack(what: string): string;
