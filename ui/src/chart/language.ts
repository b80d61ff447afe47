/** uPlot makes a number format for `navigator.language` as it is loaded. Under `LANG=C` WebKitGTK calls that language
 *  `C`, which no format accepts, and the whole page would stay empty. Imported before uPlot; gives the language a name. */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { configurable: true, value: 'en-GB' });
}

export {};
