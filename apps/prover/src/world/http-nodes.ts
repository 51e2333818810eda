// The HTTP side of each node that was asked over it, and the node to which a balancer sends what a device asks: the same one as
// long as it is there (F12).
import type { ClusterNode } from '@kith/testkit/cluster/cluster';
import { CoreHttp, type CoreHttpParts } from '@kith/testkit/cluster/core-http';
import type { Device } from './device.js';

type HttpNodesParts = Omit<CoreHttpParts, 'node'> & { readonly someNode: () => ClusterNode | null };

export class HttpNodes {
  readonly #parts: HttpNodesParts;
  readonly #known = new Map<ClusterNode, CoreHttp>();
  readonly #chosen = new Map<Device, ClusterNode>();

  constructor(parts: HttpNodesParts) {
    this.#parts = parts;
  }

  /** Null where there is no node. */
  of(device: Device): CoreHttp | null {
    const before = this.#chosen.get(device);
    const node = before?.isAlive ? before : this.#parts.someNode();
    if (node === null) return null;
    this.#chosen.set(device, node);
    const http = this.#known.get(node) ?? new CoreHttp({ ...this.#parts, node });
    this.#known.set(node, http);
    return http;
  }

  drain(node: ClusterNode, afterMs: number): void {
    this.#known.get(node)?.drain(afterMs);
  }

  gone(node: ClusterNode): void {
    this.#known.delete(node);
  }
}
