import { describe, expect, it } from 'vitest';
import { type Form, METHODS, type Say, TARGETS, template } from './console-families';

const FORM: Form = { channels: ['metrics', 'alerts'], intervalMs: 0, encoding: '', method: 'snapshot', id: 4 };
const NOW = 1_700_000_000_000;
const said = (id: string, say: Say, change: Partial<Form> = {}) => {
  const target = TARGETS.find((candidate) => candidate.id === id);
  if (!target) throw new Error(`no target ${id}`);
  return JSON.parse(template(target, say, { ...FORM, ...change }, NOW)) as unknown;
};

describe('each family gets messages of its own protocol', () => {
  it('native: several channels, an interval and an encoding where they are asked for', () => {
    expect(said('native', 'subscribe', { channels: ['overview'] })).toEqual({ type: 'subscribe', channels: ['overview'] });
    expect(said('native', 'subscribe', { channels: ['top'], intervalMs: 5_000, encoding: 'msgpack' })).toEqual({ type: 'subscribe', channels: ['top'], intervalMs: 5_000, encoding: 'msgpack' });
    expect(said('native', 'unsubscribe', { channels: ['top'] })).toEqual({ type: 'unsubscribe', channels: ['top'] });
    expect(said('native', 'ping')).toEqual({ type: 'ping', id: 4 });
  });

  it('native: every method has parameters that fit', () => {
    for (const { name } of METHODS) expect(said('native', 'request', { method: name })).toMatchObject({ type: 'request', id: 4, method: name });
    expect(said('native', 'request', { method: 'history.query' })).toMatchObject({ params: { fromMs: NOW - 300_000, toMs: NOW } });
  });

  it('application manager: one channel a message, a ping without a number', () => {
    expect(said('applications', 'subscribe')).toEqual({ type: 'subscribe', channel: 'metrics' });
    expect(said('applications', 'ping')).toEqual({ type: 'ping' });
  });

  it('dashboards of devices and containers: several channels', () => {
    expect(said('devices', 'subscribe')).toEqual({ type: 'subscribe', channels: ['metrics', 'alerts'] });
    expect(said('containers', 'unsubscribe', { channels: [] })).toEqual({ type: 'unsubscribe', channels: [] });
  });
});

it('every path is relative to the page, so that a server behind a prefix works', () => {
  for (const { path } of TARGETS) expect(path.startsWith('/')).toBe(false);
});
