/** What each key does, for people. The keys themselves are handled in `frame/keys.ts` and by the views. */

export interface KeyLine {
  /** Keys pressed together, and other ways to the same. */
  readonly chords: readonly (readonly string[])[];
  readonly does: string;
}

export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly KeyLine[];
}

export const KEY_GROUPS: readonly KeyGroup[] = [
  {
    title: 'Everywhere',
    keys: [
      { chords: [['Alt', '1']], does: 'Overview' },
      { chords: [['Alt', '2']], does: 'Processes' },
      { chords: [['G']], does: 'Fleet: all machines' },
      { chords: [['Ctrl', '↑'], ['↓']], does: 'Machine before, after' },
      { chords: [[',']], does: 'Settings' },
      { chords: [['?']], does: 'This list' },
    ],
  },
  {
    title: 'Time',
    keys: [
      { chords: [['←'], ['→']], does: '1 s back, forward' },
      { chords: [['Shift', '←'], ['→']], does: '10 s back, forward' },
      { chords: [['['], [']']], does: 'Sample before, after' },
      { chords: [['L']], does: 'Back to live' },
    ],
  },
  {
    title: 'Fleet and sidebar',
    keys: [
      { chords: [['/']], does: 'Filter machines' },
      { chords: [['1'], ['5']], does: 'What is compared' },
      { chords: [['↑'], ['↓']], does: 'Card or row above, below' },
      { chords: [['Alt', 'Shift', '↑'], ['↓']], does: 'Move the machine up, down' },
      { chords: [['Shift', 'F10']], does: 'What can be done with the machine' },
    ],
  },
  {
    title: 'Processes',
    keys: [
      { chords: [['/']], does: 'Filter' },
      { chords: [['Esc']], does: 'Clear the filter, then leave it; close the process' },
      { chords: [['Tab']], does: 'Take the first proposal of the filter' },
      { chords: [['T']], does: 'Tree or flat' },
      { chords: [['Del']], does: 'End the process (asks first)' },
      { chords: [['Shift', 'Del']], does: 'Kill the process (asks first)' },
    ],
  },
  {
    title: 'Rows',
    keys: [
      { chords: [['↑'], ['↓']], does: 'Row above, below' },
      { chords: [['PgUp'], ['PgDn']], does: 'A page up, down' },
      { chords: [['Home'], ['End']], does: 'First, last row' },
      { chords: [['Enter']], does: 'Open the process' },
      { chords: [['←'], ['→']], does: 'Fold, unfold (tree)' },
    ],
  },
];
