// How the tests run: `npm test` is `node --import ./test/typescript.mjs --test test/*.test.ts`.
// A test is a file test/NAME.test.ts that imports node:test, node:assert/strict and what it tests
// (with its ending: ../src/charts/scale.ts). TypeScript, and runes in .svelte.ts, are translated
// while they are loaded, without a check of types (that is `npm run check`) and without a build.
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

if (isMainThread) register(import.meta.url);

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const { default: ts } = await import("typescript");
  const text = await readFile(fileURLToPath(url), "utf8");
  const { outputText } = ts.transpileModule(text, {
    fileName: url,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  if (!url.endsWith(".svelte.ts")) return { format: "module", source: outputText, shortCircuit: true };
  const { compileModule } = await import("svelte/compiler");
  const { js } = compileModule(outputText, { filename: fileURLToPath(url), generate: "client" });
  return { format: "module", source: js.code, shortCircuit: true };
}
