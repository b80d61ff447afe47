/** A QR code as one path: a rectangle for each run of dark modules. */

/** Modules of light around the code; readers need four. */
export const QUIET = 4;

/** `rows`: a row of modules each, `1` is dark. A module is 1 × 1; the quiet zone is left out. */
export function qrPath(rows: readonly string[]): string {
  let path = '';
  rows.forEach((row, y) => {
    for (const run of row.matchAll(/1+/g)) path += `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`;
  });
  return path;
}

/** Side of the picture in px, quiet zone included: a whole number of pixels a module, so that all are alike. */
export function qrSide(rows: readonly string[]): number {
  const modules = rows.length + 2 * QUIET;
  return modules * (modules > 49 ? 3 : 4);
}
