import { arch, platform, release } from 'node:os';

/** The program that runs, and its machine, for a support bundle. */
export function aboutThisProgram(version: string): Record<string, unknown> {
  return {
    madeAtMs: Date.now(),
    version,
    nodeVersion: process.version,
    platform: platform(),
    arch: arch(),
    release: release(),
  };
}
