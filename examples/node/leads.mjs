// A subscriber of leads in Node.js: reads committed records, validates each against the schema, and prints a line a lead.
//
//   npm install
//   node leads.mjs BOOTSTRAP_SERVERS TOPIC [COUNT]

import { readFileSync } from "node:fs";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import kafkajs from "kafkajs";
import { decompressFrame } from "lz4-napi";

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

const [servers, topic, count] = process.argv.slice(2);
if (!topic) {
  console.error("usage: leads.mjs BOOTSTRAP_SERVERS TOPIC [COUNT]");
  process.exit(2);
}

const file = process.env.RELEVO_SCHEMAS ?? new URL("../../schemas", import.meta.url).pathname;
const ajv = new Ajv2020({ strict: false });
addFormats(ajv);
const isLead = ajv.compile(JSON.parse(readFileSync(`${file}/relevo.lead.qualified.v1.json`, "utf8")));

/** `L-… acme.example wants crm-suite: eva of mid answers by 2026-11-03T15:34:05.456Z` */
function line(lead) {
  const { assignment, promise } = lead;
  const seller = assignment.assignee ?? "somebody";
  const by = promise.respond_by ?? "no time that was promised";
  return `${lead.lead_id} ${lead.account.key} wants ${lead.offering}: ${seller} of ${assignment.team} answers by ${by}`;
}

// Relevo compresses with LZ4, which KafkaJS leaves to others.
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async () => {
    throw new Error("this program only reads");
  },
  decompress: (buffer) => decompressFrame(buffer),
});

const kafka = new Kafka({ clientId: "example-leads-node", brokers: servers.split(","), logLevel: logLevel.ERROR });
// Committed records only (readUncommitted: false) is what KafkaJS does unless it is told otherwise.
const consumer = kafka.consumer({ groupId: "example-leads-node", readUncommitted: false });
let left = count === undefined ? Infinity : Number(count);

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await new Promise((done, failed) => {
  consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
  consumer.run({
    eachMessage: async ({ partition, message }) => {
      // Updates of leads come on the same topic, and other events may one day.
      if (left <= 0 || message.headers.ce_type?.toString() !== "relevo.lead.qualified.v1") return;
      const lead = JSON.parse(message.value.toString());
      if (!isLead(lead)) {
        console.error(`${topic}-${partition}-${message.offset} is not what the schema says: ${ajv.errorsText(isLead.errors)}`);
        return;
      }
      console.log(line(lead));
      left -= 1;
      if (left <= 0) done();
    },
  }).catch(failed);
});
await consumer.disconnect();
