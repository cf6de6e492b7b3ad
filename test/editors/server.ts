// yaml-language-server as an editor drives it: one child process, LSP over its standard streams; knows no schema.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface Underlined {
  readonly range: Range;
  readonly message: string;
}

type Message = {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
};

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** What an editor's settings say: validate, hover and complete, and ask no schema store. */
const settings: Readonly<Record<string, unknown>> = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false }, format: { enable: false } },
};

export class LanguageServer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers = new Map<number | string, Waiting>();
  readonly #underlined = new Map<string, (diagnostics: readonly Underlined[]) => void>();
  #buffer: Buffer = Buffer.alloc(0);
  #lastId = 0;
  #lastVersion = 0;

  constructor() {
    const program = createRequire(import.meta.url).resolve("yaml-language-server/bin/yaml-language-server");
    this.#child = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#child.on("exit", () => {
      for (const { reject } of this.#answers.values()) reject(new Error("the language server ended"));
    });
  }

  async start(folder: string): Promise<void> {
    const uri = pathToFileURL(folder).href;
    const capabilities = {
      textDocument: {
        hover: { contentFormat: ["markdown", "plaintext"] },
        completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown", "plaintext"] } },
        publishDiagnostics: {},
      },
      workspace: { configuration: true, workspaceFolders: true },
    };
    const workspaceFolders = [{ uri, name: "project" }];
    await this.#request("initialize", { processId: process.pid, rootUri: uri, capabilities, workspaceFolders });
    this.#send({ method: "initialized", params: {} });
    this.#send({ method: "workspace/didChangeConfiguration", params: { settings } });
  }

  /** Opens a file, or gives it a new text, and answers what is underlined in it. */
  async open(file: string, text: string): Promise<readonly Underlined[]> {
    const uri = pathToFileURL(file).href;
    const told = new Promise<readonly Underlined[]>((resolve) => this.#underlined.set(uri, resolve));
    const version = ++this.#lastVersion;
    this.#send({
      method: "textDocument/didOpen",
      params: { textDocument: { uri, languageId: "yaml", version, text } },
    });
    return await told;
  }

  close(file: string): void {
    const uri = pathToFileURL(file).href;
    this.#underlined.delete(uri);
    this.#send({ method: "textDocument/didClose", params: { textDocument: { uri } } });
  }

  /** What is offered at a place. */
  async complete(file: string, position: Position): Promise<readonly { readonly label: string }[]> {
    const answer = await this.#request("textDocument/completion", this.#at(file, position));
    const items = Array.isArray(answer) ? answer : ((answer as { items?: unknown } | null)?.items ?? []);
    return items as readonly { readonly label: string }[];
  }

  /** The text that is shown over a place; empty when there is none. */
  async hover(file: string, position: Position): Promise<string> {
    const answer = (await this.#request("textDocument/hover", this.#at(file, position))) as {
      readonly contents?: { readonly value?: string };
    } | null;
    return answer?.contents?.value ?? "";
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    await this.#request("shutdown", undefined);
    this.#send({ method: "exit" });
    this.#child.stdin.end();
    await ended;
  }

  #at(file: string, position: Position): object {
    return { textDocument: { uri: pathToFileURL(file).href }, position };
  }

  async #request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    return await answer;
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end === -1) return;
      const size = Number(/Content-Length: (\d+)/i.exec(this.#buffer.toString("latin1", 0, end))?.[1]);
      if (this.#buffer.length < end + 4 + size) return;
      const body = this.#buffer.toString("utf8", end + 4, end + 4 + size);
      this.#buffer = this.#buffer.subarray(end + 4 + size);
      this.#take(JSON.parse(body) as Message);
    }
  }

  #take({ id, method, params, result, error }: Message): void {
    if (method === undefined) {
      const waiting = this.#answers.get(id ?? "");
      this.#answers.delete(id ?? "");
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error.message));
    } else if (id !== undefined) {
      const items = (params as { items?: readonly { section?: string }[] } | undefined)?.items ?? [];
      const isSettings = method === "workspace/configuration";
      this.#send({ id, result: isSettings ? items.map(({ section }) => settings[section ?? ""] ?? null) : null });
    } else if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as { readonly uri: string; readonly diagnostics: readonly Underlined[] };
      this.#underlined.get(uri)?.(diagnostics);
    }
  }
}
