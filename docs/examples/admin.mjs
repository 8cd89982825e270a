// How a cluster is, and the end of a split-brain if there is one, asked by a program.
//   npm install mneme && node admin.mjs 127.0.0.1:7379
import { adminAt } from 'mneme/admin';

const admin = adminAt(process.argv[2] ?? '127.0.0.1:7379');

const { state, members } = await admin.clusterStatus();
console.log(`${state}: ${members.map(({ name }) => name).join(', ')}`);

if (state === 'split-brain') {
  const plan = await admin.plan();
  console.log(`${plan.conflicts.length} keys were changed on several sides`);
  const { incident } = await admin.merge({ policy: 'lww' });
  console.log(`${incident.id} is ${incident.state}`);
}
