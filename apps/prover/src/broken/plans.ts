// Plans that are written down, for tests that need runs in which this and that happens, whatever is drawn from a seed. Nothing
// in them edits or deletes what was sent.
import type { Plan, Step, StepName } from '../plan.js';

/** Nothing goes wrong by itself. */
const CALM = { bus: { lose: 0, double: 0, delay: 0 }, database: null, indexFailing: 0 } as const;

/** People leave, and nodes are killed. */
export const LEAVING: Plan = {
  seed: 1,
  devices: [2, 1, 1],
  nodes: 1,
  bus: { lose: 0.35, double: 0.06, delay: 0.09 },
  wireMs: 7,
  storeMs: 7,
  database: null,
  isIndexing: true,
  indexFailing: 0,
  steps: stepsOf([
    'say 124 422 769, read 928 570 285, wait 889 827 991, doze 339 885 267, thaw 676 693 130',
    'remove 552 373 104, forget 902 193 213, say 265 734 281, wait 54 917 139, group 390 97 511',
    'read 958 836 831, watch 322 99 681, say 765 521 43, wait 843 585 276, kill 220 922 988',
    'stall 715 232 463, forget 664 220 465, read 145 281 874, direct 794 731 539, add 406 41 533',
    'wait 533 985 904, say 438 807 146, say 123 12 558, drain 848 407 803, group 469 904 915',
    'wait 27 428 758, edit 297 197 64, say 267 506 155, kill 371 970 108, say 460 902 71',
    'hold 905 887 515, edit 886 363 731, forget 467 452 590, release 478 897 475, say 183 211 682',
    'wait 207 887 193, rename 244 131 331, freeze 906 888 169, group 292 467 584, wait 112 108 572',
    'look 192 987 921, wait 19 16 271, say 661 386 821, direct 67 838 848, snapshot 463 562 334',
    'add 837 737 449, doze 70 181 837, say 94 217 753, say 919 679 6, thaw 962 767 99, say 248 68 808',
    'stall 389 111 710, wait 666 253 4, say 95 63 843, say 252 335 806, doze 1 200 1',
    'react 0 1 0, react 1 1 1, react 2 4 0, react 3 1 3, react 1 1 0, wait 1 50 1, react 0 1 1, react 2 1 0',
    'answer 0 1 0, answer 1 1 1, answer 2 1 0, answer 3 1 2, wait 1 50 1, answer 1 1 0, answer 0 1 1',
    'pin 0 1 0, pin 1 1 1, pin 2 2 0, pin 3 1 1, wait 1 50 1, pin 0 2 0, pin 1 2 1, pin 2 1 0, pin 3 4 1',
    'poll 0 7 0, wait 1 50 1, poll 1 67 0, poll 2 127 0, wait 1 50 1, poll 0 667 0',
    'follow 0 0 0, follow 1 0 0, follow 2 0 0, follow 3 0 0, follow 0 1 0, follow 1 1 1, follow 2 1 0, doze 0 100 0',
    'react 2 2 2, doze 0 100 0',
  ]),
};

/** The database is put back, and messages are refused. */
export const RESTORED: Plan = {
  seed: 1,
  devices: [1, 2, 1],
  nodes: 3,
  bus: { lose: 0.21, double: 0.06, delay: 0.02 },
  wireMs: 23,
  storeMs: 6,
  database: null,
  isIndexing: true,
  indexFailing: 0,
  steps: stepsOf([
    'thaw 609 606 566, read 427 455 823, group 936 108 909, discard 669 176 880, reload 314 245 273',
    'thaw 834 413 35, hold 292 863 624, remove 470 162 866, thaw 61 110 23, thaw 745 228 91',
    'remove 194 522 993, remove 608 249 222, doze 64 915 625, thaw 620 994 953, doze 825 172 600',
    'say 875 195 263, say 602 588 88, doze 458 17 633, doze 637 62 462, watch 135 388 674',
    'snapshot 67 438 741, freeze 508 566 707, read 992 295 21, reload 180 644 705, cut 649 459 88',
    'remove 937 513 865, wait 320 456 822, direct 324 548 494, look 586 127 829, hold 962 85 543',
    'doze 780 186 357, remove 894 905 45, thaw 146 138 772, hold 601 877 702, crash 46 921 161',
    'say 100 807 703, restore 850 505 187, direct 378 64 193, say 468 451 855, kill 886 543 612',
    'typed 258 423 626, reload 237 692 956, snapshot 654 410 112, kill 335 617 84, reload 457 15 685',
  ]),
};

