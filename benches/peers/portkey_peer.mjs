// Times the Portkey gateway's conversion of Chat Completions bodies to Messages, from bytes to bytes.
//
// The package is one bundle that exports nothing, so a copy of it is made that hands out the function which its handler calls.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, dirname } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const root = dirname(createRequire(import.meta.url).resolve("@portkey-ai/gateway/package.json"));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const bundle = readFileSync(join(root, "build", "start-server.js"), "utf8");

// The one that looks at `transformToFormData` before it reads a provider's table.
const before = bundle.slice(0, bundle.indexOf(".transformToFormData&&"));
const name = [...before.matchAll(/([\w$]+)=\([\w$,]*\)=>\{/g)].at(-1)[1];
const copy = join(root, "build", "handed-out.mjs");
writeFileSync(copy, `${bundle}\nglobalThis.transformToProviderRequest=${name};`);
await import(pathToFileURL(copy));

const decoder = new TextDecoder();
const encoder = new TextEncoder();
function convert(body) {
  const request = { ...JSON.parse(decoder.decode(body)), model: "claude-haiku-4-5" };
  const converted = globalThis.transformToProviderRequest("anthropic", request, request, "chatComplete", {}, {});
  return encoder.encode(JSON.stringify(converted));
}

// Microseconds of the processor, since others may load the machine; what the collector of garbage takes is in it.
function timed(body, runs) {
  const start = process.cpuUsage();
  for (let run = 0; run < runs; run++) convert(body);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / runs;
}

// Best and median of the rounds.
function measure(body) {
  if (!JSON.parse(decoder.decode(convert(body))).messages.length) throw new Error("nothing was converted");
  const first = Math.min(...Array.from({ length: 5 }, () => timed(body, 20)));
  const runs = Math.max(1, Math.trunc(2000 / first));
  const times = Array.from({ length: 40 }, () => timed(body, runs)).sort((a, b) => a - b);
  return [times[0], times[times.length >> 1]];
}

const files = readdirSync(folder).filter((file) => file.endsWith(".chat.json"));
const cases = Object.fromEntries(files.map((file) => [file.split(".")[0], measure(readFileSync(join(folder, file)))]));
console.log(JSON.stringify({ name: `Portkey ${version}`, cases }));
process.exit(0);
