import type { PasswordRecord } from '../../src/core/membership/user-records.js';
import type { Prng } from './prng.js';
import { Recurring } from './recurring.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

const PAUSE_MS = 150;
const NAMES = ['ada', 'bob', 'eve'];
const REMOVED_SHARE = 0.4;

/** Operators who add, remove and change users, at any node and at any moment: of islands that are apart each has its own. */
export class Admins extends Recurring {
  constructor(world: World, random: Prng) {
    super(world, random, PAUSE_MS);
  }

  protected strike(): void {
    const serving = this.world.nodes.filter((node) => node.isServing);
    if (serving.length > 0) this.act(this.random.pick(serving), this.random.pick(NAMES));
  }

  private act(node: SimNode, name: string): void {
    const { random, world } = this;
    const user = node.core!.status.records.users.get(name);
    const doing = user === undefined ? 'add' : random.chance(REMOVED_SHARE) ? 'remove' : 'password';
    world.note(`${node.name}: user ${doing} ${name}`);
    world.adminDoes = doing;
    node.turn(({ operator }) => {
      const password = passwordOf(random);
      if (user === undefined)
        operator.addUser({ id: random.hex(8), name, role: random.pick(['read', 'write']), prefixBase64: '' }, password);
      else if (doing === 'remove') operator.removeUser(user);
      else operator.changePassword(user, password);
    });
    world.adminDoes = null;
  }
}

/** As scrypt makes it. */
function passwordOf(random: Prng): PasswordRecord {
  const [saltBase64, keyBase64] = [16, 32].map((bytes) => Buffer.from(random.hex(2 * bytes), 'hex').toString('base64'));
  return { saltBase64: saltBase64!, keyBase64: keyBase64!, cost: 16_384, blockSize: 8, parallelization: 5 };
}
