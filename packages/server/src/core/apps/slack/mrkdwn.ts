// Slack's mrkdwn made into what our messages show: text with a plain subset of Markdown. Whoever reads it sees where a link
// leads, whatever it is called, and nothing changes the direction in which text runs. Rule A9 of docs/protocol/v1.md.

export type Lookups = {
  /** How a person is called; null where nobody is there of that id. */
  readonly nameOf: (user: string) => string | null;
  /** Where a link leads, as it is looked up: `xn--` for names in other scripts; null for what people should not follow. */
  readonly hrefOf: (url: string) => string | null;
};

/** Whom a text speaks to, as it is gathered on the way. */
export type Spoken = Lookups & {
  readonly users: Set<string>;
  isToAll: boolean;
};

/** They stand for what is put in later; nobody's text keeps them. */
const [OPEN, CLOSE] = ['\u{E000}', '\u{E001}'];
/** What would hide text, or let it run in another direction than it is read. */
const DECEIVING = /[\u202A-\u202E\u2066-\u2069\u200B\u2060\uFEFF\u{E000}\u{E001}]|(?![\t\n])\p{Cc}/gu;
const CODE = /```[\s\S]*?```|`[^`\n]+`/g;
const TOKEN = /<([^<>\n]{1,3000})>/g;
const BEFORE = String.raw`(?<![\p{L}\p{N}*~\\])`;
const AFTER = String.raw`(?![\p{L}\p{N}*~])`;
const BOLD = new RegExp(String.raw`${BEFORE}\*(?=[^\s*])([^*\n]{0,2000}[^\s*])\*${AFTER}`, 'gu');
const STRUCK = new RegExp(String.raw`${BEFORE}~(?=[^\s~])([^~\n]{0,2000}[^\s~])~${AFTER}`, 'gu');
const USER = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Every person that a text may name, before their names are known. */
export function usersNamed(text: string): readonly string[] {
  return [...text.matchAll(/<@([0-9a-fA-F-]{36})(?:\|[^<>]*)?>/g)].map(([, id = '']) => id.toLowerCase());
}

export function fromMrkdwn(text: string, spoken: Spoken): string {
  const kept: string[] = [];
  const keep = (shown: string) => {
    kept.push(shown);
    return `${OPEN}${kept.length - 1}${CLOSE}`;
  };
  const shown = clean(text)
    .replace(CODE, (code) => keep(unescaped(code.replace(TOKEN, (_, inner: string) => tokenAsText(inner, spoken)))))
    .replace(TOKEN, (_, inner: string) => keep(tokenShown(inner, spoken)))
    .replace(BOLD, '**$1**')
    .replace(STRUCK, '~~$1~~');
  return unescaped(shown).replace(/\u{E000}(\d+)\u{E001}/gu, (_, index: string) => kept[Number(index)] ?? '');
}

/** Text that is taken as it stands, such as Slack's `plain_text`. */
export function fromPlain(text: string): string {
  return clean(text);
}

/** A link that says where it leads. */
export function linkShown(url: string, label: string, { hrefOf }: Lookups): string {
  const target = clean(url).trim();
  const name = clean(label).replace(/\s+/g, ' ').trim();
  const href = bracketless(hrefOf(target) ?? target);
  const isSame = name === '' || plainAddress(name) === plainAddress(target);
  return isSame ? href : `${name} (${href})`;
}

/** Markdown has links that hide where they lead: no text that comes from outside makes one. */
export function withoutHiddenLinks(text: string): string {
  return text.replace(/\](?=[([:])/g, '] ');
}

function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(DECEIVING, '');
}

function unescaped(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: string) => (name === 'lt' ? '<' : name === 'gt' ? '>' : '&'));
}

function tokenShown(inner: string, spoken: Spoken): string {
  const [target = '', label] = split(inner);
  if (inner.startsWith('!')) return commandShown(target.slice(1), label, spoken);
  if (inner.startsWith('@')) return personShown(target.slice(1), label, spoken);
  if (inner.startsWith('#')) return `#${label ?? target.slice(1)}`;
  const url = unescaped(target);
  return spoken.hrefOf(url) === null ? unescaped(`<${inner}>`) : linkShown(url, unescaped(label ?? ''), spoken);
}

function tokenAsText(inner: string, spoken: Spoken): string {
  const [target = '', label] = split(inner);
  const url = unescaped(target);
  return spoken.hrefOf(url) === null ? `<${inner}>` : linkShown(url, unescaped(label ?? ''), spoken);
}

function split(inner: string): readonly [string, string | undefined] {
  const at = inner.indexOf('|');
  return at === -1 ? [inner, undefined] : [inner.slice(0, at), inner.slice(at + 1)];
}

function commandShown(command: string, label: string | undefined, spoken: Spoken): string {
  if (command === 'here' || command === 'channel' || command === 'everyone') {
    spoken.isToAll = true;
    return `@${command}`;
  }
  const [name] = command.split('^');
  if (name === 'date' || name === 'subteam') return unescaped(label ?? '');
  return unescaped(label ?? `<!${command}>`);
}

function personShown(id: string, label: string | undefined, spoken: Spoken): string {
  const name = USER.test(id) ? spoken.nameOf(id.toLowerCase()) : null;
  if (name === null) return `@${unescaped(label ?? id)}`;
  spoken.users.add(id.toLowerCase());
  return `@${name}`;
}

/** What stands in brackets ends where it seems to. */
function bracketless(url: string): string {
  return url.replace(/[()[\]\s<>]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function plainAddress(text: string): string {
  return text
    .toLowerCase()
    .replace(/^(?:https?:\/\/|mailto:|tel:)/, '')
    .replace(/\/$/, '');
}
