import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

interface Changelog {
  changelogFaults(text: string, version?: string): string[];
}
const load = async () => (await import('../../bin/changelog.js' as string)) as Changelog;

const GOOD = `# Changelog

All notable changes.

## [Unreleased]

### Added

- One thing, which
  takes two lines.

### Fixed

- Another.

## [0.1.0] - 2026-12-01

### Added

- All of it.

[Unreleased]: https://example.org/compare
[0.1.0]: https://example.org/tag
`;

describe('a changelog', () => {
  test('of this project is one by Keep a Changelog', async () => {
    expect((await load()).changelogFaults(readFileSync('CHANGELOG.md', 'utf8'))).toEqual([]);
  });

  test('that keeps to it has no faults, with a version that is there', async () => {
    expect((await load()).changelogFaults(GOOD, '0.1.0')).toEqual([]);
  });

  test.each([
    ['a version without a date', GOOD.replace(' - 2026-12-01', ''), '0.1.0 has no date'],
    ['a heading of another form', GOOD.replace('## [0.1.0] - ', '## 0.1.0 '), 'is not "## [VERSION] - YYYY-MM-DD"'],
    ['an unknown section', GOOD.replace('### Fixed', '### Mended'), '"Mended" is none of'],
    [
      'sections in another order',
      GOOD.replace('### Fixed', '### X').replace('### Added', '### Fixed').replace('### X', '### Added'),
      'Added belongs before Fixed',
    ],
    ['a section twice', GOOD.replace('### Fixed', '### Added'), 'Added is there twice'],
    [
      'an entry in no section',
      GOOD.replace('### Fixed\n\n', '').replace('### Added\n\n', ''),
      'the entry is in no section',
    ],
    ['no Unreleased', GOOD.replace('## [Unreleased]', '## [0.2.0] - 2026-12-02'), 'the first heading is'],
  ])('with %s is told where', async (_what, text, fault) => {
    expect((await load()).changelogFaults(text)).toEqual(expect.arrayContaining([expect.stringContaining(fault)]));
  });

  test('without the version that is to be released is told so', async () => {
    expect((await load()).changelogFaults(GOOD, '0.3.0')).toEqual(['0.3.0 has no heading with a date']);
  });
});
