/**
 * Seeds that once failed, kept and replayed for ever, with what they showed. A change of the simulator changes what a seed
 * does, so the smallest scenario of each bug is a test of its own in test/core as well.
 */
export const SEEDS: readonly Kept[] = [
  { seed: 1, showed: 'two incidents were resolved at the same time, and one re-opened links that the other held' },
  { seed: 2, showed: 'a range ended before the row that replaced one of its writes' },
  { seed: 3, showed: 'a log was never trimmed when the sync came before the node noted its own acknowledgement' },
  { seed: 5, showed: 'a node opened to a peer that was held apart from its island-mate' },
  { seed: 7, showed: 'a former member was retired while a node that it had let in was not known yet' },
  { seed: 8, showed: 'a memory-only node kept two records, let in by members that did not know of each other' },
  { seed: 10, showed: 'a joiner that the other island had not heard of carried one island’s data into it' },
  { seed: 11, showed: 'a snapshot went on through a gate that had been shut meanwhile' },
  { seed: 17, showed: 'many islands met at once, and two that had both written came together through a third' },
  { seed: 24, showed: 'a joiner’s log did not reach back to what another island lacked' },
  { seed: 28, showed: 'a log that was trimmed by news from others seemed not to reach back to the peer' },
  { seed: 43, showed: 'an incident was written from beats that were older than a resolution' },
  { seed: 47, showed: 'a node that had restarted opened to both sides of a split-brain' },
  { seed: 80, showed: 'a quiet node never retired its past boots after a restart' },
  { seed: 126, showed: 'a joiner took a log over a link with a clock that is off' },
  { seed: 240, showed: 'a joiner kept the separations of a seed from which it did not join in the end' },
  {
    seed: 50,
    showed: 'a node that was away opened to one side while it held the writes of the other, which was held apart',
  },
  { seed: 53, showed: 'a node with two split-brains to resolve waited for itself' },
  { seed: 180, showed: 'a restarted node took what its peer had for what its own island had' },
  { seed: 442, showed: 'a participant merged with a third island between the plan and the release' },
  {
    seed: 509,
    showed: 'a power failure left entries of a range whose author was lost, and no vector that covered them',
  },
  { seed: 620, showed: 'the last member with a disk was forgotten' },
  { seed: 682, showed: 'a joiner whose giver went away asked nobody else' },
  { seed: 829, showed: 'a joiner placed itself apart from itself' },
  {
    seed: 841,
    showed: 'a participant was released although its island had a new member that was held apart from the others',
  },
  { seed: 458, showed: 'a joiner crashed in its second snapshot, when it had dropped what came of the first' },
  { seed: 925, showed: 'a node that died before it declared a peer down was apart from an island-mate of that peer' },
  { seed: 1047, showed: 'a snapshot that broke off left a record of a member that was forgotten since' },
  {
    seed: 674,
    showed: 'what a resolution had set aside stayed listed when an operator’s took its place, and let it stand',
  },
  {
    seed: 1245,
    showed: 'an island-mate’s writes came in between the plan and the rewriting, and were overridden unseen',
  },
  { seed: 1403, showed: 'a joiner carried one island’s data to the other when it changed its giver' },
  {
    seed: 1186,
    showed:
      'two resolutions of one split-brain, each without some members: one end of a link was released by the first, and not compared again',
  },
  {
    seed: 6896,
    showed: 'a joiner brought in what only it had, of a snapshot before, of a member that was forgotten meanwhile',
  },
  {
    seed: 2217,
    showed: 'a resolution waited without end for the writes of a member that had come to be held apart since it began',
  },
  {
    seed: 3239,
    showed: 'a member left between the plan of a resolution and the rewriting, which nobody took any more',
  },
  {
    seed: 5214,
    showed:
      'a participant was released though it had opened to a member that took no part, whose writes overrode others unseen',
  },
  { seed: 4293, showed: 'a member that was forgotten while it was compared was held apart for good' },
  { seed: 5637, showed: 'a snapshot was given for ever to a member whose gate had shut, and that took no more of it' },
  { seed: 5701, showed: 'a member that had said farewell let in who joined there' },
  { seed: 2879, showed: 'a record that was lost on the way was not sent again while data was acknowledged' },
  { seed: 1216, showed: 'a touch of a client after the fence went with the value that a promotion wrote anew' },
  {
    seed: 3001,
    showed:
      'a member went away after the plan was made that had, of its island, replaced a value: what the others still had was overridden, and not set aside',
  },
  {
    seed: 3407,
    showed:
      'an island went away after the plan was made whose value stood: what it had replaced lost to a third island’s, and was not set aside',
  },
  {
    seed: 1382,
    showed:
      'an executor took what a participant had for its own that stayed apart: a member which the plan had not seen was let in by that, and overrode others unseen',
  },
  {
    seed: 2082,
    parts: true,
    showed:
      'a gate that was compared afresh counted as settled by an earlier resolution: the other end stayed shut, and one split-brain was resolved over and over',
  },
];

// ---

interface Kept {
  readonly seed: number;
  /** It is run with clients of parts. */
  readonly parts?: true;
  readonly showed: string;
}
