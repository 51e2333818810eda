// Whom a person blocks (V7), and how anything that is shown comes out of the settings: made anew whenever they change, and the
// same object until then. Each kind of setting has a prefix of its own.
import type { Observable } from '../observable.js';
import type { Settings, SettingValues } from './settings.js';

/** Those of one kind, by what stands behind the colon. */
export function* ofKind<T>(values: SettingValues, prefix: string): Generator<readonly [id: string, value: T]> {
  for (const [name, value] of values) if (name.startsWith(prefix)) yield [name.slice(prefix.length), value as T];
}

/** They are read when somebody looks. */
export function madeOf<T>(settings: Settings, make: (values: SettingValues) => T): Observable<T> {
  let made: { readonly of: SettingValues; readonly value: T } | null = null;
  return {
    getSnapshot: () => {
      const of = settings.values.getSnapshot();
      if (made?.of !== of) made = { of, value: make(of) };
      return made.value;
    },
    subscribe: (listener) => settings.values.subscribe(listener),
  };
}

/** Whom this person blocks. */
export function blockedOf(settings: Settings): Observable<ReadonlySet<string>> {
  return madeOf(settings, (values) => {
    return new Set([...ofKind(values, 'block:')].flatMap(([id, value]) => (value === true ? id : [])));
  });
}
