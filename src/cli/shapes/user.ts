import { list, nullable, object, text, time, words } from './shape.js';

export const user = object({
  name: text(),
  role: words(['read', 'write', 'admin']),
  prefix: nullable(text(), 'Its keys begin so; null: it may touch any key, or these bytes are not UTF-8.'),
  prefixBase64: nullable(text(), 'The same as base64; null: it may touch any key.'),
  addedMs: time(),
  passwordMs: time('When its password was changed last.'),
});

export const userList = object({
  users: list(user),
  anonymousClients: words(['refuse', 'allow'], 'What becomes of clients without a user, once there is one.'),
});

export const userChanged = object({ user, message: text() });
