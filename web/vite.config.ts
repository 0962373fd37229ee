// Builds the lab's page into the Python package: plain names, no addresses, no inline scripts.
import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

export default defineConfig({
  plugins: [svelte(), page()],
  base: "./",
  build: {
    outDir: "../src/glassnet/lab/page",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      // lab.js is the page's script and a module for other places (a notebook, a recording): one
      // file that keeps its exports.
      preserveEntrySignatures: "strict",
      // worker.js: Python in the browser, for the page that has no server.
      input: { lab: "src/main.ts", worker: "src/worker/worker.ts" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "lab[extname]",
      },
    },
  },
});

/** index.html beside the script, naming what was built. */
function page(): Plugin {
  const source = '<script type="module" src="/src/main.ts"></script>';
  const head = '  <link rel="stylesheet" href="./lab.css" />\n'
    + '    <script type="module" src="./lab.js"></script>\n  </head>';
  return {
    name: "page",
    generateBundle() {
      const text = readFileSync(new URL("index.html", import.meta.url), "utf-8");
      if (!text.includes(source)) this.error(`index.html lacks ${source}`);
      const built = text.replace(new RegExp(`\\s*${source}`), "").replace("</head>", head);
      this.emitFile({ type: "asset", fileName: "index.html", source: built });
    },
  };
}
