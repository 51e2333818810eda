// A bot with a slash command in a workspace, over the API.
import type { Bot, NewBotToken, SignedIn } from '@kith/protocol';

/** @param route a method and a path below `/v1` */
export type Ask = <T>(token: string | null, route: string, body?: object) => Promise<T>;

export function askAt(url: string): Ask {
  return async <T>(token: string | null, route: string, body?: object) => {
    const [method = '', path = ''] = route.split(' ');
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}

/** `/deploy [version]`. @param owner of the workspace, by username. @returns the token of the program behind the bot */
export async function addSlashBot(ask: Ask, owner: string): Promise<string> {
  const { accessToken } = await ask<SignedIn>(null, 'POST /sessions', {
    username: owner,
    password: `${owner} walks in the rain`,
  });
  const bot = await ask<Bot>(accessToken, 'POST /bots', { username: 'shipper', displayName: 'Shipper' });
  const { token } = await ask<NewBotToken>(accessToken, `POST /bots/${bot.id}/tokens`, { name: 'a program' });
  await ask(accessToken, `PUT /bots/${bot.id}/commands/deploy`, {
    description: 'Brings a version to the servers',
    hint: '[version]',
    everywhere: true,
  });
  return token;
}
