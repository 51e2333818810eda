// What the SDK needs of the place where it runs: time, randomness, sockets, HTTP, and news of the device. All of it comes in
// as an argument, so that the same modules run in a browser, in Node, in React Native and under a simulator's clock.
// `platform/` binds these to the globals that are there; no other file touches a global.

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since the Unix epoch. May jump, and may be hours wrong: nothing is ordered by it. */
  now(): number;
  /** Milliseconds from any start, never going back: for waits. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`, unless cancelled. */
  after(delayMs: number, task: () => void): Cancel;
}

export interface Random {
  /** At least 0, below 1. */
  fraction(): number;
  /** `size` unpredictable bytes. */
  bytes(size: number): Uint8Array;
}

/** The part of a WebSocket that is used. The platform's own fits. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export type OpenSocket = (url: string, subprotocol: string) => SocketLike;

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
  /** False only where the platform is sure that there is no network. */
  isOnline(): boolean;
  /** The network came back or changed, or the device woke up, or the page was shown again. */
  onWake(listener: () => void): Cancel;
  /** Whether anybody can see the app now; true where the platform doesn't say. */
  isVisible(): boolean;
}

/** Small texts that outlive the run: tokens, the name of the device. */
export interface KeyValueStore {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Runs one piece of work at a time under a name, among all tabs where the platform can. */
export type Exclusive = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export type Platform = {
  readonly clock: Clock;
  readonly random: Random;
  readonly openSocket: OpenSocket;
  readonly http: Http;
  readonly device: Device;
  readonly keyValues: KeyValueStore;
  readonly exclusive: Exclusive;
};
