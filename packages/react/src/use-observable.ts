// The one way from what the SDK shows to a component: `useSyncExternalStore`, so that no component is ever shown another
// state than its neighbour, and none is rendered while nothing changes. On a server, and in the first render of a page that
// was rendered on one, nothing is known yet.
import type { Observable } from '@kith/sdk';
import { useCallback, useSyncExternalStore } from 'react';

/**
 * What an observable of the SDK shows now, and whenever it changes.
 * @param observable the same object until it is another one: it is subscribed to anew
 * @param nothing what is shown where there is none; the same object each time
 */
export function useObservable<T>(observable: Observable<T> | null | undefined, nothing: T): T {
  const subscribe = useCallback((listener: () => void) => observable?.subscribe(listener) ?? (() => {}), [observable]);
  return useSyncExternalStore(
    subscribe,
    () => (observable ? observable.getSnapshot() : nothing),
    () => nothing,
  );
}
