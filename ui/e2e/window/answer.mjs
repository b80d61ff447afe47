/** The owner at a machine, who answers one device that asks to pair: `node answer.mjs PORT DATA_DIR true`.
 *  A program of its own, since it has to run on that machine. It prints what the device asked. */
import { ownerOf } from '../owner.mjs';
import { until } from './desktop.mjs';

const [port, dataDir, allow] = process.argv.slice(2);
const owner = await ownerOf({ url: `http://127.0.0.1:${port}`, dataDir });
const request = await until('a device asks', async () => (await owner.ask('sharing.read')).requests[0]);
await owner.ask('pairing.answer', { id: request.id, allow: allow === 'true' });
console.log(JSON.stringify(request));
owner.close();
