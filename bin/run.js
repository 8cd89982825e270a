#!/usr/bin/env node
import { execute } from '@oclif/core';

// `mneme entry list | head` closes our stdout early. That is the reader's choice, not an error.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

await execute({ dir: import.meta.url });
