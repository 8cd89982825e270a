import { execute } from '@oclif/core';

/** Runs the command that the arguments of this process name. `url` is the place of the program in its package. */
export async function program(url: string): Promise<void> {
  await execute({ dir: url });
}
