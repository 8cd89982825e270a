import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { answer, type Conversation, converse } from './conversation.js';
import type { Name } from './speaker.js';

const FIXTURES = join('test', 'versions', 'fixtures');

/** What each version said when it was released. It is recorded anew for a release alone: `npm run fixtures`. */
test.each(readdirSync(FIXTURES))(
  'a node as it is now answers what one of version %s says, and both end up alike',
  (version) => {
    const recorded = JSON.parse(readFileSync(join(FIXTURES, version, 'conversation.json'), 'utf8')) as Conversation;
    const outcome = recorded.outcome as Record<Name, object>;
    expect(outcome.a).toEqual(outcome.b);
    for (const name of ['a', 'b'] as const)
      expect({ [name]: answer(name, recorded) }).toEqual({ [name]: outcome[name] });
  },
);

test('what is recorded is a join, changes, a split-brain and its resolution', () => {
  expect(converse().outcome).toMatchObject({
    a: {
      state: 'serving',
      members: [{ name: 'a' }, { name: 'b' }],
      incidents: [{ kind: 'split-brain', state: 'resolved', setAside: 1 }],
      problems: [],
    },
  });
});
