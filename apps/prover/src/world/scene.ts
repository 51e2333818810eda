// What a step of a plan is given: the more it is about, the more of it is there.
import type { Person } from '@kith/sdk';
import type { Step } from '../plan.js';
import type { Device } from './device.js';
import type { Tab } from './tab.js';
import type { World } from './world.js';

type Scene = { readonly world: World; readonly step: Step };
export type AtDevice = Scene & { readonly device: Device };
export type AtTab = AtDevice & { readonly tab: Tab; readonly person: Person };
export type InConversation = AtTab & { readonly conversation: string; readonly head: number; readonly whom: string };
