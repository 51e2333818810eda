// What the SDK needs of the place where it runs: time, randomness, sockets, HTTP, and news of the device. All of it comes in
// as an argument, so that the same modules run in a browser, in Node, in React Native and under a simulator's clock.
// `platform/` binds these to the globals that are there; no other file touches a global.

/** Ends what it was given for. */
export type Cancel = () => void;

/** Time: of the wall, for showing, and of a stop watch, for waiting. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump, and may be hours wrong: nothing is ordered by it. */
  now(): number;
  /** Milliseconds from any start, never going back: for waits. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`, unless cancelled. */
  after(delayMs: number, task: () => void): Cancel;
}

/** Randomness: fractions to spread waits, bytes for keys. */
export interface Random {
  /** At least 0, below 1. */
  fraction(): number;
  /** `size` unpredictable bytes. */
  bytes(size: number): Uint8Array;
}

/** The part of a WebSocket that is used. The platform's own fits. */
export interface SocketLike {
  /** It can be sent through now. */
  onopen: (() => void) | null;
  /** A text has come. */
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  /** It is over, with the code that the other side gave, or 1006. */
  onclose: ((event: { readonly code: number }) => void) | null;
  /** It broke; `onclose` follows. */
  onerror: (() => void) | null;
  /** Only after `onopen`. */
  send(text: string): void;
  /** `onclose` follows. */
  close(code?: number): void;
}

/** Begins a WebSocket. Throws where there can be none; another way to the server is tried then. */
export type OpenSocket = (url: string, subprotocol: string) => SocketLike;

/** One request, to be made as it is. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The whole address. */
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
  /** The body is wanted as it comes; else `text` alone is asked for. */
  readonly isStream?: boolean;
  readonly signal: AbortSignal;
};

/** An answer of any status. */
export type HttpAnswer = {
  readonly status: number;
  /** The whole body. */
  text(): Promise<string>;
  /** The body as it comes, where that was asked for; null where the platform can't give it so. */
  readonly stream: AsyncIterable<Uint8Array> | null;
};

/** Rejects where nothing came back. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** News of the device. Each listener is told at once when it may be worth to connect, or to give up waiting. */
export interface Device {
  /** The network came back, changed or went, or the device woke up, or the page was shown again. */
  onWake(listener: () => void): Cancel;
}

/** Small texts that outlive the run: tokens, the name of the device. */
export interface KeyValueStore {
  /** Null where nothing is kept under the name. */
  get(name: string): Promise<string | null>;
  /** Takes the place of what was there. */
  set(name: string, value: string): Promise<void>;
  /** Also where nothing is there. */
  remove(name: string): Promise<void>;
}

/** Runs one piece of work at a time under a name, among all tabs where the platform can. */
export type Exclusive = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** All that the SDK takes from the place where it runs. */
export type Platform = {
  readonly clock: Clock;
  readonly random: Random;
  readonly openSocket: OpenSocket;
  readonly http: Http;
  readonly device: Device;
  readonly keyValues: KeyValueStore;
  readonly exclusive: Exclusive;
};
