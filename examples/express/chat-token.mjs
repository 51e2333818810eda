// Vouches for a person towards the chat: signs who they are, for a minute, with the app's private key, whose public half the
// owner of the workspace has handed in. KID and AUDIENCE are what the chat has answered to that.
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SignJWT } from 'jose';

const { CHAT_KEY_FILE = 'chat-key.pem', CHAT_KID = '', CHAT_AUDIENCE = '' } = process.env;
const key = createPrivateKey(readFileSync(CHAT_KEY_FILE));

/** @param {{ readonly id: string, readonly username: string, readonly name: string }} person */
export function signChatToken({ id, username, name }) {
  return new SignJWT({ username, name })
    .setProtectedHeader({ alg: 'ES256', kid: CHAT_KID })
    .setSubject(id)
    .setAudience(CHAT_AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key);
}
