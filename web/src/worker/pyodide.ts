// As much of Pyodide as the worker uses.

export interface Bytes {
  getBuffer(type: "u8"): { data: Uint8Array<ArrayBuffer>; release(): void };
  destroy(): void;
}

/** glassnet.lab.static.carrier.Carrier, and `receive_bytes` of the worker's own. */
export interface Carrier {
  receive(message: string): void;
  turn(): number;
  next_bundle(): Bytes | undefined;
}

export interface Python {
  runPython(code: string): unknown;
  unpackArchive(data: ArrayBuffer, format: "wheel", options: { extractDir: string }): void;
  globals: { get(name: string): unknown };
}

export interface Options {
  indexURL: string;
  packageBaseUrl: string;
  lockFileContents: { info: Record<string, string>; packages: Record<string, never> };
  env: Record<string, string>;
}

export interface PyodideModule {
  loadPyodide(options: Options): Promise<Python>;
}
