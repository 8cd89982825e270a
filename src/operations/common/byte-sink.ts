/** Where a file's content goes, in pieces. Resolves when it can take more, so that nothing runs ahead of a slow disk or reader. */
export type ByteSink = (piece: string | Uint8Array) => Promise<void>;
