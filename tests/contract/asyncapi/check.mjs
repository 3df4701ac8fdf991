// Reads an AsyncAPI document with AsyncAPI's own parser and says what it objects to: one line each, exit 1 for errors.
// Usage: node check.mjs <asyncapi.yaml>, with @asyncapi/parser installed beside this file.
import { Parser, fromFile } from '@asyncapi/parser';

const file = process.argv[2];
const { document, diagnostics } = await fromFile(new Parser(), file).parse();
const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 0);
for (const { severity, code, message, path } of diagnostics) {
  console.log(`${['error', 'warning', 'information', 'hint'][severity]} ${code} at /${path.join('/')}: ${message}`);
}
if (errors.length > 0 || !document) {
  process.exit(1);
}
const channels = document.channels().all();
const messages = document.messages().all();
const payloads = messages.filter((message) => message.hasPayload() && message.payload().properties());
console.log(`accepted: ${channels.length} channels, ${document.operations().all().length} operations, ${messages.length} messages, ${payloads.length} payloads resolved`);
