// Runs the very where.js of the pages over many questions: one JSON object on standard input, one list on output.
import { readFileSync } from 'node:fs';

const { script, data, ask } = JSON.parse(readFileSync(0, 'utf8'));
globalThis.fetch = () => Promise.resolve(new Response(data));
const where = await import('data:text/javascript;base64,' + Buffer.from(script).toString('base64'));
const answers = [];
for (const [name, ...given] of ask) {
  const { area, sure, candidates, reason, outside } = await where[name](...given);
  answers.push([area, sure, candidates, reason, outside]);
}
process.stdout.write(JSON.stringify(answers));
