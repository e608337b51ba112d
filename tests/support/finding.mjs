// Runs the very where.js of the pages: its script and data as JSON on the first line of standard input, then a list of
// questions on each further line, which is answered by a line with the list of answers.
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { script, data } = JSON.parse((await lines.next()).value);
globalThis.fetch = () => Promise.resolve(new Response(data));
const where = await import('data:text/javascript;base64,' + Buffer.from(script).toString('base64'));
for await (const line of lines) {
  const answers = [];
  for (const [name, ...given] of JSON.parse(line)) {
    const { area, sure, candidates, reason, outside } = await where[name](...given);
    answers.push([area, sure, candidates, reason, outside]);
  }
  process.stdout.write(JSON.stringify(answers) + '\n');
}
