/** Every screen and state of the page that somebody signed in to a demonstration can show, and how each is come to. */
import type { Page } from 'playwright-core';
import type { Person } from './person.js';

export const HEIGHT = 800;
const GROUP = 'Launch team 🚀';

export type Screen = readonly [name: string, show: (ada: Person) => Promise<void>];

/** What opens from the settings, by its button. */
const SETTINGS = ['Profile', 'Appearance', 'Notifications', 'Privacy', 'Devices', 'Workspace', 'Report a problem'];
/** What opens from the menu of a message. */
const OF_MESSAGE = ['Delete for me', 'Delete for everyone', 'Forward', 'Remind me', 'Answer in a thread'];

export const wide = (page: Page) => page.setViewportSize({ width: 1440, height: HEIGHT });
const home = async ({ page }: Person): Promise<void> => {
  await wide(page);
  await page.goto(new URL('/', page.url()).href);
  await page.reload();
  await page.locator('.conversations .row').first().waitFor();
};
export const inGroup = async (ada: Person, title = GROUP): Promise<void> => {
  await home(ada);
  await ada.open(title);
  await ada.page.locator('.conversation .message').first().waitFor();
};
/** The group, where nothing is written yet. */
const atComposer = async (ada: Person) => {
  await inGroup(ada);
  const field = ada.page.getByRole('textbox', { name: 'Message' });
  await field.fill('');
  return field;
};
const lastOwn = async (ada: Person) => {
  await inGroup(ada);
  await ada.write('Shall we go on Sunday?');
  const message = ada.message('Shall we go on Sunday?').last();
  await message.getByLabel(/Sent|Delivered/).waitFor();
  return message;
};

