import { describe, expect, test } from '@jest/globals';
import { systemdUnit } from '../../src/cli/service-files.js';
import { servicePlanOf } from '../../src/cli/service-plan.js';

async function unitOf(...typed: string[]): Promise<string> {
  return systemdUnit({
    ...(await servicePlanOf(typed)),
    node: '/usr/bin/node',
    script: '/opt/mneme/bin/run.js',
    version: '1',
  });
}

function line(unit: string, name: string): string | undefined {
  return unit.split('\n').find((one) => one.startsWith(`${name}=`));
}

describe('a unit of systemd', () => {
  test('hands over the files that the node reads, however their flags were typed', async () => {
    const typed = [
      'start',
      '--name=a',
      '--secret-file=/etc/100%/secret',
      '--tls-cert',
      'cert.pem',
      '--tls-key=k',
      '--tls-ca=ca',
    ];
    const unit = await unitOf(...typed);
    expect(line(unit, 'ExecStart')).toBe(
      'ExecStart=/usr/bin/node /opt/mneme/bin/run.js cluster start --secret-file %d/secret-file --tls-cert %d/tls-cert --tls-key %d/tls-key --tls-ca %d/tls-ca --name a --dir %S/mneme/a',
    );
    expect(unit).toContain('LoadCredential=secret-file:/etc/100%%/secret\n');
    expect(unit).toContain(`LoadCredential=tls-cert:${process.cwd()}/cert.pem\n`);
  });

  test('is made of what was typed, and not of what the shell says beside it', async () => {
    process.env.MNEME_SECRET_FILE = '/home/ada/secret';
    try {
      expect(await unitOf('start', '--name', 'a')).not.toContain('secret');
      await expect(unitOf('start', '--name', 'a', '--listen', '10.0.0.1:7379')).rejects.toMatchObject({
        code: 'refused',
      });
      expect(process.env.MNEME_SECRET_FILE).toBe('/home/ada/secret');
    } finally {
      delete process.env.MNEME_SECRET_FILE;
    }
  });

  test('is one line where what was typed is not', async () => {
    const unit = await unitOf('start', '--name', 'a', '--engine', 'redis://h:1', '--keys', 'x\ny*');
    expect(line(unit, 'ExecStart')).toContain(String.raw`"x\ny*"`);
  });

  test('of a node that keeps nothing says where the others are, since a start without data finds none of them', async () => {
    await expect(unitOf('start', '--name', 'a', '--memory-only')).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('join ADDRESS,ADDRESS'),
    });
    for (const more of [['--discover', 'dns:mneme', '--expect', '3'], ['--new']])
      expect(await unitOf('start', '--name', 'a', '--memory-only', ...more)).not.toContain('StateDirectory');
    expect(await unitOf('join', '10.0.0.1:7379', '--name', 'a', '--memory-only')).toContain(
      'cluster join 10.0.0.1:7379',
    );
  });
});
