/** The Redis whose behaviour the node offers: clients read it to decide what a server can do. */
export const REDIS_VERSION = '7.0.15';
