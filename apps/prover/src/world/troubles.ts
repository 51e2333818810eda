// What happens to devices, networks, nodes and the database, with nobody who does it.
import { NO_BUS_FAULTS } from '@kith/testkit/faulty-bus';
import type { Step, StepName } from '../plan.js';
import { passDay } from './aging.js';
import { type Network, OPEN_NETWORK } from './device.js';
import type { AtDevice } from './scene.js';
import type { World } from './world.js';

const MOST_TABS = 3;
/** Messages disappear meanwhile. */
const SLEEP_MS = 40_000;
const FORGET_MS = 6_000;
const JUMPS_MS = [-7_200_000, -61_000, 61_000, 7_200_000];

export const TROUBLES: { readonly [name in StepName]?: (scene: AtDevice) => void | Promise<void> } = {
  wait: ({ world, step }) => world.pass(1 + (step.where % 60)),
  sleep: ({ world }) => world.pass(SLEEP_MS),
  age: ({ world }) => passDay(world),
  doze: ({ world, step }) => world.pass(step.where * 5),
  open: ({ world, device }) => {
    if (device.tabs.size < MOST_TABS) world.openTab(device);
  },
  freeze: ({ device, step }) => {
    for (const [index, tab] of [...device.tabs].entries()) if (step.where % 2 === 0 || index === 0) tab.gate.freeze();
  },
  thaw: ({ device }) => {
    for (const tab of device.tabs) tab.thaw();
  },
  offline: ({ world, device }) => world.setOnline(device, false),
  online: ({ world, device }) => world.setOnline(device, true),
  wall: ({ world, device, step }) =>
    changeNetwork({ world, device, step }, { sockets: shutBy(step), holdsStreams: false }),
  buffer: ({ world, device, step }) => {
    changeNetwork({ world, device, step }, { sockets: shutBy(step), holdsStreams: true });
    for (const tab of device.tabs) for (const exchange of tab.exchanges) exchange.holdBack();
  },
  unwall: ({ world, device, step }) => changeNetwork({ world, device, step }, OPEN_NETWORK),
  full: ({ device }) => {
    device.disk.isFull = true;
  },
  room: ({ device }) => {
    device.disk.isFull = false;
  },
  wipe: ({ world, device }) => world.wipe(device),
  revoke: ({ world, device }) => world.expire(device.owner.id),
  banish: ({ world, device }) => world.banish(device.owner.id),
  leave: ({ world, device }) => world.signOut(device),
  kill: ({ world }) => withNode(world, (node) => world.kill(node)),
  drain: ({ world }) => withNode(world, (node) => world.drain(node)),
  pause: ({ world }) => withNode(world, (node) => world.setPaused(node, true)),
  resume: ({ world }) => {
    for (const node of world.cluster.nodes) if (node.gate.isShut) world.setPaused(node, false);
  },
  snapshot: ({ world }) => world.takeSnapshot(),
  restore: ({ world }) => world.restore(),
  forget: ({ world }) => {
    world.cluster.hub.setFaults({ ...NO_BUS_FAULTS, lose: 1 });
    world.clock.after(FORGET_MS, () => world.cluster.hub.setFaults(world.busFaults));
  },
  outage: ({ world, step }) => world.outage(step.where * 10),
  part: ({ world, step }) => withNode(world, (node) => world.cutOff(node, step.where * 10)),
  fill: ({ world, step }) => world.fill(step.where * 5),
  jump: ({ world, device, step }) => {
    const byMs = JUMPS_MS[step.where % JUMPS_MS.length] ?? 0;
    const node = world.someNode();
    if (step.whom % 2 === 0) node?.gate.jump(byMs);
    else for (const tab of device.tabs) tab.gate.jump(byMs);
  },
};

/** The device is on another network, of which its platform mostly tells. */
function changeNetwork({ world, device, step }: AtDevice, network: Network): void {
  device.network = network;
  const what = network.sockets === 'open' ? 'gets everything through' : 'gets no sockets through';
  world.recorder.note({
    type: 'life',
    who: device.name,
    what: network.holdsStreams ? `${what}, and no streams` : what,
  });
  for (const tab of device.tabs) for (const socket of tab.sockets) if (network.sockets !== 'open') socket.cut();
  if (step.whom % 4 !== 0) for (const tab of device.tabs) tab.wake();
}

function shutBy({ where }: Step): Network['sockets'] {
  return where % 2 === 0 ? 'refused' : 'swallowed';
}

type Node = NonNullable<ReturnType<World['someNode']>>;

async function withNode(world: World, work: (node: Node) => void | Promise<void>): Promise<void> {
  const node = world.someNode();
  if (node) await work(node);
}
