// Registers the service worker where the browser lets a page have one (https, or this machine), and says when another build
// waits to take over. The address of its script is the only thing that this page ever hands to the browser as code.
import { create } from 'zustand';

type Update = { readonly waiting: ServiceWorker | null };
type Policies = {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
};

const SCRIPT = '/sw.js';
const POLICY = 'kith';
/** How often a page that stays open asks for another build. */
const AGAIN_MS = 60 * 60_000;

export const useUpdate = create<Update>(() => ({ waiting: null }));

/** Loads the page anew with the build that waits. */
export function update(): void {
  const { waiting } = useUpdate.getState();
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting?.postMessage('take over');
}

export async function register(): Promise<void> {
  if (!isSecureContext || !('serviceWorker' in navigator) || import.meta.env.DEV) return;
  try {
    const registration = await navigator.serviceWorker.register(trusted(SCRIPT));
    if (registration.waiting && navigator.serviceWorker.controller)
      useUpdate.setState({ waiting: registration.waiting });
    registration.addEventListener('updatefound', () => follow(registration));
    setInterval(() => void registration.update().catch(() => {}), AGAIN_MS);
  } catch {
    // Without one the page works all the same, as long as there is a network.
  }
}

function follow({ installing }: ServiceWorkerRegistration): void {
  installing?.addEventListener('statechange', () => {
    if (installing.state === 'installed' && navigator.serviceWorker.controller)
      useUpdate.setState({ waiting: installing });
  });
}

function trusted(url: string): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: Policies };
  if (!trustedTypes) return url;
  const createScriptURL = (wanted: string) => {
    if (wanted !== SCRIPT) throw new TypeError('no other script is loaded by its address');
    return wanted;
  };
  return trustedTypes.createPolicy(POLICY, { createScriptURL }).createScriptURL(url);
}
