import fc from 'fast-check';

/**
 * A change is judged by the same cases each time, so that what fails is what changed. `MNEME_CASES=random npm test` tries others; a
 * number in its place repeats what a failure printed as its seed.
 */
const cases = process.env.MNEME_CASES ?? '20261129';
if (cases !== 'random') fc.configureGlobal({ seed: Number(cases) });
