// A wait for what an observable of the SDK shows.
import type { Observable } from '@kith/sdk';

const WAIT_MS = 60_000;

/** The first value that `isWanted` takes. @throws Error where none comes within a minute */
export function until<T, W extends T>(observable: Observable<T>, isWanted: (value: T) => value is W): Promise<W>;
export function until<T>(observable: Observable<T>, isWanted: (value: T) => boolean): Promise<T>;
export function until<T>(observable: Observable<T>, isWanted: (value: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    let end: () => void = () => {};
    const timer = setTimeout(() => {
      end();
      reject(new Error('the SDK did not show in time what was waited for'));
    }, WAIT_MS);
    const look = () => {
      const value = observable.getSnapshot();
      if (!isWanted(value)) return;
      clearTimeout(timer);
      end();
      resolve(value);
    };
    end = observable.subscribe(look);
    look();
  });
}
