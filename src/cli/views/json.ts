import type { View } from '../page.js';

/** Data that is for programs whether or not --json is given. */
export const jsonView: View<object> = (data) => JSON.stringify(data, null, 2);
