// Where the page begins: it finds out how the engine is reached, and shows the lab.
import "./style/tokens.css";
import "./style/base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { Lab } from "./lab.svelte.ts";
import { SocketTransport } from "./transport/socket.ts";
import type { Transport } from "./transport/transport.ts";

/** Show the lab in an element; transport: the way to its engine. */
export function mountLab(element: Element, transport: Transport): Lab {
  const lab = new Lab(transport);
  mount(App, { target: element, props: { lab } });
  lab.start();
  return lab;
}

const place = document.getElementById("lab");
if (place) mountLab(place, new SocketTransport());
