// The one parser of network input against texts that nobody meant: golden frames with pieces changed, JSON of any shape, and
// plain noise. It gives a frame, a refusal with a code, or a FrameError, and nothing else: no other error, nothing that is not
// of the contract, and the same for the same text.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChatError, COMMAND_NAMES, FrameError, parseClientFrame, parseParams } from './index.js';

const SEED = Number(process.env.FUZZ_SEED ?? 20_263);
const RUNS = process.env.NIGHTLY === undefined ? 400 : 50_000;

const LONGEST_MS = 600_000;

type Vector = { readonly text: readonly unknown[] };

/** The golden frames, good and bad, of a length that a person could read. */
const GOLDEN = ['client-accepted', 'client-refused', 'client-closed'].flatMap((name) => {
  const vectors = JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as Vector[];
  return vectors
    .filter(({ text }) => text.every((part) => typeof part === 'string'))
    .map(({ text }) => text.join(''))
    .filter((text) => text.length < 2_000);
});

/** What has broken parsers before, ours or another's. Whoever finds one more adds it. */
const CORPUS: readonly string[] = [
  ...['', ' ', 'null', '[]', '{}', '"', '{', '{"type":', '{"type":null}', '{"type":"command"}', '\ufeff{}', '\0'],
  ...['{"type":"command","id":1e400,"name":"x"}', '{"type":"command","id":-0,"name":"message.send"}'],
  ...['{"type":"command","id":1,"name":"__proto__"}', '{"type":"command","id":1,"name":"toString"}'],
  ...['{"type":"signal","name":"constructor"}', '{"type":"hello","token":{"toString":"x"}}'],
  ...['{"type":"ping","type":"hello"}', '{"\\u0074ype":"ping"}', '{"type":"ping","__proto__":{"type":"hello"}}'],
  ...['[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[', '{"a":'.repeat(500), '"\\ud800"', '{"type":"auth","token":"\\udfff"}'],
  ...['{"type":"command","id":1,"name":"message.send","conversation":null,"key":[],"text":{}}'],
];

/** The outcome as text, so that it can be compared. @throws what is neither a refusal nor a FrameError */
function outcome(text: string): string {
  try {
    const frame = parseClientFrame(text);
    if (frame?.type === 'refused') expect(frame.error).toBeInstanceOf(ChatError);
    return JSON.stringify(frame);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return 'FrameError';
  }
}

const splinter = fc.oneof(
  fc.constantFrom(...CORPUS),
  fc.constantFrom('"', '\\', '}', ',', ':', '\u2028', '9'),
  fc.string(),
);
const mutant = fc
  .tuple(fc.constantFrom(...GOLDEN), fc.array(fc.tuple(fc.nat(2_000), fc.nat(8), splinter), { maxLength: 4 }))
  .map(([text, changes]) =>
    changes.reduce((now, [at, gone, piece]) => {
      const from = at % (now.length + 1);
      return now.slice(0, from) + piece.slice(0, 200) + now.slice(from + gone);
    }, text),
  );
const shaped = fc
  .record({
    type: fc.constantFrom('command', 'signal', 'hello', 'auth', 'ping', 'x'),
    name: fc.constantFrom(...COMMAND_NAMES),
  })
  .chain((base) =>
    fc.dictionary(fc.string(), fc.jsonValue()).map((more) => JSON.stringify({ id: 1, ...more, ...base })),
  );

describe('the codec', () => {
  test.each(CORPUS)('gives an answer of the contract to %j', (text) => {
    expect(outcome(text)).toBe(outcome(text));
  });

  test(
    `gives one to whatever a golden frame can become, the same each time (FUZZ_SEED=${SEED})`,
    () => {
      const property = fc.property(fc.oneof(mutant, shaped, fc.json(), fc.string({ unit: 'binary' })), (text) => {
        expect(outcome(text)).toBe(outcome(text));
      });
      fc.assert(property, { numRuns: RUNS, seed: SEED });
    },
    LONGEST_MS,
  );

  test(
    `takes params or refuses them with a code, whatever they are (FUZZ_SEED=${SEED})`,
    () => {
      const property = fc.property(fc.constantFrom(...COMMAND_NAMES), fc.jsonValue(), (name, value) => {
        try {
          expect(parseParams(name, value)).toBeTypeOf('object');
        } catch (error) {
          expect(error).toBeInstanceOf(ChatError);
        }
      });
      fc.assert(property, { numRuns: RUNS, seed: SEED });
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
    LONGEST_MS,
  );
});
