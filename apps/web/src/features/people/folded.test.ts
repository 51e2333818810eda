import { describe, expect, it } from 'vitest';
import { isFolded } from './folded.js';

type Asked = Parameters<typeof isFolded>;

const message = (author: string) => ({ conversation: 'walks', author }) as Asked[1];
const person = (kind: string) =>
  ({
    conversation: () => ({ getSnapshot: () => ({ kind }) }),
    blocked: { getSnapshot: () => new Set(['ben']) },
  }) as unknown as Asked[0];

describe('what somebody wrote whom the person blocks', () => {
  it('is folded among others, and neither read out nor told in a notice; it is not from one to one', () => {
    expect(isFolded(person('group'), message('ben'))).toBe(true);
    expect(isFolded(person('group'), message('cem'))).toBe(false);
    expect(isFolded(person('direct'), message('ben'))).toBe(false);
  });
});
