import type { Message } from './messages.js';
import type { Peer } from './peer.js';

/**
 * What a link is in the middle of. `dialled` and `accepted`: by whom it was made, while the other end has not said who it is.
 * After that: `joining` as long as this node is no member itself, and else this end's gate.
 */
export type LinkStage = 'dialled' | 'accepted' | 'joining' | 'comparing' | 'open' | 'split' | 'clock-skew';

/** take: it is dealt with. drop: it comes too late or too early, as it may. close: no node sends it there; the link ends. */
export type LinkRule = 'take' | 'drop' | 'close';

/** A message by its type and, where that makes a difference, by its group. */
export type MessageKind =
  | Exclude<Message['type'], 'changes' | 'behind'>
  | 'changes data'
  | 'changes system'
  | 'behind data'
  | 'behind system'
  | 'behind lost';

/** Every message in every stage of its link. What this node has asked for by an id is looked up where it was asked for. */
export const LINK_RULES: Readonly<Record<MessageKind, Readonly<Record<LinkStage, LinkRule>>>> = {
  // Once more, by a network that doubles it: it is known already.
  hello: rules('take', 'take', 'drop', 'drop', 'drop', 'drop', 'drop'),
  // A refusal counts from the member that this node dialled and greeted: see `refusalRule`.
  refuse: rules('take', 'close', 'take', 'take', 'take', 'take', 'take'),
  compare: rules('close', 'close', 'drop', 'take', 'take', 'take', 'take'),
  gate: rules('close', 'close', 'take', 'take', 'take', 'take', 'take'),
  beat: rules('close', 'close', 'take', 'take', 'take', 'take', 'take'),
  ack: rules('close', 'close', 'take', 'take', 'take', 'take', 'take'),
  // A gate was shut while they were under way. To a joiner they come behind its snapshot.
  'changes data': rules('close', 'close', 'take', 'drop', 'take', 'drop', 'drop'),
  'changes system': rules('close', 'close', 'take', 'take', 'take', 'take', 'drop'),
  'behind data': rules('close', 'close', 'drop', 'drop', 'take', 'drop', 'drop'),
  'behind system': rules('close', 'close', 'drop', 'take', 'take', 'take', 'drop'),
  // This node came back with less than it had (R14): it joins anew.
  'behind lost': rules('close', 'close', 'drop', 'take', 'take', 'take', 'take'),
  // A joiner has nothing to give yet.
  'snapshot-request': rules('close', 'close', 'drop', 'take', 'take', 'take', 'take'),
  'snapshot-credit': rules('close', 'close', 'drop', 'take', 'take', 'take', 'take'),
  'snapshot-begin': rules('close', 'close', 'take', 'take', 'take', 'take', 'drop'),
  'snapshot-part': rules('close', 'close', 'take', 'take', 'take', 'take', 'drop'),
  'snapshot-end': rules('close', 'close', 'take', 'take', 'take', 'take', 'drop'),
  read: rules('close', 'close', 'drop', 'take', 'take', 'take', 'take'),
  'read-reply': rules('close', 'close', 'drop', 'take', 'take', 'take', 'drop'),
  stubs: rules('close', 'close', 'drop', 'drop', 'take', 'drop', 'drop'),
  'stubs-reply': rules('close', 'close', 'drop', 'drop', 'take', 'drop', 'drop'),
  bye: rules('close', 'close', 'take', 'take', 'take', 'take', 'take'),
  // No data: it passes whatever becomes of the data.
  publication: rules('close', 'close', 'take', 'take', 'take', 'take', 'take'),
  // In the place of a hello. The answer comes on links of its own, which are not the core's.
  look: rules('close', 'take', 'close', 'close', 'close', 'close', 'close'),
  present: rules('close', 'close', 'close', 'close', 'close', 'close', 'close'),
};

/** What becomes of a message. `weDialled`: this node made the link. */
export function linkRule(message: Message, stage: LinkStage, weDialled: boolean): LinkRule {
  // Whoever dialled this node and wants no more of it hangs up; this node is told when it dials in its turn.
  if (message.type === 'refuse' && !weDialled) return 'close';
  return LINK_RULES[kindOf(message)][stage];
}

/** The stage of a link whose other end has said who it is. */
export function stageOf(peer: Peer, isJoined: boolean): LinkStage {
  return !isJoined || peer.ourGate === 'joining' ? 'joining' : peer.ourGate;
}

// -----------------------------------------------------------------------------------------------

function kindOf(message: Message): MessageKind {
  if (message.type === 'behind' && message.lost) return 'behind lost';
  return message.type === 'changes' || message.type === 'behind' ? `${message.type} ${message.group}` : message.type;
}

function rules(
  dialled: LinkRule,
  accepted: LinkRule,
  joining: LinkRule,
  comparing: LinkRule,
  open: LinkRule,
  split: LinkRule,
  clockSkew: LinkRule,
): Record<LinkStage, LinkRule> {
  return { dialled, accepted, joining, comparing, open, split, 'clock-skew': clockSkew };
}
