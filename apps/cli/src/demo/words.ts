// What the people of a demonstration say: sentences in several scripts, and what strains a page (very long words, code, lists).

export const OPENERS = [
  'Quick update:',
  'Morning!',
  'For the record:',
  'Heads up:',
  'Question:',
  'Small win:',
  'Following up on yesterday:',
  'One thing I noticed:',
  '',
  '',
  '',
  '',
  '',
] as const;

export const SUBJECTS = [
  'the release',
  'the new onboarding page',
  'the search index',
  'the invoice from the printer',
  'the office plants',
  'the design review',
  'the migration',
  'the customer in Lisbon',
  'the Thursday workshop',
  'the error rate',
  'the second prototype',
  'the budget for spring',
  'the translation into Arabic',
  'the backup drill',
  'the menu for Friday',
  'the accessibility report',
  'the train strike',
  'the test on the old phone',
] as const;

export const VERBS = [
  'is done',
  'needs another look',
  'went better than we thought',
  'is waiting for a review',
  'broke again, but only on slow networks',
  'is on the agenda for tomorrow',
  'will take two more days',
  'made everyone laugh',
  'is cheaper than the old one',
  'should not be touched before noon',
  'finally has an owner',
  'was moved to next week',
] as const;

export const TAILS = [
  'Thanks to everyone who helped.',
  'I can take it if nobody else wants it.',
  'Notes are in the document.',
  'Let me know what you think.',
  'No hurry.',
  'Can somebody check my numbers?',
  'I would rather do it properly once.',
  'We measured it twice.',
  'More after lunch.',
  '',
  '',
  '',
  '',
] as const;

export const SHORT = [
  'Yes.',
  'No, not yet.',
  'Looks good to me',
  'On it',
  'Same here',
  'Ha, exactly',
  'Can you say more?',
  'Let’s talk about it tomorrow',
  'Thank you!',
  'Agreed',
  'I’ll have a look after the call',
  'Why not both?',
  'Give me ten minutes',
  'Done',
  'Nice catch',
  'Hm. I’m not sure that is right.',
] as const;

/** Arabic, Hebrew, Persian and Urdu; some with Latin words and numbers within, where direction is hardest. */
export const RIGHT_TO_LEFT = [
  'صباح الخير جميعًا، هل انتهينا من مراجعة التصميم؟',
  'شكرًا جزيلًا، سأرسل الملف بعد الظهر.',
  'النسخة 2.4 تعمل على Android ولكن ليس على الهاتف القديم.',
  'اجتماع الغد في الساعة 10:30، لا تنسوا التقرير.',
  'בוקר טוב! העליתי את הגרסה החדשה לשרת.',
  'מישהו יכול לבדוק את ה־pull request שלי? זה רק 12 שורות.',
  'תודה, נדבר מחר.',
  'سلام، ترجمه صفحه اول تمام شد.',
  'کیا کوئی مجھے رپورٹ بھیج سکتا ہے؟',
] as const;

export const OTHER_SCRIPTS = [
  'おはようございます。今日のレビューは15時からです。',
  '好的，我明天把报告发给大家。',
  'Доброе утро! Сборка прошла с первого раза.',
  'Καλημέρα σε όλους, ο καφές είναι έτοιμος.',
  'नमस्ते, बैठक का समय बदल गया है।',
  '안녕하세요, 새 디자인이 정말 마음에 들어요.',
  'Grüß euch! Die Überprüfung läuft, Ergebnisse gegen fünf.',
  'สวัสดีครับ เอกสารพร้อมแล้ว',
  'Zażółć gęślą jaźń: nasz test znaków przeszedł.',
] as const;

export const EMOJI_ONLY = ['👍', '🎉🎉🎉', '😂', '❤️', '👩🏽‍💻', '🏳️‍🌈 🚀', '☕', '🙈', '👀', '🫠', '🥳✨'] as const;

export const REACTIONS = ['👍', '🎉', '❤️', '😂', '👀', '🚀', '🙏', '✅', '😮', '👩🏽‍💻'] as const;

export const CODE = [
  '```ts\nexport function isEven(n: number): boolean {\n  return n % 2 === 0;\n}\n```',
  '```sql\nSELECT c.name, count(*) AS messages\nFROM conversation c JOIN entry e ON e.conversation = c.no\nGROUP BY c.name\nORDER BY messages DESC;\n```',
  'It fails with `ECONNRESET` after about 30 s, here is the trace:\n```\nError: read ECONNRESET\n    at TCP.onStreamRead (node:internal/stream_base_commons:217:20)\n```',
  'Run `npm run check -- sql rows` first, that takes a second.',
  '```json\n{ "level": "warn", "statement": "read_edited", "ms": 612, "rows": 50 }\n```',
] as const;

export const LONG_WORDS = [
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft is a word, and pages must survive it.',
  `The token was ${'0123456789abcdef'.repeat(16)} and yes, it is revoked.`,
  `https://example.com/reports/${'very-long-path-segment-'.repeat(12)}2024.html?utm_source=nobody&reading=this#part-${'9'.repeat(40)}`,
  `A${'a'.repeat(300)}h!`,
  'Taumatawhakatangihangakoauauotamateaturipukakapikimaungahoronukupokaiwhenuakitanatahu, anyone?',
] as const;

export const MARKED = [
  '**Decision**: we ship on _Tuesday_, not Monday.',
  'Three things:\n- the index\n- the docs\n- the cake',
  '> It works on my machine\n\nIt does not on mine.',
  'Please read https://example.com/handbook/how-we-review before the call.',
  '~~Wednesday~~ **Thursday**, 14:00, room *Ada*.',
  '1. Stop the old one\n2. Take a backup\n3. Start the new one',
] as const;

export const QUESTIONS = [
  { text: 'When shall we meet?', options: ['Monday 10:00', 'Tuesday 14:00', 'Thursday 9:30', 'Not at all'] },
  { text: 'What is for lunch?', options: ['Falafel 🧆', 'Sushi 🍣', 'Soup 🍲', 'I brought mine'] },
  { text: 'Name of the next release?', options: ['Heron', 'Lapwing', 'Wren'] },
  { text: 'Do we move to the new office?', options: ['Yes', 'No', 'Only with a window'] },
  { text: 'أي شعار تفضلون؟', options: ['الأزرق', 'الأخضر', 'كلاهما'] },
] as const;
