import { createServer, type Server } from 'node:net';
import { nodeDisk } from './disk.js';

/**
 * A name in the system's memory for as long as the process lives: a local socket in Linux' abstract space, named after the
 * directory's device and inode. There is no file to be deleted, and the system frees it after a `kill -9` too. It holds
 * among processes that share a network namespace; on other systems there is none, and the lock's file stands alone.
 */
export class DirectoryName {
  private constructor(private readonly server: Server | null) {}

  /** null: another process has it. */
  static async take(dir: string): Promise<DirectoryName | null> {
    if (process.platform !== 'linux') return new DirectoryName(null);
    const identity = await nodeDisk.identity(dir);
    const server = createServer((socket) => socket.destroy());
    return new Promise((resolve) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        // Where the system does not offer it, the file has to do.
        resolve(error.code === 'EADDRINUSE' ? null : new DirectoryName(null));
      });
      server.listen(`\0mneme-directory-${identity}`, () => {
        server.unref();
        resolve(new DirectoryName(server));
      });
    });
  }

  release(): void {
    this.server?.close();
  }
}
