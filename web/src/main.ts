// Where the page begins: it finds out how the engine is reached, and shows the lab. The same file
// is a module for other places (a notebook, a replay), which bring a transport of their own.
import "./style/tokens.css";
import "./style/base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { Lab } from "./lab.svelte.ts";
import { runOf } from "./link.ts";
import { recordingIn, ReplayTransport } from "./transport/replay.ts";
import { SocketTransport } from "./transport/socket.ts";
import type { Transport } from "./transport/transport.ts";
import { WorkerTransport } from "./transport/worker.ts";

/** Show the lab in an element; transport: the way to its engine; run: a description to begin
 * with. */
export function mountLab(
  element: Element, transport: Transport, run: Record<string, unknown> | null = null,
): Lab {
  const lab = new Lab(transport, run);
  mount(App, { target: element, props: { lab, own: element.id === "lab" } });
  lab.start();
  return lab;
}

/** The recording that the document holds, or the way to the engine that it names:
 * <meta name="glassnet-transport" content="worker">; else the server that it came from. */
function transportOf(document: Document): Transport {
  const recording = recordingIn(document);
  if (recording) return new ReplayTransport(recording);
  const named = document.querySelector<HTMLMetaElement>('meta[name="glassnet-transport"]');
  switch (named?.content ?? "server") {
    case "worker":
      return new WorkerTransport();
    default:
      return new SocketTransport();
  }
}

/** The page of its own: with the run of its address. */
function begin(element: Element): void {
  let run: Record<string, unknown> | null = null, broken = "";
  try {
    run = runOf(location.hash);
  } catch (error) {
    broken = (error as Error).message;
  }
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  const lab = mountLab(element, transportOf(document), run);
  if (broken) lab.error = { message: broken, about: "open" };
  addEventListener("hashchange", () => {
    try {
      const other = runOf(location.hash);
      if (other) lab.send({ do: "open", run: other });
    } catch (error) {
      lab.error = { message: (error as Error).message, about: "open" };
    }
  });
}

const place = document.getElementById("lab");
if (place) begin(place);
