/** What the series of one machine mean, by metric name; asked for once. */
import type { Ask } from './requests';

export class SeriesDefinitions {
  /** Empty until they were asked for. */
  byMetric = $state.raw<ReadonlyMap<string, string>>(new Map());
  readonly #ask: Ask;
  #asked = false;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const list = await this.#ask('series.list');
      this.byMetric = new Map(list.map((info) => [info.metric, info.about]));
    } catch {
      this.#asked = false;
    }
  }
}
