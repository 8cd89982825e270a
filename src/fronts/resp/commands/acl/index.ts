import { container } from '../subcommand.js';
import { aclCatCommand } from './cat.js';
import { aclGetuserCommand } from './getuser.js';
import { aclListCommand } from './list.js';
import { aclUsersCommand } from './users.js';
import { aclWhoamiCommand } from './whoami.js';

/** Users are changed by `mneme user`: they are records of the cluster. */
export const aclCommand = container('acl', [
  aclCatCommand,
  aclGetuserCommand,
  aclListCommand,
  aclUsersCommand,
  aclWhoamiCommand,
]);
