/** Name that this device proposes when it asks to pair; a person may change it. Pure. */

/** The part of `navigator` that is read. */
export interface Browser {
  readonly userAgent: string;
  /** Most touch points it reports: an iPad names itself a Mac, and only this tells them apart. */
  readonly maxTouchPoints: number;
}

/** Browsers by the token that only they have; Chromium-based ones write Chrome as well, and all but Firefox write Safari. */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS X/, 'Mac'],
  [/CrOS/, 'ChromeOS'],
  [/FreeBSD/, 'FreeBSD'],
  [/Linux/, 'Linux'],
];

/** `iPhone`, `Android phone`, `Chrome on Linux`. */
export function deviceName({ userAgent, maxTouchPoints }: Browser): string {
  if (/iPhone|iPod/.test(userAgent)) return 'iPhone';
  if (/iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) return 'iPad';
  if (/Android/.test(userAgent)) return /Mobile/.test(userAgent) ? 'Android phone' : 'Android tablet';
  const browser = BROWSERS.find(([mark]) => mark.test(userAgent))?.[1] ?? 'Browser';
  const system = SYSTEMS.find(([mark]) => mark.test(userAgent))?.[1];
  return system === undefined ? browser : `${browser} on ${system}`;
}
