/** The sections that Keep a Changelog (1.1.0) has, in its order. */
const SECTIONS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

/**
 * What is wrong with a changelog by Keep a Changelog; empty: nothing.
 * @param text of CHANGELOG.md @param version that is to have a dated heading; left out: none is looked for
 * @returns a sentence each, with the line
 */
export function changelogFaults(text, version) {
  const lines = text.split('\n');
  const faults = [];
  const releases = [];
  let section = null;
  let seen = [];
  for (const [i, line] of lines.entries()) {
    const at = `line ${i + 1}: `;
    if (line.startsWith('## ')) {
      const [, name, date] = /^## \[(.+)\](?: - (\d{4}-\d{2}-\d{2}))?$/.exec(line) ?? [];
      if (name === undefined) faults.push(`${at}"${line}" is not "## [VERSION] - YYYY-MM-DD"`);
      else if ((name === 'Unreleased') === (date !== undefined))
        faults.push(`${at}${name} ${date === undefined ? 'has no date' : 'has a date'}`);
      releases.push({ name, date });
      [section, seen] = [null, []];
    } else if (line.startsWith('### ')) {
      section = line.slice(4);
      if (!SECTIONS.includes(section)) faults.push(`${at}"${section}" is none of ${SECTIONS.join(', ')}`);
      else if (seen.includes(section)) faults.push(`${at}${section} is there twice`);
      else if (SECTIONS.indexOf(section) < SECTIONS.indexOf(seen.at(-1) ?? 'Added'))
        faults.push(`${at}${section} belongs before ${seen.at(-1)}`);
      seen.push(section);
    } else if (line.startsWith('- ') && section === null) faults.push(`${at}the entry is in no section`);
    else if (line.length > 0 && releases.length > 0 && !/^(- | {2,}|\[)/.test(line))
      faults.push(`${at}"${line}" is no entry`);
  }
  if (lines[0] !== '# Changelog') faults.push('line 1: it begins with "# Changelog"');
  if (releases[0]?.name !== 'Unreleased') faults.push('the first heading is "## [Unreleased]"');
  const dates = releases.flatMap(({ date }) => (date === undefined ? [] : [date]));
  if (dates.join() !== [...dates].sort().reverse().join()) faults.push('the newest version comes first');
  if (version !== undefined && !releases.some(({ name, date }) => name === version && date !== undefined))
    faults.push(`${version} has no heading with a date`);
  return faults;
}
