import { expect, test } from 'vitest';
import { embeddedUrl } from './embedded-url';

const at = (url: string | undefined, page = 'http://nas:7444/') => embeddedUrl({ VITE_WS_URL: url }, page);

test.each([
  [undefined, 'http://nas:7444/', 'ws://nas:7444/api/v1/stream', 'http://nas:7444/api/v1/snapshot'],
  ['', 'https://nas.lan/sight/index.html?x#/overview', 'wss://nas.lan/sight/api/v1/stream', 'https://nas.lan/sight/api/v1/snapshot'],
  ['ws://10.0.0.2:7444/api/v1/stream', 'http://dash.lan/', 'ws://10.0.0.2:7444/api/v1/stream', 'http://10.0.0.2:7444/api/v1/snapshot'],
  ['wss://nas.lan/behind/api/v1/stream?auth=challenge', 'https://dash.lan/', 'wss://nas.lan/behind/api/v1/stream', 'https://nas.lan/behind/api/v1/snapshot'],
  ['http://10.0.0.2:7444', 'http://dash.lan/', 'ws://10.0.0.2:7444/api/v1/stream', 'http://10.0.0.2:7444/api/v1/snapshot'],
  [' https://nas.lan/behind ', 'https://dash.lan/', 'wss://nas.lan/behind/api/v1/stream', 'https://nas.lan/behind/api/v1/snapshot'],
  ['ws://127.0.0.1:7444/', 'https://dash.lan/', 'ws://127.0.0.1:7444/api/v1/stream', 'http://127.0.0.1:7444/api/v1/snapshot'],
])('%s, on a page at %s', (given, page, streamUrl, snapshotUrl) => {
  expect(at(given, page)).toEqual({ streamUrl, snapshotUrl, socket: true });
});

test.each([
  ['nas:7444', 'http://dash.lan/', /ws:\/\/, wss:\/\/, http:\/\/ or https:\/\//],
  ['/api/v1/stream', 'http://dash.lan/', /not a complete address/],
  ['ftp://nas/', 'http://dash.lan/', /ws:\/\//],
  ['ws://ana:secret@nas:7444/', 'http://dash.lan/', /user name or a password/],
  ['ws://nas:7444/', 'https://dash.lan/', /Use wss:\/\//],
])('%s, on a page at %s, cannot be used', (given, page, why) => {
  expect(() => at(given, page)).toThrow(why);
});

test.each([
  [undefined, true],
  ['', true],
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
  [' OFF ', false],
])('VITE_ENABLE_WS=%s', (given, socket) => {
  expect(embeddedUrl({ VITE_ENABLE_WS: given }, 'http://nas/').socket).toBe(socket);
});
