// The invitation by which somebody has come here: `/join#<code>`. Whoever is not signed in is told who invites them and where
// to; once somebody is signed in, they join. The code is taken out of the address, so that no reload accepts it again.
import { type Chat, type Person, Refusal } from '@kith/sdk';
import { openDialog } from './dialog.js';
import { el, setText } from './element.js';

const PATH = '/join';
const OVER = 'This invitation is over, or there is no such invitation.';

/** The link of an invitation to this very page. */
export function linkOf(code: string): string {
  return `${location.origin}${PATH}#${code}`;
}

export class Invitation {
  readonly code: string;
  /** Who invites, and where to. */
  readonly element = el('p', { class: 'hint invitation', role: 'status' }, 'Looking at the invitation…');
  #isAccepted = false;

  private constructor(chat: Chat, code: string) {
    this.code = code;
    void this.#describe(chat);
  }

  /** Null where the address is none of an invitation. */
  static ofLocation(chat: Chat): Invitation | null {
    const code = location.hash.slice(1);
    if (location.pathname !== PATH || code === '') return null;
    return new Invitation(chat, code);
  }

  /** Once, by whoever is signed in first. @param then shows the conversation */
  async accept(person: Person, then: (conversation: string) => void): Promise<void> {
    if (this.#isAccepted) return;
    this.#isAccepted = true;
    history.replaceState(null, '', '/');
    try {
      await connected(person);
      then(await person.acceptInvite(this.code));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const dialog = openDialog('Invitation');
      dialog.body.append(el('p', {}, wordsOf(error)));
    }
  }

  async #describe(chat: Chat): Promise<void> {
    try {
      const { kind, name, inviter } = await chat.readInvite(this.code);
      const place = kind === 'workspace' ? 'this place' : (name ?? 'a group');
      this.element.replaceChildren(
        el('bdi', {}, inviter.name),
        ' invites you to ',
        el('bdi', {}, place),
        '. Create an account to come in, or sign in.',
      );
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setText(this.element, wordsOf(error));
    }
  }
}

/** Waits for the connection: what is asked before it is refused at once. */
function connected(person: Person): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (person.connection.getSnapshot().kind !== 'open') return;
      end();
      resolve();
    };
    const end = person.connection.subscribe(look);
    look();
  });
}

function wordsOf({ code, message }: Refusal): string {
  switch (code) {
    case 'not_found':
      return OVER;
    case 'unavailable':
      return 'The server does not answer. Please open the link again.';
    default:
      return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  }
}
