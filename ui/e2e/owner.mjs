/** The owner of a test's agent: a session by the token in its data folder, which may change who has access. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import WebSocket from 'ws';

const WAIT_MS = 10_000;

/** Connects as the owner; `ask` rejects with the machine's own message. */
export async function ownerOf(agent) {
  const token = (await readFile(join(agent.dataDir, 'owner.token'), 'utf8')).trim();
  const socket = new WebSocket(`${agent.url.replace('http', 'ws')}/api/v1/stream`, 'sightline.v1', { headers: { authorization: `Bearer ${token}` } });
  const waiting = new Map();
  let lastId = 0;
  const connected = new Promise((resolve, reject) => {
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString());
      if (message.type === 'connected') resolve();
      if (message.type === 'goodbye') reject(new Error(`goodbye: ${message.reason}`));
      if (message.type === 'response') {
        const { done, refused } = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.error) refused(new Error(message.error.message));
        else done(message.result);
      }
    });
    socket.once('error', reject);
    AbortSignal.timeout(WAIT_MS).onabort = () => reject(new Error('the agent did not let its owner in'));
  });
  await connected;
  return {
    ask(method, params = null) {
      lastId += 1;
      const id = lastId;
      return new Promise((done, refused) => {
        waiting.set(id, { done, refused });
        socket.send(JSON.stringify({ type: 'request', id, method, params }));
      });
    },
    close: () => socket.close(),
  };
}
