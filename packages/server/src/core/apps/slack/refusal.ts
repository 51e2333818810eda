// A refusal as those who post to Slack's incoming webhooks know it: a word of Slack's and a status, nothing else.
export class SlackRefusal extends Error {
  override readonly name = 'SlackRefusal';
  readonly word: string;
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(word: string, status: number, retryAfterMs?: number) {
    super(word);
    this.word = word;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export function invalidPayload(): SlackRefusal {
  return new SlackRefusal('invalid_payload', 400);
}
