import { beforeEach, describe, expect, test } from 'vitest';
import type { Channel, ClientMessage, Frame } from '../../wire/wire';
import { Subscriptions } from './subscriptions';

let sent: ClientMessage[];
let subscriptions: Subscriptions;
const nothing = () => undefined;
const frame = (channel: Channel): Frame => ({ channel, seq: 1, sampledAtMs: 1, key: true, data: {} });
const said = () => sent.splice(0).map((message) => (message.type === 'subscribe' ? `+${message.channels.join()}${message.intervalMs === undefined ? '' : `@${message.intervalMs}`}` : message.type === 'unsubscribe' ? `-${message.channels.join()}` : message.type));

beforeEach(() => {
  sent = [];
  subscriptions = new Subscriptions((message) => sent.push(message));
});

test('the shortest interval applies, until its listener is gone', () => {
  subscriptions.use('summary', nothing, 5_000);
  const undo = subscriptions.use('summary', () => undefined, 1_000);
  undo();
  expect(said()).toEqual(['+summary@5000', '+summary@1000', '+summary@5000']);
  const same = subscriptions.use('summary', () => undefined, 5_000);
  same();
  expect(said()).toEqual(['+summary@5000']);
});

describe('a longer update interval', () => {
  test('applies to every channel with figures', () => {
    subscriptions.use('overview', nothing, 0);
    subscriptions.use('summary', nothing, 60_000);
    subscriptions.use('sharing', nothing, 0);
    said();
    subscriptions.setFloor(10_000);
    expect(said()).toEqual(['+overview@10000', '+summary@60000']);
    subscriptions.use('processes', nothing, 0);
    expect(said()).toEqual(['+processes@10000']);
    subscriptions.setFloor(0);
    expect(said()).toEqual(['+overview,processes', '+summary@60000']);
  });

  test('paused, there are no frames but one of each on demand', () => {
    subscriptions.use('overview', nothing, 0);
    subscriptions.use('sharing', nothing, 0);
    said();
    subscriptions.setFloor(null);
    expect(said()).toEqual(['-overview']);
    subscriptions.refresh();
    expect(said()).toEqual(['+overview,sharing']);
    subscriptions.deliver(frame('overview'));
    subscriptions.deliver(frame('overview'));
    subscriptions.deliver(frame('sharing'));
    expect(said()).toEqual(['-overview']);
  });

  test('paused, a view that is opened gets one frame', () => {
    subscriptions.setFloor(null);
    subscriptions.use('processes', nothing, 0);
    subscriptions.deliver(frame('processes'));
    expect(said()).toEqual(['+processes', '-processes']);
    subscriptions.setFloor(0);
    expect(said()).toEqual(['+processes']);
  });
});

test('a hidden page has no subscriptions, and a choice made meanwhile applies when it is visible', () => {
  subscriptions.use('overview', nothing, 0);
  said();
  subscriptions.setVisible(false);
  expect(said()).toEqual(['-overview']);
  subscriptions.setFloor(5_000);
  subscriptions.refresh();
  subscriptions.begin();
  const undo = subscriptions.use('top', nothing, 0);
  undo();
  expect(said()).toEqual([]);
  subscriptions.setVisible(true);
  expect(said()).toEqual(['+overview@5000']);
});
