// A stream that is open: what the edge holds of it, and what presence and commands know it by.
import type { Stream } from '../chat.js';
import type { Principal } from '../principal.js';
import type { Route } from './route.js';
import type { RoutedStream } from './routed-stream.js';

export class OpenStream implements Stream {
  readonly id: string;
  readonly principal: Principal;
  readonly routed: RoutedStream;
  readonly #route: Route;
  readonly #close: (stream: OpenStream, route: Route) => void;
  #isClosed = false;

  constructor(
    principal: Principal,
    routed: RoutedStream,
    { route, close }: { readonly route: Route; readonly close: (stream: OpenStream, route: Route) => void },
  ) {
    this.id = routed.id;
    this.principal = principal;
    this.routed = routed;
    this.#route = route;
    this.#close = close;
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#close(this, this.#route);
  }
}
