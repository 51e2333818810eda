import { LIMITS } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { hrefOf } from '../../../edge/hrefs.js';
import { messageOf, parsePayload } from './payload.js';

function shown(payload: object): string {
  return messageOf(parsePayload(JSON.stringify(payload)), { nameOf: () => null, hrefOf }).text;
}

function refused(payload: unknown): unknown {
  try {
    return messageOf(parsePayload(typeof payload === 'string' ? payload : JSON.stringify(payload)), {
      nameOf: () => null,
      hrefOf,
    });
  } catch (error) {
    return error;
  }
}

const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const plain = (text: string) => ({ type: 'plain_text', text });

describe('[A8] a payload of Slack’s', () => {
  test('has blocks that are the message, and text that stands in where they cannot be shown', () => {
    const blocks = [
      { type: 'header', text: plain('Build 7') },
      {
        type: 'section',
        text: mrkdwn('*passed* in <https://ci.example/7|12 s>'),
        fields: [mrkdwn('*By*\nAnn'), plain('main')],
      },
      { type: 'divider' },
      {
        type: 'context',
        elements: [{ type: 'image', image_url: 'https://x.example/a.png', alt_text: 'logo' }, mrkdwn('CI')],
      },
      { type: 'image', image_url: 'https://x.example/g.png', alt_text: 'a graph', title: plain('Times') },
      {
        type: 'actions',
        elements: [
          { type: 'button', text: plain('Open'), url: 'https://ci.example/7', action_id: 'a' },
          { type: 'button', text: plain('Approve'), action_id: 'b' },
        ],
      },
    ];
    expect(shown({ text: 'in a notice', blocks })).toBe(
      [
        '**Build 7**',
        '**passed** in 12 s (https://ci.example/7)',
        '**By**',
        'Ann',
        'main',
        '---',
        'logo (https://x.example/a.png) · CI',
        'Times: a graph (https://x.example/g.png)',
        'Open (https://ci.example/7)',
      ].join('\n'),
    );
    const unknown = [...blocks, { type: 'rich_text', elements: [] }];
    expect(shown({ text: 'instead', blocks: unknown })).toBe('instead');
    expect(refused({ blocks: unknown })).toMatchObject({ word: 'invalid_blocks', status: 400 });
  });

  test('has attachments that are quoted, with what they are called and where they lead', () => {
    const attachment = {
      ...{ fallback: 'told elsewhere', pretext: 'Look:', color: 'danger', title: 'Disk full' },
      ...{
        title_link: 'https://m.example/1',
        text: 'on *db1*',
        footer: 'Monitor',
        image_url: 'https://m.example/1.png',
      },
      fields: [
        { title: 'Used', value: 99, short: true },
        { title: 'Host', value: '<https://db1.example|db1>' },
      ],
    };
    expect(shown({ text: 'Alert', attachments: [attachment, { fallback: 'only this' }] })).toBe(
      [
        'Alert',
        '',
        'Look:',
        '> 🔴 **Disk full** (https://m.example/1)',
        '> on **db1**',
        '> **Used**: 99',
        '> **Host**: db1 (https://db1.example/)',
        '> image (https://m.example/1.png)',
        '> Monitor',
        '',
        'only this',
      ].join('\n'),
    );
  });

  test('leaves out the name and the picture of another, and another channel', () => {
    expect(
      shown({ text: 'x', username: 'Admin', icon_url: 'https://x.example', channel: '#ceo', thread_ts: '1' }),
    ).toBe('x');
  });

  test.each([
    ['no_text', {}],
    ['no_text', { text: ' \u202E ' }],
    ['no_text', { text: '', attachments: [{}] }],
    ['invalid_payload', 'not JSON'],
    ['invalid_payload', '[]'],
    ['invalid_payload', { text: 7 }],
    ['invalid_payload', '{"text":"a\\u0000"}'],
    ['invalid_payload', `{"text":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['invalid_blocks', { blocks: 'x' }],
    ['invalid_blocks', { blocks: [{ type: 'section' }] }],
    ['invalid_blocks', { blocks: Array(51).fill({ type: 'divider' }) }],
    ['invalid_blocks', { blocks: [{ type: 'header', text: 'x' }] }],
    ['invalid_attachments', { attachments: {} }],
    ['invalid_attachments', { attachments: [{ title: 7 }] }],
    ['too_many_attachments', { attachments: Array(101).fill({}) }],
  ])('is refused with %s: %j', (word, payload) => {
    expect(refused(payload)).toMatchObject({ word, status: 400 });
  });

  test('that is too long is cut, and says so', () => {
    const text = shown({ text: '😀'.repeat(10_000) });
    expect(text.length).toBeLessThanOrEqual(LIMITS.text);
    expect(text.isWellFormed()).toBe(true);
    expect(text).toMatch(/\n… \(cut: 20000 characters, of which a message takes 16000\)$/);
    expect(shown({ text: 'x'.repeat(LIMITS.text) })).toHaveLength(LIMITS.text);
  });
});