/** A node is paused, devices are offline, and a tab crashes. */
export const PAUSED: Plan = {
  seed: 44,
  devices: [2, 2, 1],
  nodes: 1,
  ...CALM,
  wireMs: 1,
  storeMs: 5,
  isIndexing: true,
  steps: stepsOf([
    'say 178 99 208, freeze 895 966 754, vanish 958 202 8, add 687 674 418, offline 504 771 864',
    'group 476 843 344, doze 276 346 951, resume 501 226 690, pause 223 794 878, say 217 404 682',
    'group 644 609 461, thaw 862 853 775, snapshot 541 606 506, offline 655 814 275, say 491 420 471',
    'doze 734 604 294, resume 746 135 812, look 66 206 318, say 82 146 224, say 674 475 422',
    'hold 368 70 391, read 781 888 288, resume 377 779 493, wait 604 415 16, read 176 390 493',
    'read 382 678 25, say 308 773 380, pause 754 974 788, say 261 529 819, forget 616 328 84',
    'vanish 462 818 18, freeze 585 861 182, wait 984 871 223, forget 890 932 737, crash 440 150 462',
    'say 862 187 857, say 99 354 734, pause 595 126 927, vanish 464 273 759, online 709 853 132',
  ]),
};

/** Messages are left with the server, hidden and disappear; people are invited, and keep apart. */
export const APART: Plan = {
  seed: 7,
  devices: [1, 1, 1],
  nodes: 2,
  ...CALM,
  wireMs: 3,
  storeMs: 3,
  isIndexing: true,
  steps: stepsOf([
    'say 0 0 0, say 1 0 0, say 2 0 0, doze 0 200 0, hide 0 1 1, hide 1 1 2, doze 0 100 0',
    'schedule 0 4 1, schedule 1 4 2, schedule 2 4 3, doze 0 900 0, doze 0 900 0',
    'invite 0 3 0, doze 0 100 0, invite 1 1 0, doze 0 100 0, invite 0 3 1, doze 0 100 0, invite 2 4 1, doze 0 200 0',
    'apart 0 2 1, doze 0 200 0, say 0 1 0, say 0 2 0, doze 0 200 0, apart 0 1 1, doze 0 900 0',
    'expire 1 1 0, expire 2 1 0, doze 0 100 0',
  ]),
};

/**
 * A message is in the log and in the store of a device that was full when it was to be removed there; a restore takes it out of the
 * log, and another tab sends it again, after what its author wrote since.
 */
export const RETURNED: Plan = {
  seed: 7,
  devices: [1, 1],
  nodes: 1,
  ...CALM,
  wireMs: 20,
  storeMs: 8,
  isIndexing: false,
  steps: stepsOf([
    'open 0 0 0, doze 0 500 0, say 1 0 0, wait 0 42 0, full 0 0 0, doze 0 200 0, restore 0 0 0, room 0 0 0',
    'say 1 0 0, wait 0 2 0, full 0 0 0, doze 0 200 0, open 0 0 0, freeze 0 1 0, doze 0 900 0',
  ]),
};

/** Days pass, and messages have their time. */
export const AGED: Plan = {
  seed: 3,
  devices: [1, 1],
  nodes: 2,
  ...CALM,
  wireMs: 3,
  storeMs: 3,
  isIndexing: true,
  steps: stepsOf([
    'say 0 0 0, say 1 0 0, doze 0 200 0, retain 0 1 0, react 1 1 0, pin 0 1 0, doze 0 200 0, age 0 0 0',
    'say 0 0 0, amend 0 0 2, say 1 0 0, doze 0 900 0, retain 1 3 1, doze 0 900 0',
  ]),
};

/** What each step does, and its three numbers: `say 124 422 769`. */
function stepsOf(lines: readonly string[]): readonly Step[] {
  return lines
    .flatMap((line) => line.split(', '))
    .map((step) => {
      const [name, ...numbers] = step.split(' ');
      const [who = 0, where = 0, whom = 0] = numbers.map(Number);
      return { do: name as StepName, who, where, whom };
    });
}
