// The door of the SDK, named one by one.
export { Refusal } from './refusal.js';
