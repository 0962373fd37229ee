// The lab as a widget of a notebook (anywidget): in a shadow root, so that neither the page's styles
// reach the notebook nor the notebook's the page.
import base from "./style/base.css?raw";
import tokens from "./style/tokens.css?raw";
import { mount, unmount } from "svelte";
import { Lab } from "./lab.svelte.ts";
import Notebook from "./Notebook.svelte";
import { followTheme } from "./theme.ts";
import { type Model, NotebookTransport } from "./transport/notebook.ts";

/** The page's own rules, for the host instead of the document. */
const STYLE = `:host { all: initial; display: block; }
${tokens}
${base}`
  .replaceAll(/:root\[data-theme="dark"\]/g, ':host([data-theme="dark"])')
  .replaceAll(/:root/g, ":host")
  .replaceAll(/html, body \{[^}]*\}/g, "")
  .replaceAll(/(^|\n)body \{/g, "$1.notebook {");

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const host = document.createElement("div");
  // Keys that are meant for the page are no shortcuts of the notebook's.
  host.dataset["lmSuppressShortcuts"] = "true";
  host.addEventListener("keydown", (event) => event.stopPropagation());
  el.append(host);
  const root = host.attachShadow({ mode: "open" });
  const sheet = document.createElement("style");
  sheet.textContent = STYLE;
  root.append(sheet);
  const transport = new NotebookTransport(model);
  const lab = new Lab(transport);
  const forget = followTheme(el, (dark) => {
    lab.dark = dark;
    host.dataset["theme"] = dark ? "dark" : "light";
  });
  const resize = () => host.style.setProperty("--height", `${Number(model.get("height")) || 600}px`);
  resize();
  model.on("change:height", resize);
  const app = mount(Notebook, { target: root, props: { lab } });
  lab.start();
  return () => {
    transport.stop();
    model.off("change:height", resize);
    forget();
    void unmount(app);
    host.remove();
  };
}

export default { render };
