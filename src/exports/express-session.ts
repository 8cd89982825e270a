/** `mneme/express-session`: a session store for express-session and @fastify/session. */
export {
  MnemeStore,
  MnemeStore as default,
  type MnemeStoreOptions,
  type SessionCookie,
  type SessionData,
} from '../fronts/library/session-store.js';
