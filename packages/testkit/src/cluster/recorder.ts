// A stream that writes down every frame it gets, for tests that look at what goes over the wire.
import type { CloseReason, ServerFrame } from '@kith/protocol';
import type { Outgoing, OutgoingEntry, Sink } from '@kith/server/core/live/sink';

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { readonly type: T }>;
type SignalOf<N extends string> = Extract<ServerFrame, { readonly type: 'signal'; readonly name: N }>;

export class Recorder implements Sink {
  readonly frames: ServerFrame[] = [];
  closed: CloseReason | null = null;

  send(frame: Outgoing): void {
    this.frames.push(JSON.parse(frame.text) as ServerFrame);
  }

  signal(frame: Outgoing): void {
    this.send(frame);
  }

  deliver(entry: OutgoingEntry): void {
    this.send(entry);
  }

  close(reason: CloseReason): void {
    this.closed ??= reason;
  }

  of<T extends ServerFrame['type']>(type: T): readonly FrameOf<T>[] {
    return this.frames.filter((frame): frame is FrameOf<T> => frame.type === type);
  }

  signals<N extends 'typing' | 'marks' | 'presence' | 'user'>(name: N): readonly SignalOf<N>[] {
    return this.of('signal').filter((frame): frame is SignalOf<N> => frame.name === name);
  }

  /** Forgets what came so far. */
  clear(): void {
    this.frames.length = 0;
  }
}
