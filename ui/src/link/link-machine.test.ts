import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run, type Scenario } from '../testing/link-scenario';

const scenarios = readFileSync('../src-tauri/crates/wire/golden/link.jsonl', 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Scenario);

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
  expect(run(scenario)).toEqual(scenario.steps);
});

test('each scenario has a name of its own', () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  expect(scenarios.length).toBeGreaterThan(20);
});
