// Who there is in a demonstration, and where they talk: 24 people, and 20 conversations of every kind. The first of the people is
// the one to sign in as: they are in nearly everything, and own the workspace.

export type Role = { readonly username: string; readonly name: string };

export const CAST: readonly Role[] = [
  { username: 'ada', name: 'Ada Brandt' },
  { username: 'omar', name: 'عمر حداد' },
  { username: 'mei', name: 'Mei Lin 林美' },
  { username: 'jonas', name: 'Jonas Krüger' },
  { username: 'priya', name: 'Priya Raman' },
  { username: 'noa', name: 'נועה לוי' },
  { username: 'tomas', name: 'Tomás Ferreira' },
  { username: 'sasha', name: 'Саша Ковалёва' },
  { username: 'kofi', name: 'Kofi Mensah' },
  { username: 'hana', name: '佐藤 花' },
  { username: 'lucia', name: 'Lucía Ortega' },
  { username: 'bjorn', name: 'Björn Åkesson' },
  { username: 'amina', name: 'Amina Diallo' },
  { username: 'theo', name: 'Theo van den Berg-Hoogenboom' },
  { username: 'yusuf', name: 'Yusuf Yılmaz' },
  { username: 'ines', name: 'Inês Carvalho' },
  { username: 'minjun', name: '김민준' },
  { username: 'ravi', name: 'Ravi' },
  { username: 'elena', name: 'Έλενα Παππά' },
  { username: 'sam', name: 'Sam O’Neill 🌱' },
  { username: 'zofia', name: 'Zofia Żak' },
  { username: 'diego', name: 'Diego Fuentes' },
  { username: 'fatima', name: 'فاطمة الزهراء' },
  { username: 'max', name: 'Maximiliane Freifrau von und zu Guttenberg-Hohenlohe' },
];

export type Setting = {
  readonly kind: 'channel' | 'group' | 'direct';
  readonly name?: string;
  readonly topic?: string;
  readonly avatar?: string;
  readonly visibility?: 'public' | 'private';
  readonly posting?: 'members' | 'moderators';
  /** How many people are in it beside whoever makes it, counted on from `from` in the cast; the first are made moderators. */
  readonly size: number;
  readonly from: number;
  /** Who makes it, by place in the cast. */
  readonly maker: number;
  /** How much of all messages it has, beside the others. */
  readonly weight: number;
  /** How many of the last messages the first of the cast has not read. */
  readonly unread: number;
};

const direct = (maker: number, other: number, rest: Pick<Setting, 'weight' | 'unread'>): Setting => {
  return { kind: 'direct', size: 1, from: other, maker, ...rest };
};

export const PLACES: readonly Setting[] = [
  {
    ...{ kind: 'channel', name: 'General', topic: 'Everyone, about everything', avatar: 'color:blue' },
    ...{ visibility: 'public', size: 23, from: 1, maker: 0, weight: 14, unread: 3 },
  },
  {
    ...{ kind: 'channel', name: 'Announcements', topic: 'Few words, for all', avatar: 'color:red' },
    ...{ visibility: 'public', posting: 'moderators', size: 23, from: 1, maker: 0, weight: 1, unread: 1 },
  },
  {
    ...{ kind: 'channel', name: 'Engineering', topic: 'Code, builds, what broke', avatar: 'color:green' },
    ...{ visibility: 'public', size: 14, from: 1, maker: 0, weight: 11, unread: 37 },
  },
  {
    ...{ kind: 'channel', name: 'Design', topic: 'Pixels and people', avatar: 'color:purple' },
    ...{ visibility: 'public', size: 11, from: 4, maker: 0, weight: 8, unread: 0 },
  },
  {
    ...{ kind: 'channel', name: 'Random', topic: '🦆', avatar: 'color:orange' },
    ...{ visibility: 'public', size: 19, from: 2, maker: 0, weight: 9, unread: 118 },
  },
  {
    ...{ kind: 'channel', name: 'Security', topic: 'Private: reports and rotations' },
    ...{ visibility: 'private', size: 5, from: 3, maker: 0, weight: 4, unread: 0 },
  },
  {
    ...{ kind: 'channel', name: 'Books', topic: 'One a month' },
    ...{ visibility: 'public', size: 7, from: 8, maker: 5, weight: 2, unread: 0 },
  },
  { kind: 'group', name: 'Launch team 🚀', size: 6, from: 1, maker: 0, weight: 7, unread: 5 },
  { kind: 'group', name: 'فريق الترجمة', size: 4, from: 1, maker: 0, weight: 5, unread: 2 },
  { kind: 'group', name: 'Friday lunch', size: 8, from: 9, maker: 0, weight: 5, unread: 0 },
  { kind: 'group', name: 'Berlin office', size: 5, from: 11, maker: 3, weight: 4, unread: 0 },
  {
    ...{ kind: 'group', name: 'The group with a name that is far too long for any list, and yet is a name' },
    ...{ size: 3, from: 17, maker: 0, weight: 1, unread: 0 },
  },
  { kind: 'group', name: 'On call', size: 4, from: 2, maker: 0, weight: 4, unread: 0 },
  direct(0, 1, { weight: 6, unread: 2 }),
  direct(0, 2, { weight: 5, unread: 0 }),
  direct(0, 3, { weight: 4, unread: 1 }),
  direct(0, 5, { weight: 3, unread: 0 }),
  direct(0, 9, { weight: 2, unread: 0 }),
  direct(0, 19, { weight: 1, unread: 0 }),
  direct(4, 6, { weight: 2, unread: 0 }),
];

/** Folders of the first of the cast, by places. */
export const FOLDERS = [
  { name: 'Work', colour: 'blue', emoji: '💼', places: [2, 3, 5, 7] },
  { name: 'Fun', colour: 'orange', emoji: '🎈', places: [4, 9, 6] },
  { name: 'Unanswered', colour: 'red', emoji: '⏳', places: [13, 15] },
] as const;
