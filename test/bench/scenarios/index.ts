import type { Scenario } from '../scenario.js';
import { backup } from './backup.js';
import { desk } from './desk.js';
import { divergence } from './divergence.js';
import { frontEnd } from './front-end.js';
import { heal } from './heal.js';
import { inProcess } from './in-process.js';
import { joinScenario } from './join.js';
import { largeValues } from './large-values.js';
import { members } from './members.js';
import { memory } from './memory.js';
import { parts } from './parts.js';
import { redisEngine } from './redis-engine.js';
import { redisParts } from './redis-parts.js';
import { reopen } from './reopen.js';
import { replication } from './replication.js';
import { scripts } from './scripts.js';
import { startUp } from './start-up.js';
import { tlsScenario } from './tls.js';

export const SCENARIOS: readonly Scenario[] = [
  ...[frontEnd, replication, memory, joinScenario],
  ...[
    divergence,
    reopen,
    inProcess,
    startUp,
    redisEngine,
    heal,
    largeValues,
    desk,
    members,
    tlsScenario,
    backup,
    scripts,
    parts,
    redisParts,
  ],
];
