// The one door to typebox, whose 683 files took 0.6 of the 1.2 s that the server needs to load: the build writes this module
// once more, as one file with all of it (scripts/setup/one-file.mjs).
export { type Static, type TSchema, Type } from 'typebox';
export { Compile } from 'typebox/compile';
