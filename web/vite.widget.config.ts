// Builds the notebook's widget: one module beside the page, its styles inside it (a shadow root has
// no style sheets of the document).
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte({ compilerOptions: { css: "injected" } })],
  publicDir: false,
  build: {
    outDir: "../src/glassnet/lab/page",
    emptyOutDir: false,
    target: "es2022",
    modulePreload: false,
    rollupOptions: {
      preserveEntrySignatures: "strict",
      input: "src/widget.ts",
      output: { entryFileNames: "widget.js", codeSplitting: false },
    },
  },
});
