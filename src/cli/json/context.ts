import type { ContextList, NamedContext } from '../contexts/named-context.js';
import type * as shapes from '../shapes/context.js';
import type { Of } from '../shapes/shape.js';

export function contextListJson({ file, current, contexts }: ContextList): Of<typeof shapes.contextList> {
  return { file, current, contexts: contexts.map(contextJson) };
}

export function contextChangedJson(done: { context: NamedContext; message: string }): Of<typeof shapes.contextChanged> {
  return { context: contextJson(done.context), message: done.message };
}

export function contextUsedJson(used: { current: string | null; message: string }): Of<typeof shapes.contextUsed> {
  return { ...used };
}

export function contextJson(one: NamedContext): Of<typeof shapes.context> {
  return {
    name: one.name,
    current: one.current,
    nodes: one.node.split(','),
    user: one.user ?? null,
    passwordFile: one['password-file'] ?? null,
    secretFile: one['secret-file'] ?? null,
    secretOptional: one['secret-optional'] ?? false,
    tlsCa: one['tls-ca'] ?? null,
    tlsCert: one['tls-cert'] ?? null,
    tlsKey: one['tls-key'] ?? null,
    tlsOptional: one['tls-optional'] ?? false,
  };
}
