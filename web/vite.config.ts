// Builds the lab's page into the Python package: plain names, no addresses, no inline scripts.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  base: "./",
  build: {
    outDir: "../src/glassnet/lab/page",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      preserveEntrySignatures: "strict",
      // worker.js: Python in the browser, for the page that has no server.
      input: { lab: "index.html", worker: "src/worker/worker.ts" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "lab[extname]",
      },
    },
  },
});
