/** Text for what a scope hides of processes. */

/** In place of what is hidden: `subject` is what it is. */
export function hiddenByScope(machineName: string, subject = 'Users and command lines'): string {
  return `${subject} need View + processes. The owner of ${machineName} can widen that there, under Settings, Sharing.`;
}
