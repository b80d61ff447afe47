/** The figures of a machine at a moment, for display and for the filter. Not reactive: components read them at the render
 *  tick. */
import type { MachineState } from '../../state/machines/machine-state.svelte';
import { summaryValues, type SummaryMetric } from '../../state/history/summary-ring';
import type { FoundMachine } from '../../wire/wire';
import type { FleetRow } from './filter';
import { rowAt } from './trace';

export type Figures = Readonly<Record<SummaryMetric, number | null>>;
const NONE: Figures = { cpu: null, memory: null, diskFull: null, disk: null, net: null, temperature: null };
const NAMES = Object.keys(NONE) as SummaryMetric[];
/** Key of a machine that is found and not known. */
export const FOUND_PREFIX = 'found ';

/** At `atMs`; `null`: the newest there are. */
export function figuresOf(machine: MachineState, atMs: number | null): Figures {
  if (atMs === null) return machine.summary ? summaryValues(machine.summary) : NONE;
  const index = rowAt(machine.summaryHistory.times, atMs);
  if (index < 0) return NONE;
  return Object.fromEntries(NAMES.map((name) => [name, finite(machine.summaryHistory.column(name)[index])])) as Figures;
}

/** One of them. */
export function figureOf(machine: MachineState, name: SummaryMetric, atMs: number | null): number | null {
  if (atMs === null) return machine.summary && machine.fresh ? summaryValues(machine.summary)[name] : null;
  const index = rowAt(machine.summaryHistory.times, atMs);
  return index < 0 ? null : finite(machine.summaryHistory.column(name)[index]);
}

const finite = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value);

export function rowOf(machine: MachineState): FleetRow {
  const { key, name, known, info, mark } = machine;
  const { cpu, memory, diskFull, disk, net, temperature } = machine.fresh ? figuresOf(machine, null) : NONE;
  return { key, name, tags: known?.tags ?? [], family: info?.family ?? known?.family ?? '', os: info?.os ?? known?.os ?? '', addresses: known?.addresses ?? [], mark, cpu, memory, diskFull, memoryTotalBytes: info?.memoryTotalBytes ?? null, disk, net, temperature };
}

export function rowOfFound({ id, name, family, addresses }: FoundMachine): FleetRow {
  return { ...NONE, key: FOUND_PREFIX + id, nearby: true, name, tags: [], family, os: '', addresses, mark: 'toPair', memoryTotalBytes: null };
}
