import { NodeCommand } from '../../cli/base-command.js';
import { engineStatus } from '../../operations/engine/engine.js';

export default class EngineStatus extends NodeCommand {
  static override summary = 'how the Redis that a node is attached to stands, and whether it lost data';
  static override description =
    'Exit code 3 when Redis cannot be reached, when it lost data and the operator has to say what to do, or when keys wait.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.2:7379 --json',
  ];

  async run(): Promise<unknown> {
    const { flags } = await this.parse(EngineStatus);
    const reply = await engineStatus(flags.node);
    await this.show(async () => (await import('../../cli/views/engine.js')).engineView, reply);
    const { problem, state, obstacles } = reply.engine;
    this.endWith(problem !== null || state === 'held' || obstacles.length > 0 ? 3 : 0);
    return this.answer(async () => (await import('../../cli/json/engine.js')).engineReplyJson, reply);
  }
}