export const SCREENS: readonly Screen[] = [
  ['list', home],
  ['conversation', (ada) => inGroup(ada)],
  ['conversation-code', (ada) => inGroup(ada, 'Engineering')],
  ['conversation-right-to-left', (ada) => inGroup(ada, 'فريق الترجمة')],
  ['conversation-direct', (ada) => inGroup(ada, 'Mei Lin 林美')],
  ['conversation-announcements', (ada) => inGroup(ada, 'Announcements')],
  [
    'conversation-long-name',
    (ada) => inGroup(ada, 'The group with a name that is far too long for any list, and yet is a name'),
  ],
  [
    'details-group',
    async (ada) => {
      await inGroup(ada);
      await ada.button('Details').click();
      await ada.page.getByText('Members', { exact: false }).first().waitFor();
    },
  ],
  [
    'details-person',
    async (ada) => {
      await inGroup(ada, 'Mei Lin 林美');
      await ada.button('Details').click();
      await ada.page.getByLabel('Note to yourself').waitFor();
    },
  ],
  [
    'pins',
    async (ada) => {
      await inGroup(ada, 'General');
      await ada.button('Pinned messages').click();
      await ada.page.locator('.panel .shown-row').first().waitFor();
    },
  ],
  [
    'threads',
    async (ada) => {
      await home(ada);
      await ada.button('Threads').click();
      await ada.page.locator('.panel .shown-row').first().waitFor();
    },
  ],
  [
    'search',
    async (ada) => {
      await home(ada);
      await ada.button('Search').click();
      await ada.page.getByRole('searchbox', { name: 'Words of a message' }).fill('the');
      await ada.page.getByRole('list', { name: 'Found messages' }).getByRole('listitem').first().waitFor();
    },
  ],
  [
    'search-nothing',
    async (ada) => {
      await home(ada);
      await ada.button('Search').click();
      await ada.page.getByRole('searchbox', { name: 'Words of a message' }).fill('zzzzqqq');
      await ada.page.getByText('No message says that.').waitFor();
    },
  ],
  [
    'switcher',
    async (ada) => {
      await home(ada);
      await ada.page.keyboard.press('Control+k');
      await ada.page.getByRole('dialog').getByRole('option').first().waitFor();
    },
  ],
  [
    'switcher-found',
    async (ada) => {
      await home(ada);
      await ada.page.keyboard.press('Control+k');
      await ada.page.getByRole('dialog').getByRole('combobox').fill('des');
      await ada.page.getByRole('dialog').getByRole('option', { name: 'Search messages for' }).waitFor();
      await ada.page.getByRole('dialog').locator('mark').first().waitFor();
    },
  ],
  [
    'shortcuts',
    async (ada) => {
      await home(ada);
      await ada.page.keyboard.press('Control+/');
      await ada.page.getByRole('dialog').waitFor();
    },
  ],
  [
    'new-conversation',
    async (ada) => {
      await home(ada);
      await ada.button('New conversation').click();
      await ada.page.getByRole('dialog').getByRole('searchbox').fill('a');
      await ada.page.getByRole('dialog').getByRole('listitem').first().waitFor();
    },
  ],
  [
    'channels',
    async (ada) => {
      await home(ada);
      await ada.button('Channels').click();
      await ada.page.getByRole('dialog').getByRole('listitem').first().waitFor();
    },
  ],
  ...SETTINGS.map(
    (tab): Screen => [
      `settings-${tab.toLowerCase().replaceAll(' ', '-')}`,
      async (ada) => {
        await home(ada);
        await ada.button('Settings').click();
        await ada.page.getByRole('dialog').getByRole('button', { name: tab, exact: true }).click();
        await ada.page.waitForLoadState('networkidle');
      },
    ],
  ),
  [
    'poll-dialog',
    async (ada) => {
      await inGroup(ada);
      await ada.button('Ask in a poll').click();
      await ada.page.getByLabel('Question').fill('Where to?');
    },
  ],
  [
    'poll',
    async (ada) => {
      await inGroup(ada);
      await ada.button('Ask in a poll').click();
      const dialog = ada.page.getByRole('dialog');
      await dialog.getByLabel('Question').fill('Where to on Sunday?');
      await dialog.getByLabel('Option 1', { exact: true }).fill('The mill');
      await dialog.getByLabel('Option 2', { exact: true }).fill('The lake, if it does not rain');
      await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
      await ada.page.getByRole('log').getByRole('button', { name: 'The mill, 0 votes' }).last().click();
      await ada.page.getByRole('log').getByRole('button', { name: 'The mill, 1 vote' }).last().waitFor();
    },
  ],
  [
    'poll-voters',
    async (ada) => {
      await inGroup(ada);
      await ada.page.getByRole('log').press('End');
      await ada.button('Who chose what').last().click();
      await ada.page.getByRole('dialog').waitFor();
    },
  ],
  [
    'message-menu',
    async (ada) => {
      const message = await lastOwn(ada);
      await message.hover();
      await message.getByRole('button', { name: 'What to do with this message' }).click();
    },
  ],
  ...OF_MESSAGE.map(
    (action): Screen => [
      `message-${action.toLowerCase().replaceAll(' ', '-')}`,
      async (ada) => {
        await ada.choose(await lastOwn(ada), action);
        await ada.page.locator('dialog[open], .panel').first().waitFor();
      },
    ],
  ),
  [
    'message-reply',
    async (ada) => {
      const message = await lastOwn(ada);
      await message.hover();
      await message.getByRole('button', { name: 'Reply to this message' }).click();
    },
  ],
  [
    'message-edit',
    async (ada) => {
      await ada.choose(await lastOwn(ada), 'Edit');
    },
  ],
  [
    'message-history',
    async (ada) => {
      const message = await lastOwn(ada);
      await ada.edit(message, 'Shall we go on Saturday?');
      await ada.page.getByRole('button', { name: 'edited' }).last().click();
      await ada.page.getByRole('dialog').waitFor();
    },
  ],
  [
    'select-messages',
    async (ada) => {
      await ada.choose(await lastOwn(ada), 'Select messages');
    },
  ],
  [
    'another-date',
    async (ada) => {
      await inGroup(ada);
      const monthAgo = new Date(Date.now() - 30 * 86_400_000);
      await ada.page.locator('.day button').last().click();
      await ada.page.getByLabel('Day', { exact: true }).fill(monthAgo.toISOString().slice(0, 10));
      await ada.button('Go there').click();
      const then = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' }).format(monthAgo);
      await ada.page.locator('.row-of-log .day button').filter({ hasText: then }).first().waitFor();
      await ada.page.locator('.row-of-log .day button').filter({ hasText: then }).last().click();
      await ada.page.getByRole('dialog').waitFor();
    },
  ],
  [
    'emoji',
    async (ada) => {
      await inGroup(ada);
      await ada.button('Emoji').click();
      await ada.page.getByRole('gridcell').first().waitFor();
    },
  ],
  [
    'formatting',
    async (ada) => {
      await (await atComposer(ada)).fill('**Bold** and `code`\n\n- one\n- two');
      await ada.button('Formatting').click();
    },
  ],
  [
    'mention',
    async (ada) => {
      await (await atComposer(ada)).pressSequentially('Hello @');
      await ada.page.getByRole('listbox').waitFor();
    },
  ],
  [
    'slash-commands',
    async (ada) => {
      await (await atComposer(ada)).pressSequentially('/');
      await ada.page.getByRole('option', { name: '/deploy [version]' }).waitFor();
    },
  ],
  [
    'schedule',
    async (ada) => {
      await (await atComposer(ada)).fill('Good morning');
      await ada.button('Send later').click();
      await ada.page.getByRole('dialog').waitFor();
    },
  ],
  [
    'scheduled',
    async (ada) => {
      await (await atComposer(ada)).fill('Good morning');
      await ada.button('Send later').click();
      await ada.page.getByRole('dialog').getByRole('button').nth(1).click();
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      await ada.page.keyboard.press('Control+k');
      await ada.page.getByRole('combobox').fill('Scheduled');
      await ada.page.keyboard.press('Enter');
      await ada.page.getByRole('dialog', { name: 'Scheduled' }).waitFor();
    },
  ],
  [
    'invite-link',
    async (ada) => {
      await inGroup(ada);
      await ada.button('Details').click();
      await ada.button('Invite by link').click();
      await ada.page.getByRole('img', { name: 'QR code of the link' }).scrollIntoViewIfNeeded();
    },
  ],
  [
    'retention-asked',
    async (ada) => {
      await inGroup(ada);
      await ada.button('Details').click();
      await ada.page.getByLabel('Messages are kept').selectOption({ label: '30 days' });
      await ada.page.getByRole('dialog').waitFor();
    },
  ],
  [
    'not-here',
    async (ada) => {
      await home(ada);
      await ada.page.goto(new URL('/#/c/01234567-89ab-7def-8123-456789abcdef', ada.page.url()).href);
      await ada.page.getByText('This conversation is not here').waitFor();
    },
  ],
  [
    'not-found',
    async (ada) => {
      await ada.page.goto(new URL('/nowhere', ada.page.url()).href);
      await ada.page.getByText('There is no such page').waitFor();
    },
  ],
];
