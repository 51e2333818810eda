// The clock of guests: every few seconds those whose time is over are deactivated (I8 of docs/protocol/v1.md). Every node does
// it, and of several at once each account is deactivated once.
import type { Cancel, Clock } from '../clock.js';
import type { Telemetry } from '../telemetry.js';
import type { WorkspacePeople } from './workspace-people.js';

const LOOK_MS = 5_000;

export type GuestTimesPorts = {
  readonly people: Pick<WorkspacePeople, 'deactivateExpired'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

export class GuestTimes {
  readonly #ports: GuestTimesPorts;
  #timer: Cancel | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(ports: GuestTimesPorts) {
    this.#ports = ports;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#timer = this.#ports.clock.after(LOOK_MS, () => {
      this.#looking = this.#look().finally(() => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { people, telemetry } = this.#ports;
    try {
      const count = await people.deactivateExpired();
      if (count > 0) telemetry.info('guests whose time was over were deactivated', { count });
    } catch (error) {
      // The store is gone: the next look finds them.
      telemetry.warn('guests whose time may be over were not looked for', { reason: String(error) });
    }
  }
}
