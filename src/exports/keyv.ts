/** `mneme/keyv`: a storage adapter for Keyv and cache-manager. */
export { type KeyvEntry, KeyvMneme, KeyvMneme as default, type KeyvMnemeOptions } from '../fronts/library/keyv.js';
