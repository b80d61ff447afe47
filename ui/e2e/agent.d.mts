/** A running agent. */
export interface Agent {
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  pid: number;
  dataDir: string;
  /** What it logged so far. */
  log(): string;
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}
export function startAgent(options?: { port?: number; dataDir?: string; env?: Record<string, string> }): Promise<Agent>;
