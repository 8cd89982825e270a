/**
 * What the store's lists on the heap know of sorted sets: asked of the store, since compiled code has no such lists. They know nothing of the
 * writes of the batch under way.
 */

/** The sorted set at a key, whose hash this is, is what is asked of from now on. Returns how many members it has; -1: none is known. */
export declare function openMembers(hash: u32, key: usize, length: u32): i32;
/** How many members have a lower score, or, where `orEqual`, no higher one. */
export declare function countBelow(score: f64, orEqual: bool): i32;
/** How many members are before this one. */
export declare function rankOf(score: f64, name: usize, length: u32): i32;
/** Puts members from this rank on, or down from it, into MEMBERS. Returns whether there was room for all. */
export declare function listMembers(rank: u32, count: u32, isReversed: bool): bool;
