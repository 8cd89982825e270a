/**
 * What an operator may do about something that the core found: a code and its data. The core knows no commands; their words are
 * in one place outside of it (`src/hints/next-steps.ts`).
 */
export type NextStep =
  | { readonly code: 'see-status' | 'see-split-brain' | 'see-history' | 'see-settings' | 'see-versions' | 'plan-again' }
  /** This node cannot make a plan; the member at `address` can. */
  | { readonly code: 'plan-at'; readonly address: string }
  /** What would be set aside has no room at `node`: its limit would have to be so much. */
  | { readonly code: 'more-room'; readonly limit: 'entries' | 'bytes'; readonly wanted: number; readonly node: string }
  /** The machine's clock has stepped; this node's newest change lies ahead of all clocks. */
  | { readonly code: 'check-clock' | 'check-lead' }
  | { readonly code: 'compare-clocks' | 'see-member'; readonly member: string }
  /** A node of another cluster runs at `address`; `member`: whose address that is. `own`: where a member of this cluster is. */
  | { readonly code: 'end-stranger'; readonly address: string; readonly member: string | null; readonly own: string }
  /** A replica runs twice; the first instance at `original`. */
  | { readonly code: 'end-instance'; readonly original: string }
  /** One that was forgotten without a majority runs on. The member at `address` forgets `name`, which joins it anew; `isHere`: this node is that. */
  | { readonly code: 'part-ways'; readonly name: string; readonly address: string; readonly isHere: boolean }
  /** Whoever is at `address` says that this node, `name`, was forgotten: if that is true, it joins them anew. */
  | { readonly code: 'join-successors'; readonly name: string; readonly address: string }
  /** The data is that of `owner`, and the node was started as `name`, another member. */
  | { readonly code: 'start-as-itself'; readonly name: string; readonly owner: string };
